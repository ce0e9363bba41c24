#pragma once

#include "compose/sources.h"
#include "schema/program.h"
#include "text/font_set.h"

namespace rushes::compose {

// Gathers the cues of every captions clip into what is shown at once: the last thing that compiling
// settles, since it needs the fonts. `fonts` may be null if no clip has cues.
base::Status settle_captions(schema::Program& program, text::FontSet* fonts, const Warn& warn);

}  // namespace rushes::compose
