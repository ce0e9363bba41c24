#pragma once

#include <vector>

#include "engine/task.h"
#include "schema/diagnostic.h"
#include "schema/program.h"
#include "timeline/document.h"

namespace rushes::render {

// Settles which font files the program's texts use and writes them into program.fonts. Asks the
// broker; what is substituted becomes a warning event. Returns what cannot be found, each with the
// place of its clip in the document.
base::Result<std::vector<schema::Diagnostic>> find_program_fonts(engine::TaskContext& context,
                                                                 const timeline::Loaded& loaded,
                                                                 schema::Program& program);

}  // namespace rushes::render
