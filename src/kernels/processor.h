#pragma once

#include <string_view>

namespace rushes::kernels {

// From here on kernels use no more than "sse2", "sse4" or "avx2", whatever the processor has: to
// show that this changes no pixel. With "plain" the loops of `ref` run in all of them. False for
// another word. Before anything is drawn, on any thread.
bool limit_processor(std::string_view level);
// For kernels that are quick without SIMD, by shortcuts.
bool plain_wanted();

}  // namespace rushes::kernels
