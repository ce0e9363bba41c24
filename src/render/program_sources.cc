#include "render/program_sources.h"

#include "media/still.h"
#include "render/files.h"
#include "text/subtitles.h"

namespace rushes::render {

using base::Result;

namespace {
// Two, so that decoding runs beside composing and encoding without taking the machine from them.
constexpr int kDecoderThreads = 2;
}  // namespace

Result<std::unique_ptr<ProgramSources>> ProgramSources::open(const schema::Program& program,
                                                             const engine::TaskContext& context) {
  std::unique_ptr<ProgramSources> out(new ProgramSources(program, context));
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    ASSIGN_OR_RETURN(auto source, open_input(context, "input:" + std::to_string(i)));
    if (source->size() != program.inputs[i].size) {
      return base::invalid_argument(program.inputs[i].src +
                                    ": the file has changed since the timeline was compiled");
    }
    out->sources_.push_back(std::move(source));
  }
  return out;
}

void ProgramSources::warn(int input, const std::string& message) {
  const std::string text = program_.inputs[static_cast<size_t>(input)].src + ": " + message;
  if (told_.insert(text).second) context_.events.warning({.text = text});
}

Result<frame::Frame> ProgramSources::still(int input, int want_width, int want_height) {
  ASSIGN_OR_RETURN(
      const media::Still still,
      media::read_still(source(input), {.max_width = want_width, .max_height = want_height}));
  for (const std::string& w : still.warnings) warn(input, w);
  return still.frame;
}

Result<frame::Frame> ProgramSources::video(int input, int64_t reader, const base::Rational& t) {
  OpenReader& open = readers_[reader];
  if (!open.reader) {
    const int stream = program_.inputs[static_cast<size_t>(input)].stream;
    ASSIGN_OR_RETURN(
        open.reader,
        media::VideoReader::open(source(input), {.stream = stream, .threads = kDecoderThreads}));
    open.input = input;
  }
  auto frame = open.reader->frame_at(t);
  if (open.reader->damaged() > 0) {
    for (const std::string& w : open.reader->warnings()) warn(input, w);
  }
  return frame;
}

void ProgramSources::close_reader(int64_t reader) { readers_.erase(reader); }

Result<std::vector<std::byte>> ProgramSources::bytes(int input) {
  return base::read_all(source(input), text::kMaxSubtitleBytes);
}

}  // namespace rushes::render
