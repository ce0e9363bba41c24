#include "render/files.h"

#include "plan/rendition.h"
#include "schema/program_json.h"

namespace rushes::render {

using base::Result;

namespace {
constexpr uint64_t kMaxProgramBytes = 256 << 20;
}

std::string input_name(int input) { return "input:" + std::to_string(input); }

Result<std::unique_ptr<base::ByteSource>> open_input(const engine::TaskContext& context,
                                                     const std::string& name) {
  const engine::InputFile* file = context.input(name);
  if (file == nullptr) return base::invalid_argument("the task has no input \"" + name + "\"");
  return file->open();
}

Result<std::unique_ptr<base::ByteSink>> open_output(const engine::TaskContext& context,
                                                    const std::string& name) {
  const engine::OutputFile* file = context.output(name);
  if (file == nullptr) return base::invalid_argument("the task has no output \"" + name + "\"");
  return file->open();
}

Result<schema::Program> read_program(const engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const auto source, open_input(context, "program"));
  ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, kMaxProgramBytes));
  auto program = schema::read_program(
      std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  if (!program.ok()) return std::move(program).error().in("program");
  const nlohmann::json wanted = context.params().value("rendition", nlohmann::json(""));
  const auto rendition =
      plan::find_rendition(*program, wanted.is_string() ? wanted.get<std::string>() : "?");
  if (!rendition) return base::invalid_argument("params: the program has no such rendition");
  if (!rendition->name.empty()) plan::become(*program, *rendition);
  return program;
}

std::vector<text::FontFile> font_files(const engine::TaskContext& context) {
  std::vector<text::FontFile> files;
  files.reserve(context.fonts.size());
  for (const engine::FontFile& f : context.fonts) {
    files.push_back({.path = f.path, .index = f.index, .family = f.family});
  }
  return files;
}

Result<FrameRange> frame_range(const engine::TaskContext& context, const schema::Program& program) {
  if (!context.params().contains("first") && !context.params().contains("end")) {
    return FrameRange{0, program.frames};
  }
  ASSIGN_OR_RETURN(const int64_t first, int_param(context, "first", 0, program.frames - 1));
  ASSIGN_OR_RETURN(const int64_t end, int_param(context, "end", first + 1, program.frames));
  return FrameRange{first, end};
}

Result<std::vector<StoredSegment>> stored_segments(const engine::TaskContext& context,
                                                   const FrameRange& range) {
  std::vector<StoredSegment> segments;
  if (!context.params().contains("segments")) return segments;
  int64_t at = range.first;
  for (const auto& entry : context.params()["segments"]) {
    const StoredSegment segment{entry.value("number", int64_t{-1}),
                                entry.value("first", int64_t{-1}), entry.value("end", int64_t{-1})};
    if (segment.first != at || segment.end <= segment.first) {
      return base::invalid_argument("params: the segments leave a gap at frame " +
                                    std::to_string(at));
    }
    at = segment.end;
    segments.push_back(segment);
  }
  if (at != range.end) return base::invalid_argument("params: the segments end too early");
  return segments;
}

Result<std::vector<plan::SoundPiece>> sound_pieces(const engine::TaskContext& context) {
  std::vector<plan::SoundPiece> pieces;
  int64_t at = 0;
  for (const auto& entry : context.params().value("pieces", nlohmann::json::array())) {
    const plan::SoundPiece piece{entry.value("first", int64_t{-1}),
                                 entry.value("end", int64_t{-1})};
    if (piece.first != at || piece.end <= at) {
      return base::invalid_argument("params: the pieces leave a gap at sample " +
                                    std::to_string(at));
    }
    at = piece.end;
    pieces.push_back(piece);
  }
  return pieces;
}

compose::Warn place_warning(engine::TaskContext& context) {
  return [&events = context.events](const std::string& pointer, const std::string& message) {
    events.warning({.text = message, .place = pointer});
  };
}

Result<int64_t> int_param(const engine::TaskContext& context, const char* name, int64_t low,
                          int64_t high) {
  const auto& params = context.params();
  const auto it = params.find(name);
  if (it == params.end() || !it->is_number_integer()) {
    return base::invalid_argument(std::string("the task's params lack a whole number \"") + name +
                                  "\"");
  }
  const auto value = it->get<int64_t>();
  if (value < low || value > high) {
    return base::invalid_argument(std::string(name) + " is " + std::to_string(value) +
                                  ", not within " + std::to_string(low) + " to " +
                                  std::to_string(high));
  }
  return value;
}

}  // namespace rushes::render
