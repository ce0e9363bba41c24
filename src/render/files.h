#pragma once

// The descriptors of a task as sources and sinks.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "compose/sources.h"
#include "engine/task.h"
#include "plan/cut.h"
#include "plan/hls.h"
#include "schema/program.h"
#include "text/font_file.h"

namespace rushes::render {

// The task's name of the program's input.
std::string input_name(int input);
base::Result<std::unique_ptr<base::ByteSource>> open_input(const engine::TaskContext& context,
                                                           const std::string& name);
base::Result<std::unique_ptr<base::ByteSink>> open_output(const engine::TaskContext& context,
                                                          const std::string& name);
// Of the input "program"; of its renditions the one that the param "rendition" names, if it does.
base::Result<schema::Program> read_program(const engine::TaskContext& context);
// The fonts of the task, which are the program's.
std::vector<text::FontFile> font_files(const engine::TaskContext& context);
// What the composer says of a clip, as warning events.
compose::Warn place_warning(engine::TaskContext& context);
// The params "first" and "end": frames of the program, at least one; all of them where the task
// names neither.
using FrameRange = plan::Segment;
base::Result<FrameRange> frame_range(const engine::TaskContext& context,
                                     const schema::Program& program);
// The param "segments", which lie in objects and must fill the range; none where there is no such
// param.
struct StoredSegment {
  int64_t number = -1, first = -1, end = -1;
  std::string name() const { return "segment:" + std::to_string(number); }
};
base::Result<std::vector<StoredSegment>> stored_segments(const engine::TaskContext& context,
                                                         const FrameRange& range);
// The params "pieces" of a sound: [{"first", "end"}], one after the other from 0 on.
base::Result<std::vector<plan::SoundPiece>> sound_pieces(const engine::TaskContext& context);
// A whole number among the task's params, within [low, high].
base::Result<int64_t> int_param(const engine::TaskContext& context, const char* name, int64_t low,
                                int64_t high);

}  // namespace rushes::render
