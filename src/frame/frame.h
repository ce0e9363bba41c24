#pragma once

// Pixels and samples as values. No codec library is known here.
//
// A Frame is a cheap handle to shared, immutable planes: copying it copies no pixels. What makes
// pixels (a decoder, a kernel, the text painter) fills a FrameBuffer and freezes it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace rushes::frame {

// One plane of 8-bit samples, or of 16-bit ones in native byte order where depth > 8.
// stride is in bytes; rows may be padded. Rows made by FrameBuffer start at 64-byte boundaries.
struct PlaneView {
  const uint8_t* data = nullptr;
  ptrdiff_t stride = 0;
  int width = 0;  // in samples
  int height = 0;
  const uint8_t* row(int y) const { return data + y * stride; }
  const uint16_t* row16(int y) const { return reinterpret_cast<const uint16_t*>(row(y)); }
};

struct MutablePlaneView {
  uint8_t* data = nullptr;
  ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;
  uint8_t* row(int y) const { return data + y * stride; }
  uint16_t* row16(int y) const { return reinterpret_cast<uint16_t*>(row(y)); }
  operator PlaneView() const { return {data, stride, width, height}; }  // NOLINT: implicit
};

enum class Layout : uint8_t {
  kGray,    // Y
  kYuv420,  // Y, Cb, Cr; chroma at half width and height, rounded up
  kYuv422,  // chroma at half width, rounded up
  kYuv444,
  kRgb,  // planes in the order R, G, B
};
enum class Matrix : uint8_t { kBt601, kBt709, kBt2020, kUnknown };
enum class Range : uint8_t { kLimited, kFull, kUnknown };
// Where a chroma sample sits: kLeft is MPEG-2 and H.264's default (on even luma columns, between
// rows), kCenter is JPEG and MPEG-1 (amid four luma samples), kTopLeft is on the even luma sample.
enum class ChromaSite : uint8_t { kLeft, kCenter, kTopLeft };
enum class Transfer : uint8_t { kSdr, kPq, kHlg };

struct Format {
  Layout layout = Layout::kYuv420;
  int depth = 8;       // 8 to 16 bits, in the low bits of the sample
  bool alpha = false;  // one more plane, full size, full range, after the colour planes
  bool premultiplied = false;
  Matrix matrix = Matrix::kBt709;
  Range range = Range::kLimited;
  ChromaSite site = ChromaSite::kLeft;
  Transfer transfer = Transfer::kSdr;

  int color_planes() const { return layout == Layout::kGray ? 1 : 3; }
  int planes() const { return color_planes() + (alpha ? 1 : 0); }
  // log2 of the subsampling of colour plane 1 and 2.
  int chroma_shift_x() const { return layout == Layout::kYuv420 || layout == Layout::kYuv422; }
  int chroma_shift_y() const { return layout == Layout::kYuv420; }
  friend bool operator==(const Format&, const Format&) = default;
};

// What every picture is brought to before it is composed: BT.709, limited range, 8 bits, left-sited
// 4:2:0. With alpha, colours are premultiplied: luma is code * alpha / 255, offset included; chroma
// is 128 + (code - 128) * alpha / 255, so that filters which treat it unlike alpha, for it has
// fewer samples, never give a colour to what has none.
inline constexpr Format kWorking{};

class Frame {
 public:
  Frame() = default;  // empty
  // Planes that `owner` keeps alive (an AVFrame, a FrameBuffer's bytes).
  Frame(Format format, int width, int height, std::array<PlaneView, 4> planes,
        std::shared_ptr<const void> owner)
      : format_(format),
        width_(width),
        height_(height),
        planes_(planes),
        owner_(std::move(owner)) {}

  explicit operator bool() const { return owner_ != nullptr; }
  const Format& format() const { return format_; }
  int width() const { return width_; }
  int height() const { return height_; }
  const PlaneView& plane(int i) const { return planes_[static_cast<size_t>(i)]; }
  const PlaneView& alpha() const { return plane(format_.color_planes()); }  // if format().alpha
  size_t bytes() const;                                                     // of all planes
  // The same pixels for as long as any handle lives: what caches key on.
  const void* identity() const { return owner_.get(); }
  // The same handle: equal pixels that were made twice are not equal here.
  friend bool operator==(const Frame& a, const Frame& b) {
    return a.owner_ == b.owner_ && a.planes_[0].data == b.planes_[0].data &&
           a.format_ == b.format_ && a.width_ == b.width_ && a.height_ == b.height_;
  }
  // The same pixels under another description (a stated matrix in place of an unknown one).
  Frame described_as(Format format) const;

 private:
  Format format_;
  int width_ = 0;
  int height_ = 0;
  std::array<PlaneView, 4> planes_{};
  std::shared_ptr<const void> owner_;
};

// Width or height of plane `i` of a picture.
int plane_width(const Format& format, int width, int plane);
int plane_height(const Format& format, int height, int plane);

// Writable pixels, owned alone. Not initialised. Rows are 64-byte aligned with at least 64 bytes of
// readable padding after the last sample of each row, so kernels may read past the end.
class FrameBuffer {
 public:
  FrameBuffer(Format format, int width, int height);
  const Format& format() const { return format_; }
  int width() const { return width_; }
  int height() const { return height_; }
  MutablePlaneView plane(int i) const { return planes_[static_cast<size_t>(i)]; }
  MutablePlaneView alpha() const { return plane(format_.color_planes()); }
  Frame freeze() &&;

 private:
  Format format_;
  int width_;
  int height_;
  std::array<MutablePlaneView, 4> planes_{};
  std::shared_ptr<uint8_t[]> bytes_;
};

// A single 8-bit plane with the same padding promise: masks, temporary rows.
class PlaneBuffer {
 public:
  PlaneBuffer() = default;
  PlaneBuffer(int width, int height);
  const MutablePlaneView& view() const { return view_; }

 private:
  MutablePlaneView view_;
  std::shared_ptr<uint8_t[]> bytes_;
};

// Packed 8-bit B, G, R, A in memory order (cairo's ARGB32 on little-endian), premultiplied: what
// the text painter makes.
struct Bitmap {
  int width = 0;
  int height = 0;
  std::vector<uint32_t> pixels;  // rows without padding
};

// Interleaved float samples, nominally -1 to 1.
struct AudioBlock {
  int channels = 2;
  std::vector<float> samples;
  size_t frames() const { return samples.size() / static_cast<size_t>(channels); }
};

}  // namespace rushes::frame
