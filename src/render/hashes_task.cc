// What every frame looks like, as a hash: one line a frame, without encoding anything. With "plain"
// as the reference painter has it.

#include "base/hash.h"
#include "compose/composer.h"
#include "render/files.h"
#include "render/program_sources.h"
#include "render/tasks.h"

namespace rushes::render {
namespace {

std::string hash_of(const frame::Frame& picture) {
  base::ContentHash hash;
  for (int i = 0; i < picture.format().planes(); ++i) {
    const frame::PlaneView& plane = picture.plane(i);
    for (int y = 0; y < plane.height; ++y) {
      hash.update(std::as_bytes(std::span(plane.row(y), static_cast<size_t>(plane.width))));
    }
  }
  return hash.hex();
}

}  // namespace

base::Status hashes_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  ASSIGN_OR_RETURN(const int64_t step, int_param(context, "step", 1, program.frames));
  ASSIGN_OR_RETURN(const auto sources, ProgramSources::open(program, context));
  sources->begin_carefully();  // of damaged recordings, too, the same every time
  ASSIGN_OR_RETURN(const auto sink, open_output(context, "hashes"));
  compose::Composer composer(program, *sources, place_warning(context),
                             {.reference = context.params().value("plain", false)});

  uint64_t offset = 0;
  for (int64_t n = range.first; n < range.end; n += step) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    ASSIGN_OR_RETURN(const frame::Frame picture, composer.picture(n));
    const std::string line = std::to_string(n) + " " +
                             (base::Rational(n) / program.fps).to_string() + " " +
                             hash_of(picture) + "\n";
    RETURN_IF_ERROR(sink->write_at(offset, std::as_bytes(std::span(line))));
    offset += line.size();
    context.events.progress({n + 1 - range.first, range.frames(), "hash"});
  }
  context.events.result({{"frames", (range.frames() + step - 1) / step}});
  return {};
}

}  // namespace rushes::render
