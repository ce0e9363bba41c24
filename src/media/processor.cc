#include "media/processor.h"

#include <cstdlib>
#include <mutex>

extern "C" {
#include <libavutil/cpu.h>
}

namespace rushes::media {
namespace {

// Which libvpx reads when it is first used.
constexpr char kLibvpxMask[] = "VPX_SIMD_CAPS_MASK";

std::string for_x264, for_x265;
#if defined(__x86_64__)
std::string for_svt_av1 = "avx2";
#else
std::string for_svt_av1;
#endif

}  // namespace

bool limit_processor(const std::string& level) {
  constexpr int kSse2 =
      AV_CPU_FLAG_CMOV | AV_CPU_FLAG_MMX | AV_CPU_FLAG_MMXEXT | AV_CPU_FLAG_SSE | AV_CPU_FLAG_SSE2;
  constexpr int kSse4 =
      kSse2 | AV_CPU_FLAG_SSE3 | AV_CPU_FLAG_SSSE3 | AV_CPU_FLAG_SSE4 | AV_CPU_FLAG_SSE42;
  constexpr int kAvx2 = kSse4 | AV_CPU_FLAG_AVX | AV_CPU_FLAG_AVX2 | AV_CPU_FLAG_FMA3 |
                        AV_CPU_FLAG_BMI1 | AV_CPU_FLAG_BMI2;
  struct Level {
    const char* name;
    int libav;
    const char* x264;
    const char* x265;
    const char* svt_av1;
    const char* vpx;
  };
  for (const Level& l :
       {Level{"plain", 0, "0", "0", "c", "0"}, Level{"sse2", kSse2, "SSE2", "SSE2", "sse2", "0x7"},
        Level{"sse4", kSse4, "SSE42", "SSE4.2", "sse4_2", "0x3f"},
        Level{"avx2", kAvx2, "AVX2", "AVX2", "avx2", "0xff"}}) {
    if (level != l.name) continue;
    av_force_cpu_flags(av_get_cpu_flags() & l.libav);
    for_x264 = l.x264;
    for_x265 = l.x265;
    for_svt_av1 = l.svt_av1;
    ::setenv(kLibvpxMask, l.vpx, 1);
    return true;
  }
  return false;
}

void settle_processor() {
  static std::once_flag once;
  std::call_once(once, [] { ::setenv(kLibvpxMask, "0xff", 0); });
}

const std::string& x264_processor() { return for_x264; }
const std::string& x265_processor() { return for_x265; }
const std::string& svt_av1_processor() { return for_svt_av1; }

}  // namespace rushes::media
