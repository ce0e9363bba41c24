#include "kernels/color.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kernels/blend.h"
#include "kernels/color_convert.h"

namespace rushes::kernels {
namespace {

using frame::ChromaSite;
using frame::Format;
using frame::Frame;
using frame::FrameBuffer;
using frame::Layout;
using frame::Matrix;
using frame::Range;

// A source as the loops take it.
struct Picture {
  const Frame& frame;
  bool wide;  // 16-bit samples
  ColorPlan plan;
  const ColorRows& rows;
};

void convert_rgb(const Picture& p, FrameBuffer& out) {
  for (int y = 0; y < out.height(); ++y) {
    p.rows.rgb(p.frame.plane(0).row(y), p.frame.plane(1).row(y), p.frame.plane(2).row(y), p.wide,
               p.plan, out.width(),
               {out.plane(0).row(y), out.plane(1).row(y), out.plane(2).row(y)});
  }
}

// Rows of chroma's part of luma at luma's size, made as they are asked for from the top down.
class Shares {
 public:
  explicit Shares(const Picture& p)
      : p_(p),
        format_(p.frame.format()),
        chroma_(p.frame.plane(1)),
        blended_(static_cast<size_t>(chroma_.width) + 2),
        spread_(static_cast<size_t>(p.frame.width())) {
    for (Line& line : lines_) line.values.resize(blended_.size());
  }

  const int16_t* row(int y) {
    const int c = y >> format_.chroma_shift_y();
    int16_t* at = blended_.data() + 1;
    if (format_.chroma_shift_y() == 0) {
      p_.rows.blend_shares(line(c), line(c), 4, chroma_.width, at);
    } else {
      const ChromaPhase& phase = format_.site == ChromaSite::kTopLeft ? kCosited : kBetween;
      const bool odd = y % 2 != 0;
      const int first = odd ? c : c - 1;
      p_.rows.blend_shares(line(first), line(first + 1), odd ? phase.odd[0] : phase.even[0],
                           chroma_.width, at);
    }
    if (format_.chroma_shift_x() == 0) {
      p_.rows.blend_shares(at, at, 4, chroma_.width, spread_.data());
    } else {
      blended_.front() = at[0];
      blended_.back() = at[chroma_.width - 1];
      p_.rows.spread_shares(at, format_.site == ChromaSite::kCenter ? kBetween : kCosited,
                            p_.frame.width(), spread_.data());
    }
    return spread_.data();
  }

 private:
  struct Line {
    int y = -1;
    std::vector<int16_t> values;
  };
  const int16_t* line(int y) {
    y = std::clamp(y, 0, chroma_.height - 1);
    Line& l = lines_[y % 2];
    if (l.y != y) {
      p_.rows.share(chroma_.row(y), p_.frame.plane(2).row(y), p_.wide, p_.plan, chroma_.width,
                    l.values.data());
      l.y = y;
    }
    return l.values.data();
  }

  const Picture& p_;
  const Format format_;
  const frame::PlaneView chroma_;
  Line lines_[2];
  std::vector<int16_t> blended_, spread_;
};

void convert_yuv(const Picture& p, FrameBuffer& out) {
  const bool grey = p.frame.format().layout == Layout::kGray;
  if (grey || !p.plan.luma_needs_chroma()) {
    for (int y = 0; y < out.height(); ++y) {
      p.rows.luma(p.frame.plane(0).row(y), p.wide, nullptr, p.plan, out.width(),
                  out.plane(0).row(y));
    }
  } else {
    Shares shares(p);
    for (int y = 0; y < out.height(); ++y) {
      p.rows.luma(p.frame.plane(0).row(y), p.wide, shares.row(y), p.plan, out.width(),
                  out.plane(0).row(y));
    }
  }
  if (grey) {
    fill(out.plane(1), 128);
    fill(out.plane(2), 128);
    return;
  }
  for (int y = 0; y < out.plane(1).height; ++y) {
    p.rows.chroma(p.frame.plane(1).row(y), p.frame.plane(2).row(y), p.wide, p.plan,
                  out.plane(1).width, out.plane(1).row(y), out.plane(2).row(y));
  }
}

// Alpha of `depth` bits in samples of either size, as 8 bits.
void convert_alpha(frame::PlaneView from, bool wide, int depth, frame::MutablePlaneView to) {
  if (!wide) return copy(to, from);
  const uint32_t full = (1u << depth) - 1;
  for (int y = 0; y < to.height; ++y) {
    for (int x = 0; x < to.width; ++x) {
      const uint32_t a = std::min<uint32_t>(from.row16(y)[x], full);
      to.row(y)[x] = static_cast<uint8_t>((a * 255 + full / 2) / full);
    }
  }
}

// Full-size alpha at the sites of a format's chroma samples. The weights of three columns and rows,
// which sum to 4 each, follow from the site; (sum + 8) >> 4.
uint32_t alpha_at_chroma(const Format& format, frame::PlaneView alpha, int x, int y) {
  constexpr uint32_t kOn[3] = {1, 2, 1};  // on an even sample
  constexpr uint32_t kBetweenTwo[3] = {0, 2, 2};
  constexpr uint32_t kWhole[3] = {0, 4, 0};  // not subsampled
  const int sx = format.chroma_shift_x();
  const int sy = format.chroma_shift_y();
  const uint32_t* across = sx == 0                              ? kWhole
                           : format.site == ChromaSite::kCenter ? kBetweenTwo
                                                                : kOn;
  const uint32_t* down = sy == 0 ? kWhole : format.site == ChromaSite::kTopLeft ? kOn : kBetweenTwo;
  uint32_t sum = 8;
  for (int j = 0; j < 3; ++j) {
    const uint8_t* row = alpha.row(std::clamp((y << sy) + j - 1, 0, alpha.height - 1));
    for (int i = 0; i < 3; ++i) {
      sum += across[i] * down[j] * row[std::clamp((x << sx) + i - 1, 0, alpha.width - 1)];
    }
  }
  return sum >> 4;
}

void premultiply_planes(FrameBuffer& out) {
  multiply(out.plane(0), out.plane(0), out.alpha());
  const Format& format = out.format();
  if (format.layout == Layout::kYuv444) {
    multiply_chroma(out.plane(1), out.plane(1), out.alpha());
    multiply_chroma(out.plane(2), out.plane(2), out.alpha());
    return;
  }
  const frame::PlaneBuffer small(out.plane(1).width, out.plane(1).height);
  if (format.layout == Layout::kYuv420 && format.site == ChromaSite::kLeft) {
    alpha_to_chroma(out.alpha(), small.view());
  } else {
    for (int y = 0; y < small.view().height; ++y) {
      for (int x = 0; x < small.view().width; ++x) {
        small.view().row(y)[x] = static_cast<uint8_t>(alpha_at_chroma(format, out.alpha(), x, y));
      }
    }
  }
  multiply_chroma(out.plane(1), out.plane(1), small.view());
  multiply_chroma(out.plane(2), out.plane(2), small.view());
}

Format working_format(const Format& from, bool premultiply) {
  Format to = from;
  to.depth = 8;
  to.matrix = Matrix::kBt709;
  to.range = Range::kLimited;
  if (from.layout == Layout::kRgb) to.layout = Layout::kYuv444;
  if (from.layout == Layout::kGray) to.layout = Layout::kYuv420;
  if (from.layout == Layout::kRgb || from.layout == Layout::kGray) to.site = ChromaSite::kLeft;
  to.premultiplied = from.alpha && premultiply;
  return to;
}

bool same_codes(const Format& from, const Format& to) {
  return from.depth == 8 && from.layout == to.layout &&
         (from.matrix == Matrix::kBt709 || from.matrix == Matrix::kUnknown) &&
         from.range != Range::kFull && (!from.alpha || from.premultiplied == to.premultiplied);
}

}  // namespace

Frame convert_to_working(const Frame& source, bool premultiply, const ColorRows& rows) {
  const Format& from = source.format();
  const Format to = working_format(from, premultiply || (from.alpha && from.premultiplied));
  if (same_codes(from, to)) return from == to ? source : source.described_as(to);
  RUSHES_CHECK(!(from.alpha && from.premultiplied));
  const Picture picture{source, from.depth > 8, make_color_plan(from), rows};
  FrameBuffer out(to, source.width(), source.height());
  if (source.width() > 0 && source.height() > 0) {
    if (from.layout == Layout::kRgb) {
      convert_rgb(picture, out);
    } else {
      convert_yuv(picture, out);
    }
  }
  if (to.alpha) convert_alpha(source.alpha(), picture.wide, from.depth, out.alpha());
  if (to.premultiplied) premultiply_planes(out);
  return std::move(out).freeze();
}

Frame convert_bitmap(const frame::Bitmap& bitmap, const BitmapRows& rows) {
  RUSHES_CHECK(bitmap.width >= 0 && bitmap.height >= 0);
  RUSHES_CHECK(bitmap.pixels.size() / std::max<size_t>(1, static_cast<size_t>(bitmap.width)) >=
               static_cast<size_t>(bitmap.width > 0 ? bitmap.height : 0));
  const int width = (bitmap.width + 1) / 2 * 2;
  const int height = (bitmap.height + 1) / 2 * 2;
  Format format = frame::kWorking;
  format.alpha = true;
  format.premultiplied = true;
  FrameBuffer out(format, width, height);
  const size_t n = static_cast<size_t>(width);
  // Two source rows and the sums of their channels, which have one more in front.
  std::vector<uint32_t> pixels(2 * n);
  std::vector<uint32_t> br(n + 1), ga(n + 1);
  for (int y = 0; y < height; y += 2) {
    for (int j = 0; j < 2; ++j) {
      uint32_t* row = pixels.data() + static_cast<size_t>(j) * n;
      std::fill(row, row + width, 0);
      if (y + j < bitmap.height) {
        const uint32_t* from = bitmap.pixels.data() + static_cast<ptrdiff_t>(y + j) * bitmap.width;
        std::copy(from, from + bitmap.width, row);
      }
      rows.luma_alpha(row, width, out.plane(0).row(y + j), out.alpha().row(y + j));
    }
    rows.add_rows(pixels.data(), pixels.data() + n, width, br.data() + 1, ga.data() + 1);
    if (width > 0) {
      br[0] = br[1];
      ga[0] = ga[1];
    }
    rows.chroma(br.data() + 1, ga.data() + 1, width / 2, out.plane(1).row(y / 2),
                out.plane(2).row(y / 2));
  }
  return std::move(out).freeze();
}

Frame to_working(const Frame& source, bool premultiply) {
  return convert_to_working(source, premultiply, fast_color_rows());
}

Frame bitmap_to_working(const frame::Bitmap& bitmap) {
  return convert_bitmap(bitmap, fast_bitmap_rows());
}

Yuv rgb_to_working(uint8_t r, uint8_t g, uint8_t b) {
  // BT.709's weights are decimals, so the codes are exact fractions; offset and half come first,
  // which keeps what is divided positive.
  const auto nearest = [](int64_t code, int64_t numerator, int64_t denominator) {
    return static_cast<uint8_t>((2 * (code * denominator + numerator) + denominator) /
                                (2 * denominator));
  };
  const int64_t ir = r, ig = g, ib = b;
  return {nearest(16, 219 * (2126 * ir + 7152 * ig + 722 * ib), 10000 * 255),
          nearest(128, 224 * (9278 * ib - 2126 * ir - 7152 * ig), 18556 * 255),
          nearest(128, 224 * (7874 * ir - 7152 * ig - 722 * ib), 15748 * 255)};
}

}  // namespace rushes::kernels
