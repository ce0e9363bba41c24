#include "media/decoder.h"

#include <algorithm>
#include <string>

#include "media/allowed.h"
#include "media/block_marks.h"
#include "media/processor.h"

namespace rushes::media {
namespace {

// By name where libav's first choice is not ours: alpha needs libvpx, and libav's own Opus decoder
// gives other samples on other processors.
const AVCodec* choose(AVCodecID id, bool side_alpha) {
  const char* name = nullptr;
  switch (id) {
    case AV_CODEC_ID_OPUS: name = "libopus"; break;
    case AV_CODEC_ID_AV1: name = "libdav1d"; break;
    case AV_CODEC_ID_VP8: name = side_alpha ? "libvpx" : "vp8"; break;
    case AV_CODEC_ID_VP9: name = side_alpha ? "libvpx-vp9" : "vp9"; break;
    default: return avcodec_find_decoder(id);
  }
  return avcodec_find_decoder_by_name(name);
}

// Decoders that give the same frames of damaged video with several threads, or are found out where
// something is wrong. Others (VP8, MPEG-4, Theora) look at what another thread has not decoded yet.
bool is_steady(AVCodecID id) {
  return id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC || id == AV_CODEC_ID_AV1 ||
         id == AV_CODEC_ID_PRORES || id == AV_CODEC_ID_DNXHD || id == AV_CODEC_ID_MJPEG;
}

}  // namespace

base::Result<AvCodecContext> open_decoder(const AVCodecParameters& parameters, AVRational time_base,
                                          const DecoderOptions& options, LogSink& log) {
  const AVCodec* codec = choose(parameters.codec_id, options.side_alpha);
  if (codec == nullptr || !is_allowed_decoder(codec->name)) {
    return base::unsupported("the codec \"" + std::string(avcodec_get_name(parameters.codec_id)) +
                             "\" is not supported");
  }
  settle_processor();
  AvCodecContext context(avcodec_alloc_context3(codec));
  if (context == nullptr) return base::resource("no memory for a decoder");
  if (const int err = avcodec_parameters_to_context(context.get(), &parameters); err < 0) {
    return av_error(err, "setting up the decoder");
  }
  context->opaque = &log;
  context->pkt_timebase = time_base;
  context->thread_count = is_steady(codec->id) ? std::clamp(options.threads, 1, 64) : 1;
  context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  context->lowres = options.lowres;
  context->request_sample_fmt = AV_SAMPLE_FMT_FLT;
  if (options.find_missing) mark_blocks(*context);
  if (options.max_pixels > 0) context->max_pixels = options.max_pixels;
  if (const int err = avcodec_open2(context.get(), codec, nullptr); err < 0) {
    return av_error(err, "opening the " + std::string(codec->name) + " decoder" + because(log));
  }
  return context;
}

}  // namespace rushes::media
