#pragma once

// A recording as the timeline that a transcode of it renders.

#include <string>
#include <vector>

#include "preset.h"
#include "source_access.h"
#include "task_runner.h"
#include "timeline_file.h"
#include "transcode_timeline.h"

namespace rushes::app {

// As --from, --to and --clock-offset say; any may be empty.
base::Result<TranscodeSpan> parse_span(const std::string& from, const std::string& to,
                                       const std::string& clock_offset);

struct RecordingRequest {
  std::string input;                  // as named, for messages
  std::vector<std::string> chapters;  // absolute
  const Preset& preset;
  TranscodeSpan span;
  std::string store;  // as of probe_task
  // Whether what lies behind the last box of a file of this machine is looked for ("behind" of the
  // probe task).
  bool looks_behind = false;
};

struct Recording {
  TimelineFile timeline;
  std::vector<RecordedChapter> chapters;
  SourceAccess access;     // whoever names a recording may read it
  base::Rational begins;   // seconds of it that are left out before what is rendered
  base::Rational seconds;  // that are rendered
  int64_t frames = 0;      // of all of it
};

// Probes the chapters.
base::Result<Recording> read_recording(const RecordingRequest& request, TaskRunner& runner);

}  // namespace rushes::app
