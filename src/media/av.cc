#include "media/av.h"

extern "C" {
#include <libavutil/error.h>
}

namespace rushes::media {

base::Result<AvFrame> new_picture(AVPixelFormat format, int width, int height) {
  AvFrame out(av_frame_alloc());
  if (out == nullptr) return base::resource("no memory for a frame");
  out->format = format;
  out->width = width;
  out->height = height;
  if (av_frame_get_buffer(out.get(), 0) < 0) return base::resource("no memory for a frame");
  return out;
}

base::Error av_error(int err, std::string_view what) {
  using base::Code;
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(err, text, sizeof(text));
  Code code = Code::kCorrupt;
  switch (err) {
    case AVERROR(EAGAIN):  // of what has no answer to wait for: no room for a thread
    case AVERROR(ENOMEM): code = Code::kResource; break;
    case AVERROR(EPERM):
    case AVERROR(EACCES):
    case AVERROR_PROTOCOL_NOT_FOUND: code = Code::kPermission; break;
    case AVERROR(ENOSYS):
    case AVERROR_PATCHWELCOME:
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND: code = Code::kUnsupported; break;
    case AVERROR_BUG:
    case AVERROR_BUG2:
    case AVERROR_OPTION_NOT_FOUND: code = Code::kInternal; break;
    default: break;
  }
  return {code, std::string(what) + ": " + text};
}

}  // namespace rushes::media
