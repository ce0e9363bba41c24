#pragma once

// What can be judged of a document that has mistakes.

#include "timeline/document.h"

namespace rushes::timeline {

// The document with harmless things in the place of what is wrong: a clip with a mistake becomes a
// plain colour. Pointers and places of the rest stay. Not ok() where too little is left.
Loaded salvaged(const Loaded& loaded);

// Whether a finding about such a document would also be one about the whole: not those about times
// and names, which may follow from what was taken out.
bool holds_for_the_whole(const schema::Diagnostic& diagnostic);

}  // namespace rushes::timeline
