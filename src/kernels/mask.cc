#include "kernels/mask.h"

#include <cstring>

#include "base/result.h"
#include "kernels/mask_shapes.h"
#include "kernels/processor.h"

namespace rushes::kernels {
namespace {

// A stretch of a row, half open, empty if end <= begin.
struct Interval {
  double begin, end;
};

Interval intersect(const Interval& a, const Interval& b) {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

// Where |offset + slope * t| <= half.
Interval slab(double offset, double slope, double half) {
  if (half < 0) return {0, 0};
  if (std::abs(slope) < 1e-9) {
    return std::abs(offset) <= half ? Interval{-1e9, 1e9} : Interval{0, 0};
  }
  const double a = (-half - offset) / slope;
  const double b = (half - offset) / slope;
  return {std::min(a, b), std::max(a, b)};
}

int to_column(double x, int width) {
  if (!(x > 0)) return 0;
  return x < width ? static_cast<int>(x) : width;
}

// Writes a row of which columns outside `some` are 0 and those within `all` are 255; a sample to
// either side of both is left to code(x), which makes up for rounding.
template <class F>
void write_row(uint8_t* row, int width, const Interval& some, const Interval& all, F code) {
  const int begin = to_column(some.begin - 2, width);
  const int end = std::max(begin, some.end > some.begin ? to_column(some.end + 2, width) : begin);
  int full_begin = std::clamp(to_column(all.begin + 2, width), begin, end);
  int full_end = std::clamp(to_column(all.end - 2, width), begin, end);
  if (!(all.begin < all.end) || full_end <= full_begin) full_begin = full_end = end;
  std::memset(row, 0, static_cast<size_t>(begin));
  for (int x = begin; x < full_begin; ++x) row[x] = code(x);
  std::memset(row + full_begin, 255, static_cast<size_t>(full_end - full_begin));
  for (int x = full_end; x < end; ++x) row[x] = code(x);
  std::memset(row + end, 0, static_cast<size_t>(width - end));
}

}  // namespace

void rounded_box(frame::MutablePlaneView dst, const RoundedBox& box) {
  if (plain_wanted()) return ref::rounded_box(dst, box);
  const BoxShape shape(box);
  for (int y = 0; y < dst.height; ++y) {
    if (shape.empty()) {
      std::memset(dst.row(y), 0, static_cast<size_t>(dst.width));
      continue;
    }
    // Along the row, from its column 0: both coordinates of the box are linear.
    const double dx = -box.center_x;
    const double dy = y + 0.5 - box.center_y;
    const double u = shape.along(dx, dy);
    const double v = shape.across(dx, dy);
    const auto within = [&](double half_u, double half_v) {
      return intersect(slab(u, box.cos, half_u), slab(v, -box.sin, half_v));
    };
    const double inset = std::max(shape.radius(), 0.5);
    const Interval wide = within(box.half_width - 0.5, box.half_height - inset);
    const Interval tall = within(box.half_width - inset, box.half_height - 0.5);
    const Interval all = wide.end - wide.begin > tall.end - tall.begin ? wide : tall;
    write_row(dst.row(y), dst.width, within(box.half_width + 0.5, box.half_height + 0.5), all,
              [&](int x) { return shape.code(x, y); });
  }
}

void wipe_mask(frame::MutablePlaneView dst, WipeDirection direction, const WipeOptions& options) {
  const bool across = direction == WipeDirection::kLeft || direction == WipeDirection::kRight;
  const bool forward = direction == WipeDirection::kRight || direction == WipeDirection::kDown;
  const int way = across ? dst.width : dst.height;
  const Ramp ramp(way, options);
  const auto code = [&](int at) { return ramp.code(forward ? at + 0.5 : way - at - 0.5); };
  const size_t bytes = static_cast<size_t>(dst.width);
  for (int y = 0; y < dst.height; ++y) {
    if (!across) {
      std::memset(dst.row(y), code(y), bytes);
    } else if (y > 0) {
      std::memcpy(dst.row(y), dst.row(0), bytes);
    } else {
      for (int x = 0; x < dst.width; ++x) dst.row(0)[x] = code(x);
    }
  }
}

void circle_mask(frame::MutablePlaneView dst, double center_x, double center_y,
                 const WipeOptions& options) {
  if (plain_wanted()) return ref::circle_mask(dst, center_x, center_y, options);
  const CircleShape shape(dst.width, dst.height, center_x, center_y, options);
  for (int y = 0; y < dst.height; ++y) {
    const double dy = y + 0.5 - center_y;
    const auto within = [&](double radius) {
      const double left = radius > 0 ? radius * radius - dy * dy : -1;
      if (!(left > 0)) return Interval{0, 0};
      const double half = std::sqrt(left);
      return Interval{center_x - half, center_x + half};
    };
    write_row(dst.row(y), dst.width, within(shape.ramp().edge()), within(shape.ramp().full()),
              [&](int x) { return shape.code(x, y); });
  }
}

}  // namespace rushes::kernels
