#pragma once

// The tasks of a render as documents: docs/formats/task.md.

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "buckets.h"
#include "hls_folder.h"
#include "plan/cut.h"
#include "plan/key.h"
#include "plan/runs.h"
#include "plan/thumbnails.h"
#include "source_access.h"
#include "subtitle_files.h"
#include "timeline_file.h"

namespace rushes::app {

struct TaskSources {
  const TimelineFile& timeline;
  SourceAccess access;
  std::string work_folder;  // holds "timeline.json" and what the tasks make
  std::string store;        // of finished pieces
};

// What `rushes` says of the program that came out of a compile task.
struct ProgramSummary {
  int width = 0, height = 0;
  double fps = 0;
  std::string fps_text, duration_text;  // exact: "30000/1001"
  double duration = 0;                  // seconds
  int64_t frames = 0;
  bool audio = false;
  struct Input {
    std::string src;
    std::string identity;  // of the file that was compiled: later tasks insist on it
  };
  std::vector<Input> inputs;
  nlohmann::json fonts;
  std::string numeric_class;  // of whoever compiled it
  bool devices = false;       // hardware encodes it
};
base::Result<ProgramSummary> summary_from_json(const nlohmann::json& result);

using FrameRange = plan::Segment;

// Of a file that somebody named: links out of its folder count too. `store`: a cache that keeps
// what is read of one that is far away for those who read the same later; may be empty.
nlohmann::json probe_task(const std::string& path, const std::string& store = {});

// Whether hardware encodes `pictures`, each an object as in docs/formats/task.md.
nlohmann::json encoders_task(std::string_view device, nlohmann::json pictures);

struct CompileOptions {
  Variables set;
  bool preview = false;
  std::string container;  // of the file that will be written; empty: not known
  std::string encoder;    // in place of what the timeline says; empty: as it says
};
nlohmann::json compile_task(const TaskSources& sources, const CompileOptions& options);

// The segments as one of the program's pictures.
struct PicturePieces {
  schema::Rendition as;               // without a name: the program itself
  std::vector<std::string> keys;      // of the segments; empty: not wanted of this one
  std::vector<plan::Coding> codings;  // likewise
};

// What a render is cut into, and where its pieces are kept.
struct Pieces {
  FrameRange range;
  std::vector<plan::Segment> segments;
  // All that are rendered. The first is that of the file, if there is one. None: sound alone.
  std::vector<PicturePieces> pictures;
  // Of a segment, of all pictures, each once.
  std::vector<std::string> keys_of(size_t segment) const;
  std::optional<std::string> audio_key;
  // For HLS, and where the sound follows: how it is cut, and its pieces as objects of their own,
  // which are there before the whole is; without loudness where `sound_is_preview`. No keys: the
  // whole is there already.
  std::vector<plan::SoundPiece> sound;
  std::vector<std::string> sound_keys;
  bool sound_is_preview = false;
  // The sound of what the picture is read of, from far away: each part of it is read once the
  // picture was, which finds it on the way.
  bool sound_follows = false;
  uint64_t worker_bytes = 0;  // memory that one task may ask for
};

// Tasks of a compiled program. `output` is where the one output goes.
// `is_stored`: of a key; what is there is not made again, unless all of a segment is.
nlohmann::json segments_task(const TaskSources& sources, const ProgramSummary& program,
                             const Pieces& pieces, const plan::Run& run,
                             const std::function<bool(const std::string& key)>& is_stored);
// Which objects the task writes.
enum class SoundObjects : uint8_t { kWhole, kPieces, kBoth };
nlohmann::json audio_task(const TaskSources& sources, const ProgramSummary& program,
                          const Pieces& pieces, SoundObjects objects);
nlohmann::json still_task(const TaskSources& sources, const ProgramSummary& program, int64_t frame,
                          const std::string& output);
struct HashesOptions {
  FrameRange range;
  bool plain = false;  // all of it by plain code: the reference painter, the plain kernels
  std::string output;
};
nlohmann::json hashes_task(const TaskSources& sources, const ProgramSummary& program,
                           const HashesOptions& options);
// How large the segments are as a picture, those that are wanted: `bytes`, and `buffer` where it
// has a highest rate.
nlohmann::json measure_task(const TaskSources& sources, const Pieces& pieces, size_t picture);
nlohmann::json assemble_task(const TaskSources& sources, const Pieces& pieces,
                             const std::string& output);

// A rendered file that is verified, as it was when that began.
struct VerifiedFile {
  std::string path, folder;  // with every link followed; of a URI itself
  std::string identity;
};
// A file, or a URI. kNotFound and the like, naming it.
base::Result<VerifiedFile> verified_file(const std::string& path, Buckets& buckets);
// An object as it was written.
VerifiedFile far_file(const std::string& uri, uint64_t size, const std::string& version);

// Packets, times and formats; `fps` exact, as text.
nlohmann::json inspect_task(const VerifiedFile& file, const std::string& fps);
struct CompareOptions {
  plan::Run run;
  const VerifiedFile& output;  // its first frame is that of the pieces' range
};
nlohmann::json compare_task(const TaskSources& sources, const ProgramSummary& program,
                            const Pieces& pieces, const CompareOptions& options);
// `output`: empty if it has no sound.
nlohmann::json listen_task(const TaskSources& sources, const ProgramSummary& program,
                           const FrameRange& range, const std::optional<VerifiedFile>& output);

// WebVTT of a file of subtitles. `begins`: seconds of it that come before what is rendered.
nlohmann::json subtitles_task(const TaskSources& sources, const Pieces& pieces,
                              const HlsFolder& folder, const SubtitleFile& file,
                              const base::Rational& begins);
// Sheets of what these segments of a picture begin with.
struct SheetOptions {
  size_t picture = 0;
  std::vector<size_t> segments;
  plan::Thumbnails layout;
  std::vector<std::string> outputs;
};
nlohmann::json thumbnails_task(const TaskSources& sources, const Pieces& pieces,
                               const SheetOptions& options);

// Makes the files of a track: one of the pictures, "audio" or "preview".
nlohmann::json hls_task(const TaskSources& sources, const Pieces& pieces, const HlsFolder& folder,
                        const std::string& track);

}  // namespace rushes::app
