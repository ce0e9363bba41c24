#pragma once

#include <string_view>

namespace rushes::kernels {

// From here on kernels use no more than "sse2", "sse4" or "avx2", whatever the processor has: to
// show that this changes no pixel. False for another word. Before anything is drawn, on any thread.
bool limit_processor(std::string_view level);

}  // namespace rushes::kernels
