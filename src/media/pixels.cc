#include "media/pixels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "media/chroma.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace rushes::media {
namespace {

using frame::Layout;

constexpr ptrdiff_t kReadablePadding = 64;  // see frame.h

bool is_palette(const AVPixFmtDescriptor& desc) { return (desc.flags & AV_PIX_FMT_FLAG_PAL) != 0; }

// Colour components, then alpha; a palette's entries are RGBA.
int components(const AVPixFmtDescriptor& desc) { return is_palette(desc) ? 4 : desc.nb_components; }

int deepest(const AVPixFmtDescriptor& desc) {
  int depth = 0;
  for (int i = 0; i < desc.nb_components; ++i) depth = std::max(depth, desc.comp[i].depth);
  return depth;
}

bool mixes_depths(const AVPixFmtDescriptor& desc, int depth) {
  return std::any_of(desc.comp, desc.comp + desc.nb_components,
                     [&](const AVComponentDescriptor& c) { return c.depth != depth; });
}

struct Size {
  int width = 0, height = 0;
};

Size component_size(const AVPixFmtDescriptor& desc, const AVFrame& frame, int component) {
  const bool rgb = (desc.flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
  if (rgb || component == 0 || component == 3 || desc.nb_components < 3) {
    return {frame.width, frame.height};
  }
  return {AV_CEIL_RSHIFT(frame.width, desc.log2_chroma_w),
          AV_CEIL_RSHIFT(frame.height, desc.log2_chroma_h)};
}

// Whether component `c` is a plane of its own, sample after sample, as frame.h has them.
bool is_plain_plane(const AVPixFmtDescriptor& desc, int c, int depth) {
  const AVComponentDescriptor& comp = desc.comp[c];
  const int bytes = depth > 8 ? 2 : 1;
  for (int other = 0; other < desc.nb_components; ++other) {
    if (other != c && desc.comp[other].plane == comp.plane) return false;
  }
  return comp.depth == depth && comp.shift == 0 && comp.offset == 0 && comp.step == bytes;
}

// Whether reading on past the last sample stays within the buffer.
bool has_padding(const AVFrame& frame, int plane, Size size, int bytes) {
  AVBufferRef* buffer = av_frame_get_plane_buffer(const_cast<AVFrame*>(&frame), plane);
  if (buffer == nullptr || frame.linesize[plane] <= 0) return false;
  const uint8_t* end = frame.data[plane] + ptrdiff_t{frame.linesize[plane]} * (size.height - 1) +
                       ptrdiff_t{size.width} * bytes + kReadablePadding;
  return end <= buffer->data + buffer->size;
}

bool same_subsampling(const AVPixFmtDescriptor& desc, const frame::Format& format) {
  if (format.color_planes() == 1 || format.layout == Layout::kRgb) return true;
  return desc.log2_chroma_w == format.chroma_shift_x() &&
         desc.log2_chroma_h == format.chroma_shift_y();
}

bool fits_as_it_is(const AVPixFmtDescriptor& desc, const AVFrame& frame,
                   const frame::Format& format) {
  constexpr bool kLittle = std::endian::native == std::endian::little;
  const bool big = (desc.flags & AV_PIX_FMT_FLAG_BE) != 0;
  if ((desc.flags & (AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL)) != 0) return false;
  if (format.depth > 8 && big == kLittle) return false;
  if (!same_subsampling(desc, format) || desc.nb_components != format.planes()) return false;
  for (int c = 0; c < desc.nb_components; ++c) {
    if (!is_plain_plane(desc, c, format.depth)) return false;
    if (!has_padding(frame, desc.comp[c].plane, component_size(desc, frame, c),
                     format.depth > 8 ? 2 : 1)) {
      return false;
    }
  }
  return true;
}

base::Result<frame::Frame> share(const AVPixFmtDescriptor& desc, const AVFrame& frame,
                                 const frame::Format& format) {
  AVFrame* clone = av_frame_clone(&frame);
  if (clone == nullptr) return base::resource("no memory for a frame");
  const std::shared_ptr<const AVFrame> owner(clone, [](const AVFrame* f) {
    AVFrame* mine = const_cast<AVFrame*>(f);
    av_frame_free(&mine);
  });
  std::array<frame::PlaneView, 4> planes;
  for (int c = 0; c < desc.nb_components; ++c) {
    const int at = desc.comp[c].plane;
    const Size size = component_size(desc, frame, c);
    planes[static_cast<size_t>(c)] = {owner->data[at], owner->linesize[at], size.width,
                                      size.height};
  }
  return frame::Frame(format, frame.width, frame.height, planes, owner);
}

template <int kStep>
void take_bytes(const uint8_t* from, int step, uint8_t* to, int n) {
  const int s = kStep == 0 ? step : kStep;
  for (int x = 0; x < n; ++x) to[x] = from[x * s];
}

// One row of 16-bit words, or of bytes widened to 16 bits' plane.
void take_words(const uint8_t* from, int step, bool big, int shift, int depth, uint16_t* to,
                int n) {
  const auto mask = static_cast<unsigned>((1U << depth) - 1);
  const int low = big ? 1 : 0;
  for (int x = 0; x < n; ++x) {
    const uint8_t* p = from + ptrdiff_t{x} * step;
    const unsigned word = static_cast<unsigned>(p[low]) | static_cast<unsigned>(p[1 - low]) << 8;
    to[x] = static_cast<uint16_t>(word >> shift & mask);
  }
}

// Any row of at most 8 bits by libav's own reading; fewer bits are stretched to 8.
void take_any(const AVPixFmtDescriptor& desc, const AVFrame& frame, int c, int y,
              std::vector<uint16_t>& row, const frame::MutablePlaneView& to) {
  const uint8_t* data[4] = {frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
  av_read_image_line2(row.data(), data, frame.linesize, &desc, 0, y, c, to.width, 0, 2);
  const int max = (1 << desc.comp[c].depth) - 1;
  const bool inverted = std::string_view(desc.name) == "monow";
  for (int x = 0; x < to.width; ++x) {
    const int v = row[static_cast<size_t>(x)];
    to.row(y)[x] = static_cast<uint8_t>(((inverted ? max - v : v) * 255 + max / 2) / max);
  }
}

// Red, green, blue or alpha of a palette's entries, which are ARGB words.
void take_palette(const AVFrame& frame, int c, const frame::MutablePlaneView& to) {
  constexpr int kShift[4] = {16, 8, 0, 24};
  std::array<uint8_t, 256> values;
  for (size_t i = 0; i < values.size(); ++i) {
    uint32_t entry = 0;
    std::memcpy(&entry, frame.data[1] + 4 * i, sizeof(entry));
    values[i] = static_cast<uint8_t>(entry >> kShift[c]);
  }
  for (int y = 0; y < to.height; ++y) {
    const uint8_t* from = frame.data[0] + ptrdiff_t{frame.linesize[0]} * y;
    for (int x = 0; x < to.width; ++x) to.row(y)[x] = values[from[x]];
  }
}

// Component `c`, at its own size, into a plane of `depth` bits.
void take_plane(const AVPixFmtDescriptor& desc, const AVFrame& frame, int c, int depth,
                frame::MutablePlaneView to) {
  if (is_palette(desc)) return take_palette(frame, c, to);
  const AVComponentDescriptor& comp = desc.comp[c];
  const bool big = (desc.flags & AV_PIX_FMT_FLAG_BE) != 0;
  const bool odd = (desc.flags & AV_PIX_FMT_FLAG_BITSTREAM) != 0;
  if (odd || comp.depth != depth || (depth == 8 && comp.shift != 0)) {
    std::vector<uint16_t> row(static_cast<size_t>(to.width));
    for (int y = 0; y < to.height; ++y) take_any(desc, frame, c, y, row, to);
    return;
  }
  for (int y = 0; y < to.height; ++y) {
    const uint8_t* from =
        frame.data[comp.plane] + ptrdiff_t{frame.linesize[comp.plane]} * y + comp.offset;
    if (depth > 8) {
      take_words(from, comp.step, big, comp.shift, depth, to.row16(y), to.width);
      continue;
    }
    switch (comp.step) {
      case 1: std::memcpy(to.row(y), from, static_cast<size_t>(to.width)); break;
      case 2: take_bytes<2>(from, 0, to.row(y), to.width); break;
      case 3: take_bytes<3>(from, 0, to.row(y), to.width); break;
      case 4: take_bytes<4>(from, 0, to.row(y), to.width); break;
      default: take_bytes<0>(from, comp.step, to.row(y), to.width); break;
    }
  }
}

// A chroma plane of another subsampling than frame.h's, brought to `to`.
void take_resampled(const AVPixFmtDescriptor& desc, const AVFrame& frame, int c,
                    const frame::Format& format, frame::MutablePlaneView to) {
  const Size size = component_size(desc, frame, c);
  frame::Format grey = format;
  grey.layout = Layout::kGray;
  grey.alpha = false;
  frame::FrameBuffer own(grey, size.width, size.height);
  take_plane(desc, frame, c, format.depth, own.plane(0));
  const bool centered = format.site == frame::ChromaSite::kCenter;
  const frame::FrameBuffer wide =
      resample_plane(own.plane(0), format.depth, Axis::kX, to.width,
                     subsampling_steps(desc.log2_chroma_w, format.chroma_shift_x(), centered));
  const frame::FrameBuffer both =
      resample_plane(wide.plane(0), format.depth, Axis::kY, to.height,
                     subsampling_steps(desc.log2_chroma_h, format.chroma_shift_y(),
                                       format.site != frame::ChromaSite::kTopLeft));
  const size_t bytes = static_cast<size_t>(to.width) * (format.depth > 8 ? 2 : 1);
  for (int y = 0; y < to.height; ++y) std::memcpy(to.row(y), both.plane(0).row(y), bytes);
}

bool opaque_palette(const AVFrame& frame) {
  std::array<bool, 256> used{};
  for (int y = 0; y < frame.height; ++y) {
    const uint8_t* row = frame.data[0] + ptrdiff_t{frame.linesize[0]} * y;
    for (int x = 0; x < frame.width; ++x) used[row[x]] = true;
  }
  for (size_t i = 0; i < used.size(); ++i) {
    uint32_t entry = 0;
    std::memcpy(&entry, frame.data[1] + 4 * i, sizeof(entry));
    if (used[i] && entry >> 24 != 0xFF) return false;
  }
  return true;
}

}  // namespace

base::Result<frame::Format> shape_of(AVPixelFormat pixels) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(pixels);
  if (desc == nullptr) return base::unsupported("unknown pixel format");
  const int depth = deepest(*desc);
  constexpr uint64_t kRefused =
      AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;
  if ((desc->flags & kRefused) != 0 || std::string_view(desc->name).substr(0, 3) == "xyz" ||
      depth > 16 || depth < 1 || (depth > 8 && mixes_depths(*desc, depth))) {
    return base::unsupported("pixel format " + std::string(desc->name) + " is not supported");
  }
  frame::Format shape;
  shape.depth = std::max(depth, 8);
  shape.alpha = (desc->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  const int colors = components(*desc) - (shape.alpha ? 1 : 0);
  if (is_palette(*desc) || (desc->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
    shape.layout = Layout::kRgb;
  } else if (colors == 1) {
    shape.layout = Layout::kGray;
  } else if (desc->log2_chroma_w == 0) {
    shape.layout = Layout::kYuv444;
  } else {
    shape.layout = desc->log2_chroma_h == 0 ? Layout::kYuv422 : Layout::kYuv420;
  }
  return shape;
}

base::Result<ColorTags> tags_of(const AvColor& color) {
  ColorTags tags;
  tags.height = color.height;
  const std::string_view name =
      av_get_pix_fmt_name(color.pixels) != nullptr ? av_get_pix_fmt_name(color.pixels) : "unknown";
  tags.jpeg_pixels = name.substr(0, 4) == "yuvj";
  switch (color.matrix) {
    case AVCOL_SPC_BT709: tags.matrix = frame::Matrix::kBt709; break;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M: tags.matrix = frame::Matrix::kBt601; break;
    case AVCOL_SPC_BT2020_NCL: tags.matrix = frame::Matrix::kBt2020; break;
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_RESERVED:
    case AVCOL_SPC_RGB: break;
    default: {
      const char* matrix = av_color_space_name(color.matrix);
      return base::unsupported("colour matrix " +
                               std::string(matrix != nullptr ? matrix : "(unknown)") +
                               " is not supported");
    }
  }
  if (color.range == AVCOL_RANGE_JPEG) tags.range = frame::Range::kFull;
  if (color.range == AVCOL_RANGE_MPEG) tags.range = frame::Range::kLimited;
  switch (color.site) {
    case AVCHROMA_LOC_LEFT: tags.site = frame::ChromaSite::kLeft; break;
    case AVCHROMA_LOC_CENTER: tags.site = frame::ChromaSite::kCenter; break;
    case AVCHROMA_LOC_TOPLEFT: tags.site = frame::ChromaSite::kTopLeft; break;
    default: break;
  }
  if (color.transfer == AVCOL_TRC_SMPTE2084) tags.transfer = frame::Transfer::kPq;
  if (color.transfer == AVCOL_TRC_ARIB_STD_B67) tags.transfer = frame::Transfer::kHlg;
  return tags;
}

AvColor color_of(const AVFrame& frame) {
  return {static_cast<AVPixelFormat>(frame.format),
          frame.colorspace,
          frame.color_range,
          frame.color_trc,
          frame.chroma_location,
          frame.height};
}

base::Result<frame::Frame> to_frame(const AVFrame& frame, const frame::Format& wanted) {
  const AVPixFmtDescriptor* desc = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (desc == nullptr) return base::unsupported("unknown pixel format");
  frame::Format format = wanted;
  if (is_palette(*desc)) format.alpha = format.alpha && !opaque_palette(frame);
  if (fits_as_it_is(*desc, frame, format)) return share(*desc, frame, format);
  frame::FrameBuffer buffer(format, frame.width, frame.height);
  for (int c = 0; c < format.planes(); ++c) {
    const bool chroma = c == 1 || c == 2;
    if (chroma && !same_subsampling(*desc, format)) {
      take_resampled(*desc, frame, c, format, buffer.plane(c));
    } else {
      take_plane(*desc, frame, c, format.depth, buffer.plane(c));
    }
  }
  return std::move(buffer).freeze();
}

}  // namespace rushes::media
