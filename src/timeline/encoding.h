#pragma once

// "output": the kind of file, and how pictures and sound are encoded for it.

#include <string>

#include "schema/program.h"
#include "timeline/context.h"

namespace rushes::timeline {

// `container`: of the file that will be written, by schema/codecs.h; empty: not known. What the
// document leaves out is what such a file usually holds.
void read_encoding(Context& context, const Node& output, const std::string& container,
                   schema::Program& program);

}  // namespace rushes::timeline
