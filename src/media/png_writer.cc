#include "media/png_writer.h"

#include <cstring>
#include <string>

#include "media/av.h"
#include "media/encoder.h"

namespace rushes::media {

base::Status write_png(base::ByteSink& sink, std::span<const std::byte> pixels,
                       const PngOptions& o) {
  constexpr int kMaxSide = 32768;
  const size_t row = static_cast<size_t>(o.width) * (o.alpha ? 4 : 3);
  if (o.width < 1 || o.height < 1 || o.width > kMaxSide || o.height > kMaxSide ||
      pixels.size() != row * static_cast<size_t>(o.height)) {
    return base::internal("a picture of " + std::to_string(o.width) + "x" +
                          std::to_string(o.height) + " cannot be written as PNG");
  }
  LibavEncoder encoder;
  RETURN_IF_ERROR(encoder.find("png"));
  const AvCodecContext& context = encoder.context;
  const AvFrame frame(av_frame_alloc());
  if (frame == nullptr) return base::resource("no memory for a PNG");
  context->width = frame->width = o.width;
  context->height = frame->height = o.height;
  context->pix_fmt = o.alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
  context->time_base = {1, 1};
  context->thread_count = 1;
  frame->format = context->pix_fmt;
  AvOptions options;
  options.set("pred", "mixed");
  RETURN_IF_ERROR(encoder.open(options));
  if (const int err = av_frame_get_buffer(frame.get(), 0); err < 0) {
    return av_error(err, "writing a PNG");
  }
  for (int y = 0; y < o.height; ++y) {
    std::memcpy(frame->data[0] + ptrdiff_t{frame->linesize[0]} * y,
                pixels.data() + row * static_cast<size_t>(y), row);
  }
  ASSIGN_OR_RETURN(const Packet png, encoder.encode_alone(*frame, "a PNG"));
  return sink.write_at(0, png.data);
}

}  // namespace rushes::media
