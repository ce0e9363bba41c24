#pragma once

// libav's objects as owned values, and its errors as ours. Internal to this layer: no public header
// includes it.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/buffer.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libavutil/opt.h>
}

#include <memory>
#include <string>
#include <string_view>

#include "base/rational.h"
#include "base/result.h"

namespace rushes::media {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
// For libav's functions that take a pointer to the pointer.
template <auto Free>
struct FreedByAddress {
  template <class T>
  void operator()(T* p) const {
    Free(&p);
  }
};

using AvFrame = std::unique_ptr<AVFrame, FreedByAddress<av_frame_free>>;
using AvPacket = std::unique_ptr<AVPacket, FreedByAddress<av_packet_free>>;
using AvCodecContext = std::unique_ptr<AVCodecContext, FreedByAddress<avcodec_free_context>>;
using AvBuffer = std::unique_ptr<AVBufferRef, FreedByAddress<av_buffer_unref>>;
using AvInput = std::unique_ptr<AVFormatContext, FreedByAddress<avformat_close_input>>;
using AvOutput = std::unique_ptr<AVFormatContext, Freed<avformat_free_context>>;

// Owns options on their way into libav, and tells which ones were not taken.
class AvOptions {
 public:
  AvOptions() = default;
  AvOptions(const AvOptions&) = delete;
  AvOptions& operator=(const AvOptions&) = delete;
  ~AvOptions() { av_dict_free(&dict_); }
  void set(const char* key, const std::string& value) {
    av_dict_set(&dict_, key, value.c_str(), 0);
  }
  AVDictionary** out() { return &dict_; }
  // Name of an option that nobody took, or null.
  const char* left() const {
    const AVDictionaryEntry* e = av_dict_get(dict_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
    return e != nullptr ? e->key : nullptr;
  }

 private:
  AVDictionary* dict_ = nullptr;
};

// With room for its pixels, which are not set. kResource: there is no memory.
base::Result<AvFrame> new_picture(AVPixelFormat format, int width, int height);

// The one place where libav's error numbers become our codes. `what` is what was being done.
base::Error av_error(int err, std::string_view what);

inline base::Rational rational(AVRational r) {
  return r.den == 0 ? base::Rational(0) : base::Rational(r.num, r.den);
}

// A time in units of `unit`, in seconds.
inline base::Rational seconds(int64_t time, AVRational unit) {
  return base::Rational(time) * rational(unit);
}

}  // namespace rushes::media
