// One frame as a PNG.

#include <algorithm>

#include "compose/composer.h"
#include "media/png_writer.h"
#include "render/files.h"
#include "render/program_sources.h"
#include "render/rgb.h"
#include "render/tasks.h"

namespace rushes::render {

base::Status still_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const int64_t n, int_param(context, "frame", 0, program.frames - 1));
  ASSIGN_OR_RETURN(const auto sources, ProgramSources::open(program, context));
  sources->begin_carefully();  // of damaged recordings, too, the same every time
  ASSIGN_OR_RETURN(const auto sink, open_output(context, "png"));
  compose::Composer composer(program, *sources, place_warning(context));
  ASSIGN_OR_RETURN(const frame::Frame picture, composer.picture(n));
  RETURN_IF_ERROR(media::write_png(*sink, to_rgb(picture),
                                   {.width = picture.width(), .height = picture.height()}));
  context.events.result({{"frame", n}, {"width", picture.width()}, {"height", picture.height()}});
  return {};
}

}  // namespace rushes::render
