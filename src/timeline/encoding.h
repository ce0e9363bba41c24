#pragma once

// "output": the kind of file, and how pictures and sound are encoded for it.

#include "schema/program.h"
#include "timeline/context.h"
#include "timeline/resolve.h"

namespace rushes::timeline {

void read_encoding(Context& context, const Node& output, const ResolveOptions& options,
                   schema::Program& program);

// What the file cannot hold is left out, and told of; of a program that is whole.
void fit_to_file(Context& context, const Node& output, schema::Program& program);

}  // namespace rushes::timeline
