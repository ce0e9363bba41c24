#include "frame/frame.h"

#include <utility>

#include "frame/recycler.h"

namespace rushes::frame {
namespace {

constexpr size_t kAlign = 64;
constexpr size_t kPadding = 64;

size_t padded_stride(int samples, int bytes_per_sample) {
  const size_t row = static_cast<size_t>(samples) * static_cast<size_t>(bytes_per_sample);
  return (row + kPadding + kAlign - 1) / kAlign * kAlign;
}

}  // namespace

int plane_width(const Format& format, int width, int plane) {
  const int shift = (plane == 1 || plane == 2) ? format.chroma_shift_x() : 0;
  return (width + (1 << shift) - 1) >> shift;
}

int plane_height(const Format& format, int height, int plane) {
  const int shift = (plane == 1 || plane == 2) ? format.chroma_shift_y() : 0;
  return (height + (1 << shift) - 1) >> shift;
}

size_t Frame::bytes() const {
  size_t total = 0;
  for (int i = 0; i < format_.planes(); ++i) {
    total += static_cast<size_t>(plane(i).stride) * static_cast<size_t>(plane(i).height);
  }
  return total;
}

Frame Frame::described_as(Format format) const {
  Frame other = *this;
  other.format_ = format;
  return other;
}

FrameBuffer::FrameBuffer(Format format, int width, int height)
    : format_(format), width_(width), height_(height) {
  const int sample = format.depth > 8 ? 2 : 1;
  size_t total = 0;
  std::array<size_t, 4> offsets{};
  for (int i = 0; i < format.planes(); ++i) {
    const auto at = static_cast<size_t>(i);
    MutablePlaneView& v = planes_[at];
    v.width = plane_width(format, width, i);
    v.height = plane_height(format, height, i);
    v.stride = static_cast<ptrdiff_t>(padded_stride(v.width, sample));
    offsets[at] = total;
    total += static_cast<size_t>(v.stride) * static_cast<size_t>(v.height);
  }
  bytes_ = recycled_bytes(total + kPadding);
  for (size_t i = 0; i < 4; ++i) {
    if (planes_[i].stride != 0) planes_[i].data = bytes_.get() + offsets[i];
  }
}

Frame FrameBuffer::freeze() && {
  std::array<PlaneView, 4> views;
  for (size_t i = 0; i < 4; ++i) views[i] = planes_[i];
  return {format_, width_, height_, views, std::move(bytes_)};
}

PlaneBuffer::PlaneBuffer(int width, int height) {
  const size_t stride = padded_stride(width, 1);
  bytes_ = recycled_bytes(stride * static_cast<size_t>(height) + kPadding);
  view_ = {bytes_.get(), static_cast<ptrdiff_t>(stride), width, height};
}

}  // namespace rushes::frame
