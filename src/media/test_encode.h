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
#include "media/video_reader.h"

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

// Eighty frames by two encoders, with other content and another quality from the fortieth on.
inline Encoded encode_joined(VideoEncoderOptions options, double then_crf) {
  Encoded all = encode_video(options, 40);
  options.crf = then_crf;
  Encoded second = encode_video(options, 40, 40);
  EXPECT_EQ(second.format, all.format);
  for (Packet& p : second.packets) {
    p.pts += 40;
    p.dts += 40;
    all.packets.push_back(std::move(p));
  }
  return all;
}

inline void expect_same_bytes(VideoEncoderOptions options, int frames) {
  options.threads = 1;
  const auto first = encode_video(options, frames).packets;
  for (const int threads : {1, 2, 4}) {
    options.threads = threads;
    EXPECT_EQ(encode_video(options, frames).packets, first) << options.preset << " " << threads;
  }
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

// Of encode_joined() at 30 frames a second and 128x96, with sound: FFmpeg has nothing to say
// against it, "profile,tag" are these, and frames on both sides of the seam are what was sent.
inline void expect_plays(const Encoded& joined, const std::string& container,
                         const std::string& profile_and_tag) {
  const Encoded sound = encode_click(80 * 1600, 100);
  const Bytes file = mux(joined, &sound, container);
  const std::string path = keep("joined." + profile_and_tag + "." + container, file);
  EXPECT_EQ(output_of("ffmpeg -v warning -xerror -i " + path + " -f null - 2>&1"), "");
  EXPECT_EQ(output_of("ffprobe -v error -select_streams v -count_frames -show_entries "
                      "stream=codec_tag_string,profile,width,color_range,color_space,"
                      "color_primaries,chroma_location,nb_read_frames -of csv=p=0 " +
                      path),
            profile_and_tag + ",128,tv,bt709,bt709,left,80\n");
  EXPECT_EQ(output_of("ffprobe -v error -show_entries stream=duration -of csv=p=0 " + path),
            "2.666667\n2.666667\n");
  const auto source = source_of(file);
  const auto reader = VideoReader::open(*source);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  for (const int n : {0, 39, 40, 60, 79}) {
    const auto shown = (*reader)->frame_at(Rational(n, 30));
    ASSERT_TRUE(shown.ok()) << shown.error().message;
    EXPECT_LT(difference(*shown, pattern(128, 96, n)), 8) << n;
  }
}

}  // namespace rushes::media::testing
