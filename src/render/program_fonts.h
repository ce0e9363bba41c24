#pragma once

#include "engine/task.h"
#include "schema/program.h"

namespace rushes::render {

// Settles which font files the program's texts use and writes them into program.fonts. Asks the
// broker; what is missing or substituted becomes a warning event or an error that names the clip.
base::Status find_program_fonts(engine::TaskContext& context, schema::Program& program);

}  // namespace rushes::render
