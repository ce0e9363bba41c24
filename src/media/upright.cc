#include "media/upright.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "media/chroma.h"

namespace rushes::media {
namespace {

using frame::ChromaSite;
using frame::Layout;

// in(x, y) as seen from the output: the axes are swapped or not, each source axis mirrored or not.
struct Moves {
  bool swap = false;
  bool mirror_x = false;
  bool mirror_y = false;
};

Moves moves_of(Orientation o) {
  Moves m;
  m.swap = o.swaps_axes();
  m.mirror_x = o.rotation == 180 || o.rotation == 270;
  m.mirror_y = o.rotation == 90 || o.rotation == 180;
  m.mirror_x = m.mirror_x != o.flip;
  return m;
}

// Square tiles keep both sides of a transposition in the cache.
constexpr int kTile = 32;

template <class Sample>
void move_plane(const frame::PlaneView& from, const frame::MutablePlaneView& to, Moves m) {
  const auto in = [&](int y) {
    return reinterpret_cast<const Sample*>(from.row(m.mirror_y ? from.height - 1 - y : y));
  };
  if (!m.swap) {
    for (int y = 0; y < to.height; ++y) {
      const Sample* row = in(y);
      auto* out = reinterpret_cast<Sample*>(to.row(y));
      if (m.mirror_x) {
        std::reverse_copy(row, row + to.width, out);
      } else {
        std::copy(row, row + to.width, out);
      }
    }
    return;
  }
  for (int y0 = 0; y0 < to.height; y0 += kTile) {
    for (int x0 = 0; x0 < to.width; x0 += kTile) {
      const int y1 = std::min(y0 + kTile, to.height);
      const int x1 = std::min(x0 + kTile, to.width);
      for (int y = y0; y < y1; ++y) {
        auto* out = reinterpret_cast<Sample*>(to.row(y));
        const int source_x = m.mirror_x ? from.width - 1 - y : y;
        for (int x = x0; x < x1; ++x) out[x] = in(x)[source_x];
      }
    }
  }
}

bool subsampled(const frame::Format& f) { return f.chroma_shift_x() != 0 && f.color_planes() == 3; }

// How chroma has to be resampled, in the source's axes, so that moving samples is all that is left.
struct ChromaPlan {
  frame::Format format;
  QuarterSteps x, y;
};

ChromaPlan plan_for(frame::Format format, int width, int height, Orientation o) {
  ChromaPlan plan{format, {}, {}};
  if (o == Orientation{} || !subsampled(format)) return plan;
  const Moves m = moves_of(o);
  const bool center_x = format.site == ChromaSite::kCenter;
  const bool center_y = format.site != ChromaSite::kTopLeft;
  const bool on_side = m.swap && format.layout == Layout::kYuv422;
  const bool odd = (m.mirror_x && width % 2 != 0) ||
                   (m.mirror_y && height % 2 != 0 && format.layout == Layout::kYuv420);
  if (on_side || odd) {
    plan.x = subsampling_steps(1, 0, center_x);
    plan.y = format.chroma_shift_y() != 0 ? subsampling_steps(1, 0, center_y) : QuarterSteps{};
    plan.format.layout = Layout::kYuv444;
    return plan;
  }
  if (format.layout == Layout::kYuv422 && !m.mirror_x) return plan;
  // A quarter of a chroma sample is half a luma sample: from the first one to amid two.
  plan.x = {4, center_x ? 0 : 1};
  plan.y = {4, center_y || format.layout == Layout::kYuv422 ? 0 : 1};
  plan.format.site = ChromaSite::kCenter;
  return plan;
}

void move(const frame::PlaneView& from, const frame::MutablePlaneView& to, Moves m, int depth) {
  if (depth > 8) {
    move_plane<uint16_t>(from, to, m);
  } else {
    move_plane<uint8_t>(from, to, m);
  }
}

}  // namespace

Orientation from_exif(int value) {
  constexpr Orientation kTable[9] = {{},           {0, false},  {0, true},
                                     {180, false}, {180, true}, {270, true},
                                     {90, false},  {90, true},  {270, false}};
  return value >= 1 && value <= 8 ? kTable[value] : Orientation{};
}

std::optional<Orientation> from_display_matrix(std::span<const uint8_t> bytes) {
  int32_t m[9];
  if (bytes.size() < sizeof(m)) return std::nullopt;
  std::memcpy(m, bytes.data(), sizeof(m));
  // x' = a x + c y, y' = b x + d y, y downwards.
  const int64_t a = m[0];
  const int64_t b = m[1];
  const int64_t c = m[3];
  const int64_t d = m[4];
  const auto large = [](int64_t v) { return v > 0 ? v : -v; };
  const auto negligible = [&](int64_t small, int64_t big) {
    return large(small) * 50 < large(big);
  };
  if (a != 0 && d != 0 && negligible(b, a) && negligible(c, d)) {
    if (a > 0) return d > 0 ? Orientation{0, false} : Orientation{180, true};
    return d > 0 ? Orientation{0, true} : Orientation{180, false};
  }
  if (b != 0 && c != 0 && negligible(a, b) && negligible(d, c)) {
    if (b > 0) return c < 0 ? Orientation{90, false} : Orientation{270, true};
    return c < 0 ? Orientation{90, true} : Orientation{270, false};
  }
  return std::nullopt;
}

frame::Format upright_format(frame::Format format, int width, int height, Orientation o) {
  return plan_for(format, width, height, o).format;
}

frame::Frame upright(const frame::Frame& frame, Orientation o) {
  if (o == Orientation{}) return frame;
  const Moves m = moves_of(o);
  const ChromaPlan plan = plan_for(frame.format(), frame.width(), frame.height(), o);
  const int width = m.swap ? frame.height() : frame.width();
  const int height = m.swap ? frame.width() : frame.height();
  const int depth = plan.format.depth;
  frame::FrameBuffer out(plan.format, width, height);
  for (int i = 0; i < plan.format.planes(); ++i) {
    const bool chroma = subsampled(frame.format()) && (i == 1 || i == 2);
    if (!chroma || (plan.x.identity() && plan.y.identity())) {
      move(frame.plane(i), out.plane(i), m, depth);
      continue;
    }
    // Sizes of the resampled plane, in the source's axes.
    const int w = plane_width(plan.format, frame.width(), i);
    const int h = plane_height(plan.format, frame.height(), i);
    const frame::FrameBuffer x = resample_plane(frame.plane(i), depth, Axis::kX, w, plan.x);
    if (plan.y.identity()) {
      move(x.plane(0), out.plane(i), m, depth);
    } else {
      move(resample_plane(x.plane(0), depth, Axis::kY, h, plan.y).plane(0), out.plane(i), m, depth);
    }
  }
  return std::move(out).freeze();
}

}  // namespace rushes::media
