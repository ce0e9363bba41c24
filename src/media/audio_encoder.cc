#include "media/audio_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "media/av.h"
#include "media/encoder.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
}

namespace rushes::media {
namespace {

// What sets one encoder apart from the others. Options are stated, since libav's defaults may
// change.
struct AudioSettings {
  Codec codec;
  const char* encoder;
  AVSampleFormat samples;
  int64_t most_bitrate;  // 0: it has no choice
  void (*set)(AvOptions& options);
};

constexpr std::array kSettings = {
    AudioSettings{Codec::kAac, "aac", AV_SAMPLE_FMT_FLTP, 512'000,
                  [](AvOptions& options) { options.set("aac_coder", "twoloop"); }},
    AudioSettings{Codec::kOpus, "libopus", AV_SAMPLE_FMT_FLT, 510'000,
                  [](AvOptions& options) {
                    options.set("application", "audio");
                    options.set("vbr", "on");
                    options.set("frame_duration", "20");
                    options.set("compression_level", "10");
                  }},
    AudioSettings{Codec::kPcm, "pcm_s24le", AV_SAMPLE_FMT_S32, 0, [](AvOptions&) {}},
};

const AudioSettings* settings_of(Codec codec) {
  const auto* at = std::ranges::find(kSettings, codec, &AudioSettings::codec);
  return at == kSettings.end() ? nullptr : at;
}

// In the upper bits. Exact in double; halves are rounded up.
int32_t to_24_bits(float sample) {
  constexpr double kFull = 1 << 23;
  const double value = std::floor(static_cast<double>(sample) * kFull + 0.5);
  return static_cast<int32_t>(std::clamp(value, -kFull, kFull - 1)) * 256;
}

}  // namespace

struct AudioEncoder::Impl {
  LibavEncoder encoder;
  TrackFormat format;
  std::vector<float> waiting;  // interleaved; what does not fill a frame yet
  int64_t sent = 0;            // samples a channel given to libav
  bool finished = false;
  std::vector<Packet> ready;  // made, in order; taken from `taken` on
  size_t taken = 0;

  base::Status encode(const float* samples, int count);
  base::Status collect();
};

AudioEncoder::AudioEncoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AudioEncoder::~AudioEncoder() = default;

base::Result<std::unique_ptr<AudioEncoder>> AudioEncoder::open(const AudioEncoderOptions& o) {
  if (o.channels < 1 || o.channels > 2) return base::invalid_argument("channels must be 1 or 2");
  const AudioSettings* settings = settings_of(o.codec);
  if (settings == nullptr) return base::internal("there is no such audio encoder");
  if (settings->most_bitrate > 0 && (o.bitrate < 8000 || o.bitrate > settings->most_bitrate)) {
    return base::invalid_argument("audio bitrate must be from 8000 to " +
                                  std::to_string(settings->most_bitrate) + " bits a second");
  }
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(impl->encoder.find(settings->encoder));
  AVCodecContext& context = *impl->encoder.context;
  context.sample_rate = o.sample_rate;
  context.sample_fmt = settings->samples;
  av_channel_layout_default(&context.ch_layout, o.channels);
  const int64_t bit_rate = settings->most_bitrate > 0
                               ? o.bitrate
                               : int64_t{8} * kPcmSampleBytes * o.channels * o.sample_rate;
  context.bit_rate = bit_rate;
  context.time_base = {1, o.sample_rate};
  context.thread_count = 1;
  context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  AvOptions options;
  settings->set(options);
  RETURN_IF_ERROR(impl->encoder.open(options));

  TrackFormat& format = impl->format;
  format.codec = o.codec;
  format.time_base = Rational(1, o.sample_rate);
  format.sample_rate = o.sample_rate;
  format.channels = o.channels;
  format.priming = context.initial_padding;
  format.bit_rate = bit_rate;
  format.extradata = impl->encoder.extradata();
  return std::unique_ptr<AudioEncoder>(new AudioEncoder(std::move(impl)));
}

const TrackFormat& AudioEncoder::format() const { return impl_->format; }

base::Status AudioEncoder::Impl::encode(const float* samples, int count) {
  AvFrame frame(av_frame_alloc());
  if (frame == nullptr) return base::resource("no memory for audio");
  AVCodecContext& context = *encoder.context;
  frame->format = context.sample_fmt;
  frame->nb_samples = count;
  frame->sample_rate = context.sample_rate;
  frame->pts = sent;
  int err = av_channel_layout_copy(&frame->ch_layout, &context.ch_layout);
  if (err >= 0) err = av_frame_get_buffer(frame.get(), 0);
  if (err < 0) return av_error(err, "encoding audio");
  const int channels = format.channels;
  if (context.sample_fmt == AV_SAMPLE_FMT_S32) {
    std::transform(samples, samples + ptrdiff_t{count} * channels,
                   reinterpret_cast<int32_t*>(frame->extended_data[0]), to_24_bits);
  } else if (av_sample_fmt_is_planar(context.sample_fmt) == 0) {
    std::copy_n(samples, ptrdiff_t{count} * channels,
                reinterpret_cast<float*>(frame->extended_data[0]));
  } else {
    for (int c = 0; c < channels; ++c) {
      auto* plane = reinterpret_cast<float*>(frame->extended_data[c]);
      for (int i = 0; i < count; ++i) plane[i] = samples[ptrdiff_t{i} * channels + c];
    }
  }
  err = avcodec_send_frame(&context, frame.get());
  if (err < 0) return encoder.failed(err, "encoding audio");
  sent += count;
  return collect();
}

base::Status AudioEncoder::Impl::collect() {
  while (true) {
    ASSIGN_OR_RETURN(std::optional<Packet> made, encoder.receive());
    if (!made) return {};
    made->key = true;
    // The last one ends with the samples, whatever it is padded to.
    if (finished) made->duration = std::clamp<int64_t>(sent - made->pts, 0, made->duration);
    ready.push_back(std::move(*made));
  }
}

base::Status AudioEncoder::send(const frame::AudioBlock& block) {
  Impl& m = *impl_;
  if (m.finished) return base::internal("audio came after its end");
  const auto channels = static_cast<size_t>(m.format.channels);
  if (block.channels != m.format.channels || block.samples.size() % channels != 0) {
    return base::internal("audio is not of the encoder's format");
  }
  if (!std::all_of(block.samples.begin(), block.samples.end(),
                   [](float v) { return std::isfinite(v); })) {
    return base::invalid_argument("audio holds samples that are not finite numbers");
  }
  m.waiting.insert(m.waiting.end(), block.samples.begin(), block.samples.end());
  // PCM takes any number.
  const int size = m.encoder.context->frame_size > 0 ? m.encoder.context->frame_size : 1024;
  const size_t step = static_cast<size_t>(size) * channels;
  size_t at = 0;
  for (; m.waiting.size() - at >= step; at += step) {
    RETURN_IF_ERROR(m.encode(m.waiting.data() + at, size));
  }
  m.waiting.erase(m.waiting.begin(), m.waiting.begin() + static_cast<ptrdiff_t>(at));
  return {};
}

base::Status AudioEncoder::finish() {
  Impl& m = *impl_;
  if (m.finished) return {};
  const auto left = static_cast<int>(m.waiting.size() / static_cast<size_t>(m.format.channels));
  if (left > 0) RETURN_IF_ERROR(m.encode(m.waiting.data(), left));
  m.finished = true;
  const int err = avcodec_send_frame(m.encoder.context.get(), nullptr);
  if (err < 0) return m.encoder.failed(err, "finishing the audio");
  RETURN_IF_ERROR(m.collect());
  // A packet that only drains the encoder holds nothing to be heard.
  while (!m.ready.empty() && m.ready.size() > m.taken && m.ready.back().duration == 0) {
    m.ready.pop_back();
  }
  return {};
}

base::Result<std::optional<Packet>> AudioEncoder::receive() {
  Impl& m = *impl_;
  if (m.taken == m.ready.size()) {
    m.ready.clear();
    m.taken = 0;
    return std::optional<Packet>();
  }
  return std::optional<Packet>(std::move(m.ready[m.taken++]));
}

}  // namespace rushes::media
