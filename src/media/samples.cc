#include "media/samples.h"

#include <cmath>
#include <cstring>
#include <string>
#include <type_traits>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
}

namespace rushes::media {
namespace {

constexpr float kHalfPower = 0.70710678F;

struct Gains {
  float left = 0, right = 0;
};

Gains gains_of(AVChannel channel) {
  switch (channel) {
    case AV_CHAN_FRONT_LEFT:
    case AV_CHAN_STEREO_LEFT:
    case AV_CHAN_WIDE_LEFT: return {1, 0};
    case AV_CHAN_FRONT_RIGHT:
    case AV_CHAN_STEREO_RIGHT:
    case AV_CHAN_WIDE_RIGHT: return {0, 1};
    case AV_CHAN_FRONT_CENTER: return {kHalfPower, kHalfPower};
    case AV_CHAN_BACK_LEFT:
    case AV_CHAN_SIDE_LEFT:
    case AV_CHAN_FRONT_LEFT_OF_CENTER:
    case AV_CHAN_TOP_FRONT_LEFT:
    case AV_CHAN_TOP_BACK_LEFT:
    case AV_CHAN_TOP_SIDE_LEFT: return {kHalfPower, 0};
    case AV_CHAN_BACK_RIGHT:
    case AV_CHAN_SIDE_RIGHT:
    case AV_CHAN_FRONT_RIGHT_OF_CENTER:
    case AV_CHAN_TOP_FRONT_RIGHT:
    case AV_CHAN_TOP_BACK_RIGHT:
    case AV_CHAN_TOP_SIDE_RIGHT: return {0, kHalfPower};
    case AV_CHAN_LOW_FREQUENCY:
    case AV_CHAN_LOW_FREQUENCY_2: return {0, 0};
    default: return {0.5F, 0.5F};
  }
}

// The layout itself, or the usual one of as many channels where the file names none.
base::Result<std::vector<Gains>> gains_of(const AVChannelLayout& layout) {
  AVChannelLayout usual{};
  const AVChannelLayout* from = &layout;
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&usual, layout.nb_channels);
    from = &usual;
  }
  std::vector<Gains> gains;
  if (from->order != AV_CHANNEL_ORDER_UNSPEC && from->order != AV_CHANNEL_ORDER_AMBISONIC) {
    for (int i = 0; i < from->nb_channels; ++i) {
      gains.push_back(
          gains_of(av_channel_layout_channel_from_index(from, static_cast<unsigned>(i))));
    }
  }
  av_channel_layout_uninit(&usual);
  if (gains.empty()) {
    return base::unsupported("audio of " + std::to_string(layout.nb_channels) +
                             " channels without a known layout is not supported");
  }
  return gains;
}

template <class T>
float to_float(T v) {
  if constexpr (std::is_same_v<T, uint8_t>) {
    return static_cast<float>(v - 128) / 128.0F;
  } else if constexpr (std::is_same_v<T, int16_t>) {
    return static_cast<float>(v) / 32768.0F;
  } else if constexpr (std::is_same_v<T, int32_t>) {
    return static_cast<float>(static_cast<double>(v) / 2147483648.0);
  } else if constexpr (std::is_same_v<T, int64_t>) {
    return static_cast<float>(static_cast<double>(v) / 9223372036854775808.0);
  } else {
    return static_cast<float>(v);
  }
}

// Where the samples of one channel lie.
struct Lane {
  const uint8_t* data = nullptr;
  size_t step = 0;  // bytes
};

template <class T>
int64_t append(const std::vector<Lane>& lanes, const std::vector<Gains>& gains, int samples,
               int channels, std::vector<float>& out) {
  int64_t bad = 0;
  const auto value = [&](const Lane& lane, int i) {
    T v;
    std::memcpy(&v, lane.data + static_cast<size_t>(i) * lane.step, sizeof(v));
    const float f = to_float(v);
    if (std::isfinite(f)) return f;
    ++bad;
    return 0.0F;
  };
  const bool mono = lanes.size() == 1;
  for (int i = 0; i < samples; ++i) {
    float left = 0;
    float right = 0;
    for (size_t c = 0; c < lanes.size(); ++c) {
      const float v = value(lanes[c], i);
      left += v * (mono ? 1.0F : gains[c].left);
      right += v * (mono ? 1.0F : gains[c].right);
    }
    if (channels == 1) {
      out.push_back(mono ? left : (left + right) * 0.5F);
    } else {
      out.push_back(left);
      out.push_back(right);
    }
  }
  return bad;
}

}  // namespace

int mixed_channels(const AVChannelLayout& layout) { return layout.nb_channels == 1 ? 1 : 2; }

base::Result<int64_t> append_samples(const AVFrame& frame, int channels, std::vector<float>& out) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const int count = frame.ch_layout.nb_channels;
  if (count < 1 || count > 64 || frame.nb_samples < 0) {
    return base::unsupported("audio of " + std::to_string(count) + " channels is not supported");
  }
  std::vector<Gains> gains;
  if (count > 1) {
    ASSIGN_OR_RETURN(gains, gains_of(frame.ch_layout));
  }
  const auto bytes = static_cast<size_t>(av_get_bytes_per_sample(format));
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  std::vector<Lane> lanes;
  for (int c = 0; c < count; ++c) {
    const auto at = static_cast<size_t>(c);
    if (planar) {
      lanes.push_back({frame.extended_data[c], bytes});
    } else {
      lanes.push_back({frame.extended_data[0] + at * bytes, bytes * static_cast<size_t>(count)});
    }
  }
  out.reserve(out.size() + static_cast<size_t>(frame.nb_samples) * static_cast<size_t>(channels));
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8: return append<uint8_t>(lanes, gains, frame.nb_samples, channels, out);
    case AV_SAMPLE_FMT_S16: return append<int16_t>(lanes, gains, frame.nb_samples, channels, out);
    case AV_SAMPLE_FMT_S32: return append<int32_t>(lanes, gains, frame.nb_samples, channels, out);
    case AV_SAMPLE_FMT_S64: return append<int64_t>(lanes, gains, frame.nb_samples, channels, out);
    case AV_SAMPLE_FMT_FLT: return append<float>(lanes, gains, frame.nb_samples, channels, out);
    case AV_SAMPLE_FMT_DBL: return append<double>(lanes, gains, frame.nb_samples, channels, out);
    default: return base::unsupported("its audio samples are of an unknown format");
  }
}

}  // namespace rushes::media
