#include "kernels/color_rows.h"

namespace rushes::kernels {
namespace {

using frame::Matrix;
using frame::Range;

struct Primaries {
  double kr, kb;
  double kg() const { return 1 - kr - kb; }
};

// ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance).
Primaries primaries(Matrix matrix) {
  switch (matrix) {
    case Matrix::kBt601: return {0.299, 0.114};
    case Matrix::kBt2020: return {0.2627, 0.0593};
    case Matrix::kBt709:
    case Matrix::kUnknown: break;
  }
  return {0.2126, 0.0722};
}

int32_t fixed(double x) {
  const double scaled = x * (1 << kColorBits);
  return static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

// Luma and chroma differences of BT.709 as weights of red, green and blue.
struct Weights {
  double r, g, b;
};
constexpr Primaries kTarget{0.2126, 0.0722};
Weights target_y() { return {kTarget.kr, kTarget.kg(), kTarget.kb}; }
Weights target_u() {
  const double s = 1 / (2 * (1 - kTarget.kb));
  return {-kTarget.kr * s, -kTarget.kg() * s, 0.5};
}
Weights target_v() {
  const double s = 1 / (2 * (1 - kTarget.kr));
  return {0.5, -kTarget.kg() * s, -kTarget.kb * s};
}

ColorPlan::Rgb rgb_factors(const Weights& w, double scale) {
  return {fixed(w.r * scale), fixed(w.g * scale), fixed(w.b * scale), 0};
}

}  // namespace

ColorPlan make_color_plan(const frame::Format& format) {
  const bool is_rgb = format.layout == frame::Layout::kRgb;
  const bool full = format.range == Range::kFull || (is_rgb && format.range == Range::kUnknown);
  const int up = format.depth - 8;
  const double unit = 1 << up;
  // What a full swing of luma or chroma is in the source, in units of 8-bit codes.
  const double y_swing = full ? (256 * unit - 1) / unit : 219;
  const double c_swing = full ? (256 * unit - 1) / unit : 224;
  const int32_t y_zero = full ? 0 : 16 << up;
  const int32_t c_zero = 128 << up;

  const Primaries p = primaries(format.matrix);
  // Red, green and blue as luma plus these times Pb and Pr.
  const double r_v = 2 * (1 - p.kr);
  const double b_u = 2 * (1 - p.kb);
  const double g_u = -p.kb * b_u / p.kg();
  const double g_v = -p.kr * r_v / p.kg();
  const Weights y = target_y(), u = target_u(), v = target_v();

  ColorPlan plan;
  const int shift = kColorBits + up;
  plan.shift = shift;
  const int32_t half = 1 << (shift - 1);
  plan.y_gain = fixed(219 / y_swing);
  plan.y_offset = (16 << shift) - plan.y_gain * y_zero + half;
  const bool same = format.matrix == Matrix::kBt709 || format.matrix == Matrix::kUnknown;
  const double c = 224 / c_swing;
  plan.y_from_u = same ? 0 : fixed((y.g * g_u + y.b * b_u) * 219 / c_swing);
  plan.y_from_v = same ? 0 : fixed((y.r * r_v + y.g * g_v) * 219 / c_swing);
  plan.share_offset = -(plan.y_from_u + plan.y_from_v) * c_zero + (half >> kShareBits);
  plan.u_from_u = fixed(same ? c : (u.g * g_u + u.b * b_u) * c);
  plan.u_from_v = same ? 0 : fixed((u.r * r_v + u.g * g_v) * c);
  plan.u_offset = (128 << shift) - (plan.u_from_u + plan.u_from_v) * c_zero + half;
  plan.v_from_u = same ? 0 : fixed((v.g * g_u + v.b * b_u) * c);
  plan.v_from_v = fixed(same ? c : (v.r * r_v + v.g * g_v) * c);
  plan.v_offset = (128 << shift) - (plan.v_from_u + plan.v_from_v) * c_zero + half;

  plan.rgb = {rgb_factors(y, 219 / y_swing), rgb_factors(u, 224 / y_swing),
              rgb_factors(v, 224 / y_swing)};
  // Greys stay grey: the middle factor takes what rounding left.
  plan.rgb[1].g = -plan.rgb[1].r - plan.rgb[1].b;
  plan.rgb[2].g = -plan.rgb[2].r - plan.rgb[2].b;
  for (size_t i = 0; i < 3; ++i) {
    ColorPlan::Rgb& f = plan.rgb[i];
    f.offset = ((i == 0 ? 16 : 128) << shift) - (f.r + f.g + f.b) * y_zero + half;
  }
  return plan;
}

}  // namespace rushes::kernels
