#pragma once

// The pictures that a program is encoded as: it itself, and its renditions. They differ in scale
// and encoding alone: what is decoded for one is there for all.

#include <optional>
#include <string_view>
#include <vector>

#include "schema/program.h"

namespace rushes::plan {

// The program as it is has no name.
schema::Rendition itself(const schema::Program& program);
// By its name; "" is the program itself. Empty: there is none.
std::optional<schema::Rendition> find_rendition(const schema::Program& program,
                                                std::string_view name);
// Makes of a program, or of a slice of it, one with that picture and no other.
void become(schema::Program& program, const schema::Rendition& rendition);

}  // namespace rushes::plan
