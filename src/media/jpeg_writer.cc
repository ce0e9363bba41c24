#include "media/jpeg_writer.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "media/av.h"
#include "media/encoder.h"

namespace rushes::media {
namespace {

// What JFIF wants: BT.601, full range, chroma amid its four pixels. 16 fractional bits.
class JpegColors {
 public:
  JpegColors(std::span<const std::byte> pixels, const JpegOptions& o)
      : pixels_(pixels), width_(o.width), height_(o.height) {}

  void fill(AVFrame& frame) const {
    for (int y = 0; y < height_; ++y) {
      uint8_t* row = frame.data[0] + ptrdiff_t{frame.linesize[0]} * y;
      for (int x = 0; x < width_; ++x) {
        const Pixel p = at(x, y);
        row[x] = code(19595 * p.r + 38470 * p.g + 7471 * p.b, 1);
      }
    }
    for (int y = 0; y < (height_ + 1) / 2; ++y) {
      uint8_t* cb = frame.data[1] + ptrdiff_t{frame.linesize[1]} * y;
      uint8_t* cr = frame.data[2] + ptrdiff_t{frame.linesize[2]} * y;
      for (int x = 0; x < (width_ + 1) / 2; ++x) {
        const Pixel p = four(2 * x, 2 * y);
        cb[x] = code(-11059 * p.r - 21709 * p.g + 32768 * p.b + kMiddle, 4);
        cr[x] = code(32768 * p.r - 27439 * p.g - 5329 * p.b + kMiddle, 4);
      }
    }
  }

 private:
  struct Pixel {
    int r = 0, g = 0, b = 0;
  };
  static constexpr int kMiddle = 4 * (128 << 16);

  static uint8_t code(int fixed, int pixels) {
    const int unit = pixels << 16;
    return static_cast<uint8_t>(std::clamp((fixed + unit / 2) / unit, 0, 255));
  }
  Pixel at(int x, int y) const {
    const size_t i =
        3 * (static_cast<size_t>(std::min(y, height_ - 1)) * static_cast<size_t>(width_) +
             static_cast<size_t>(std::min(x, width_ - 1)));
    const auto part = [&](size_t k) { return std::to_integer<int>(pixels_[i + k]); };
    return {part(0), part(1), part(2)};
  }
  Pixel four(int x, int y) const {
    Pixel sum;
    for (const Pixel& p : {at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)}) {
      sum = {sum.r + p.r, sum.g + p.g, sum.b + p.b};
    }
    return sum;
  }

  std::span<const std::byte> pixels_;
  int width_, height_;
};

}  // namespace

base::Status write_jpeg(base::ByteSink& sink, std::span<const std::byte> pixels,
                        const JpegOptions& o) {
  constexpr int kMaxSide = 16384;
  if (o.width < 1 || o.height < 1 || o.width > kMaxSide || o.height > kMaxSide ||
      pixels.size() != static_cast<size_t>(o.width) * static_cast<size_t>(o.height) * 3) {
    return base::internal("a picture of " + std::to_string(o.width) + "x" +
                          std::to_string(o.height) + " cannot be written as JPEG");
  }
  LibavEncoder encoder;
  RETURN_IF_ERROR(encoder.find("mjpeg"));
  const AvCodecContext& context = encoder.context;
  const AvFrame frame(av_frame_alloc());
  if (frame == nullptr) return base::resource("no memory for a JPEG");
  context->width = frame->width = o.width;
  context->height = frame->height = o.height;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->color_range = frame->color_range = AVCOL_RANGE_JPEG;
  context->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;  // that range in that format
  context->time_base = {1, 1};
  context->thread_count = 1;
  context->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  context->global_quality = frame->quality = FF_QP2LAMBDA * std::clamp(o.quality, 1, 31);
  context->dct_algo = FF_DCT_INT;
  frame->format = context->pix_fmt;
  AvOptions options;
  options.set("huffman", "optimal");
  RETURN_IF_ERROR(encoder.open(options));
  if (const int err = av_frame_get_buffer(frame.get(), 0); err < 0) {
    return av_error(err, "writing a JPEG");
  }
  JpegColors(pixels, o).fill(*frame);
  ASSIGN_OR_RETURN(const Packet jpeg, encoder.encode_alone(*frame, "a JPEG"));
  return sink.write_at(0, jpeg.data);
}

}  // namespace rushes::media
