#pragma once

// Pictures and sound through the real encoders, for tests of what takes their packets.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "media/audio_encoder.h"
#include "media/muxer.h"
#include "media/testing.h"
#include "media/video_encoder.h"

namespace rushes::media::testing {

struct Encoded {
  TrackFormat format;
  std::vector<Packet> packets;
};

template <class Encoder>
void take_all(Encoder& encoder, std::vector<Packet>& packets) {
  while (true) {
    auto packet = encoder.receive();
    ASSERT_TRUE(packet.ok()) << packet.error().message;
    if (!*packet) return;
    packets.push_back(std::move(**packet));
  }
}

inline Encoded encode_video(const VideoEncoderOptions& options, int frames, int first = 0) {
  Encoded e;
  auto encoder = VideoEncoder::open(options);
  EXPECT_TRUE(encoder.ok()) << encoder.error().message;
  if (!encoder.ok()) return e;
  for (int n = 0; n < frames; ++n) {
    const auto sent = (*encoder)->send(pattern(options.width, options.height, first + n), n);
    EXPECT_TRUE(sent.ok()) << sent.error().message;
    take_all(**encoder, e.packets);
  }
  EXPECT_TRUE((*encoder)->finish().ok());
  take_all(**encoder, e.packets);
  e.format = (*encoder)->format();
  return e;
}

// sound(n) in both channels, in blocks of uneven length.
inline Encoded encode_sound(int64_t samples, const std::function<float(int64_t)>& sound,
                            const AudioEncoderOptions& options = {}) {
  Encoded e;
  auto encoder = AudioEncoder::open(options);
  EXPECT_TRUE(encoder.ok());
  e.format = (*encoder)->format();
  int64_t at = 0;
  for (int64_t block = 1; at < samples; block = block * 3 % 4001) {
    frame::AudioBlock b;
    for (int64_t i = 0; i < block && at < samples; ++i, ++at) {
      const float v = sound(at);
      b.samples.push_back(v);
      b.samples.push_back(v);
    }
    EXPECT_TRUE((*encoder)->send(b).ok());
    take_all(**encoder, e.packets);
  }
  EXPECT_TRUE((*encoder)->finish().ok());
  take_all(**encoder, e.packets);
  return e;
}

inline Encoded encode_click(int64_t samples, int64_t click) {
  return encode_sound(samples, [=](int64_t n) { return n == click ? 0.9F : 0.0F; },
                      {.bitrate = 192000});
}

inline Bytes mux(const Encoded& video, const Encoded* audio, const std::string& container = "mp4") {
  base::MemorySink sink;
  MuxerOptions options{.container = container,
                       .video = video.format,
                       .video_packets = static_cast<int64_t>(video.packets.size())};
  if (audio != nullptr) {
    options.audio = audio->format;
    options.audio_packets = static_cast<int64_t>(audio->packets.size());
  }
  auto muxer = Muxer::open(sink, options);
  EXPECT_TRUE(muxer.ok()) << muxer.error().message;
  if (!muxer.ok()) return {};
  const auto written = [](const base::Status& s) { EXPECT_TRUE(s.ok()) << s.error().message; };
  size_t a = 0;
  for (const Packet& p : video.packets) {
    written((*muxer)->write(Track::kVideo, p));
    const Rational now = Rational(p.dts) * video.format.time_base;
    while (audio != nullptr && a < audio->packets.size() &&
           Rational(audio->packets[a].dts, 48000) <= now) {
      written((*muxer)->write(Track::kAudio, audio->packets[a++]));
    }
  }
  while (audio != nullptr && a < audio->packets.size()) {
    written((*muxer)->write(Track::kAudio, audio->packets[a++]));
  }
  written((*muxer)->finish());
  return sink.data;
}

}  // namespace rushes::media::testing
