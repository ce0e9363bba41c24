#include <algorithm>

#include "kernels/color_rows.h"

namespace rushes::kernels {
namespace {

int32_t sample(const void* row, bool wide, int i) {
  return wide ? static_cast<const uint16_t*>(row)[i] : static_cast<const uint8_t*>(row)[i];
}
uint8_t clip(int32_t x) { return static_cast<uint8_t>(std::clamp(x, 0, 255)); }

void luma(const void* y, bool wide, const int16_t* share, const ColorPlan& p, int n, uint8_t* out) {
  for (int i = 0; i < n; ++i) {
    int32_t sum = sample(y, wide, i) * p.y_gain + p.y_offset;
    if (share != nullptr) sum += share[i] * (1 << (p.shift - kShareBits - 4));
    out[i] = clip(sum >> p.shift);
  }
}

void chroma(const void* u, const void* v, bool wide, const ColorPlan& p, int n, uint8_t* out_u,
            uint8_t* out_v) {
  for (int i = 0; i < n; ++i) {
    const int32_t a = sample(u, wide, i);
    const int32_t b = sample(v, wide, i);
    out_u[i] = clip((a * p.u_from_u + b * p.u_from_v + p.u_offset) >> p.shift);
    out_v[i] = clip((a * p.v_from_u + b * p.v_from_v + p.v_offset) >> p.shift);
  }
}

void share(const void* u, const void* v, bool wide, const ColorPlan& p, int n, int16_t* out) {
  for (int i = 0; i < n; ++i) {
    const int32_t sum = sample(u, wide, i) * p.y_from_u + sample(v, wide, i) * p.y_from_v;
    out[i] = static_cast<int16_t>((sum + p.share_offset) >> (p.shift - kShareBits));
  }
}

void blend_shares(const int16_t* a, const int16_t* b, int weight_a, int n, int16_t* out) {
  for (int i = 0; i < n; ++i) {
    out[i] = static_cast<int16_t>(a[i] * weight_a + b[i] * (4 - weight_a));
  }
}

void spread_shares(const int16_t* s, const ChromaPhase& phase, int n, int16_t* out) {
  for (int i = 0; i < n; ++i) {
    const int c = i / 2;
    const int x = i % 2 == 0 ? s[c - 1] * phase.even[0] + s[c] * phase.even[1]
                             : s[c] * phase.odd[0] + s[c + 1] * phase.odd[1];
    out[i] = static_cast<int16_t>(x);
  }
}

void rgb(const void* r, const void* g, const void* b, bool wide, const ColorPlan& p, int n,
         const std::array<uint8_t*, 3>& out) {
  for (int i = 0; i < n; ++i) {
    for (size_t k = 0; k < 3; ++k) {
      const ColorPlan::Rgb& f = p.rgb[k];
      const int32_t sum =
          sample(r, wide, i) * f.r + sample(g, wide, i) * f.g + sample(b, wide, i) * f.b;
      out[k][i] = clip((sum + f.offset) >> p.shift);
    }
  }
}

int32_t weigh(const BitmapFactors& f, uint32_t br, uint32_t ga) {
  const auto low = [](uint32_t x) { return static_cast<int32_t>(x & 0xFFFF); };
  const auto high = [](uint32_t x) { return static_cast<int32_t>(x >> 16); };
  return low(br) * f.b + high(br) * f.r + low(ga) * f.g + high(ga) * f.a;
}

void luma_alpha(const uint32_t* pixels, int n, uint8_t* y, uint8_t* alpha) {
  for (int i = 0; i < n; ++i) {
    const uint32_t br = pixels[i] & 0x00FF00FF;
    const uint32_t ga = (pixels[i] >> 8) & 0x00FF00FF;
    y[i] = clip((weigh(kBitmapY, br, ga) + (1 << 14)) >> 15);
    alpha[i] = static_cast<uint8_t>(pixels[i] >> 24);
  }
}

void add_rows(const uint32_t* a, const uint32_t* b, int n, uint32_t* br, uint32_t* ga) {
  for (int i = 0; i < n; ++i) {
    br[i] = (a[i] & 0x00FF00FF) + (b[i] & 0x00FF00FF);
    ga[i] = ((a[i] >> 8) & 0x00FF00FF) + ((b[i] >> 8) & 0x00FF00FF);
  }
}

void bitmap_chroma(const uint32_t* br, const uint32_t* ga, int n, uint8_t* u, uint8_t* v) {
  for (int i = 0; i < n; ++i) {
    const int c = 2 * i;
    const uint32_t sum_br = br[c - 1] + 2 * br[c] + br[c + 1];
    const uint32_t sum_ga = ga[c - 1] + 2 * ga[c] + ga[c + 1];
    u[i] = clip((weigh(kBitmapU, sum_br, sum_ga) + kBitmapChromaOffset) >> 18);
    v[i] = clip((weigh(kBitmapV, sum_br, sum_ga) + kBitmapChromaOffset) >> 18);
  }
}

}  // namespace

const ColorRows kPlainColorRows{luma, chroma, share, blend_shares, spread_shares, rgb};
const BitmapRows kPlainBitmapRows{luma_alpha, add_rows, bitmap_chroma};

}  // namespace rushes::kernels
