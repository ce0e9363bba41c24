#pragma once

#include "compose/sources.h"
#include "schema/program.h"
#include "text/font_shelf.h"

namespace rushes::compose {

// Gathers the cues of every captions clip into what is shown at once: the last thing that compiling
// settles, since it needs the fonts, which are those of the program.
base::Status settle_captions(schema::Program& program, text::FontShelf& fonts, const Warn& warn);

}  // namespace rushes::compose
