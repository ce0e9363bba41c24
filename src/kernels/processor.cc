#include "kernels/processor.h"

#include "hwy/highway.h"

namespace rushes::kernels {
namespace {

bool plain = false;

}  // namespace

bool limit_processor(std::string_view level) {
  // Better targets have lower bits.
  int64_t best = 0;
  if (level == "plain") best = HWY_BASELINE_SCALAR;
  if (level == "sse2") best = HWY_STATIC_TARGET;  // of this build: x86-64 and no more
  if (level == "sse4") best = HWY_SSE4;
  if (level == "avx2") best = HWY_AVX2;
  if (best == 0) return false;
  hwy::DisableTargets(best - 1);
  plain = level == "plain";
  return true;
}

bool plain_wanted() { return plain; }

}  // namespace rushes::kernels
