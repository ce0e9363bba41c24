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

// What the file cannot hold is left out, and told of; of a program that is whole.
void fit_to_file(Context& context, const Node& output, schema::Program& program);

}  // namespace rushes::timeline
