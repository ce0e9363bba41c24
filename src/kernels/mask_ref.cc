#include <vector>

#include "kernels/mask.h"
#include "kernels/mask_shapes.h"

namespace rushes::kernels::ref {
namespace {

void filter(const BoxFilter& box, std::vector<uint8_t>& line) {
  const std::vector<uint8_t> in = line;
  const int n = static_cast<int>(line.size());
  for (int i = 0; i < n; ++i) {
    uint32_t sum = 0;
    for (int k = -box.radius; k <= box.radius; ++k) {
      sum += in[static_cast<size_t>(std::clamp(i + k, 0, n - 1))];
    }
    line[static_cast<size_t>(i)] = static_cast<uint8_t>((sum * box.factor + (1u << 23)) >> 24);
  }
}

}  // namespace

void blur(frame::MutablePlaneView plane, double sigma) {
  const BlurPlan plan = make_blur_plan(sigma);
  if (plan.nothing || plane.width == 0 || plane.height == 0) return;
  std::vector<uint8_t> line;
  for (int y = 0; y < plane.height; ++y) {
    line.assign(plane.row(y), plane.row(y) + plane.width);
    for (const BoxFilter& box : plan.boxes) filter(box, line);
    std::copy(line.begin(), line.end(), plane.row(y));
  }
  line.resize(static_cast<size_t>(plane.height));
  for (int x = 0; x < plane.width; ++x) {
    for (int y = 0; y < plane.height; ++y) line[static_cast<size_t>(y)] = plane.row(y)[x];
    for (const BoxFilter& box : plan.boxes) filter(box, line);
    for (int y = 0; y < plane.height; ++y) plane.row(y)[x] = line[static_cast<size_t>(y)];
  }
}

void rounded_box(frame::MutablePlaneView dst, const RoundedBox& box) {
  const BoxShape shape(box);
  for (int y = 0; y < dst.height; ++y) {
    for (int x = 0; x < dst.width; ++x) dst.row(y)[x] = shape.code(x, y);
  }
}

void circle_mask(frame::MutablePlaneView dst, double center_x, double center_y,
                 const WipeOptions& options) {
  const CircleShape shape(dst.width, dst.height, center_x, center_y, options);
  for (int y = 0; y < dst.height; ++y) {
    for (int x = 0; x < dst.width; ++x) dst.row(y)[x] = shape.code(x, y);
  }
}

void luma_mask(frame::MutablePlaneView dst, frame::PlaneView luma, const WipeOptions& options) {
  const LumaRamp ramp(options);
  for (int y = 0; y < dst.height; ++y) {
    for (int x = 0; x < dst.width; ++x) {
      const int32_t code = (ramp.start - luma.row(y)[x] * ramp.slope + 128) >> 8;
      dst.row(y)[x] = static_cast<uint8_t>(std::clamp(code, 0, 255));
    }
  }
}

}  // namespace rushes::kernels::ref
