#pragma once

#include <string>

namespace rushes::render {

// Names the class of machines and builds that make the same bytes of the same program: this engine,
// and the libraries that it is linked with and that can change a pixel, a sample or a packet, each
// by the build ID that its linker gave it; and the settings of encoders that are fixed in code.
std::string numeric_class();

}  // namespace rushes::render
