#pragma once

#include <vector>

#include "engine/task.h"
#include "schema/diagnostic.h"
#include "schema/program.h"
#include "text/font_file.h"
#include "timeline/document.h"

namespace rushes::render {

struct ProgramFonts {
  std::vector<text::FontFile> files;  // the program's fonts, openable in this task
  std::vector<schema::Diagnostic> missing;
};

// Settles which font files each of the program's texts uses: those of its families and what else
// its own characters need. Writes them into program.fonts and their numbers into the clips. Asks
// the broker; what is substituted becomes a warning event. Returns what cannot be found, each with
// the place of its clip in the document.
base::Result<ProgramFonts> find_program_fonts(engine::TaskContext& context,
                                              const timeline::Loaded& loaded,
                                              schema::Program& program);

}  // namespace rushes::render
