#pragma once

namespace rushes {

// "name version", one line each, to stdout: what results can depend on.
void print_versions();

}  // namespace rushes
