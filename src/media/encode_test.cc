// Encoding, packet files and muxing, as one task's result travels: proved on the finished file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "media/audio_encoder.h"
#include "media/audio_reader.h"
#include "media/muxer.h"
#include "media/packet_file.h"
#include "media/probe.h"
#include "media/test_encode.h"
#include "media/testing.h"
#include "media/video_encoder.h"
#include "media/video_reader.h"

namespace rushes::media {
namespace {

using testing::Bytes;
using testing::encode_click;
using testing::encode_sound;
using testing::encode_video;
using testing::Encoded;
using ::testing::HasSubstr;
using testing::mux;
using testing::pattern;
using testing::source_of;
using testing::take_all;

// Through a packet file and back.
Encoded travelled(const Encoded& e) {
  base::MemorySink sink;
  auto writer = PacketFileWriter::open(sink, e.format);
  EXPECT_TRUE(writer.ok());
  for (const Packet& p : e.packets) EXPECT_TRUE((*writer)->write(p).ok());
  EXPECT_TRUE((*writer)->finish().ok());
  const auto source = source_of(sink.data);
  auto reader = PacketFileReader::open(*source);
  EXPECT_TRUE(reader.ok());
  Encoded out{(*reader)->format(), {}};
  while (true) {
    auto p = (*reader)->next();
    EXPECT_TRUE(p.ok());
    if (!p.ok() || !*p) return out;
    out.packets.push_back(std::move(**p));
  }
}

// The order of the boxes at the top of an MP4.
std::string boxes(const Bytes& file) {
  std::string names;
  for (size_t at = 0; at + 8 <= file.size();) {
    uint32_t size = 0;
    for (size_t i = 0; i < 4; ++i) size = size << 8 | std::to_integer<uint32_t>(file[at + i]);
    for (size_t i = 4; i < 8; ++i) names.push_back(std::to_integer<char>(file[at + i]));
    names.push_back(' ');
    if (size < 8) break;
    at += size;
  }
  return names;
}

VideoEncoderOptions small() { return {.width = 128, .height = 96, .gop_frames = 30}; }

TEST(Encode, LosslessGivesBackEveryPixel) {
  VideoEncoderOptions options = small();
  options.lossless = true;
  options.preset = "ultrafast";
  options.fps = Rational(30000, 1001);
  const Encoded video = encode_video(options, 40);
  const Bytes file = mux(video, nullptr);
  const auto source = source_of(file);
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  EXPECT_EQ(reader->info().profile, "High 4:4:4 Predictive");
  EXPECT_EQ(reader->info().video.format, frame::kWorking);
  EXPECT_EQ(reader->duration(), Rational(40 * 1001, 30000));
  for (int n = 0; n < 40; ++n) {
    ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(Rational(n * 1001, 30000)));
    ASSERT_TRUE(testing::pixels_of(f) == testing::pixels_of(pattern(128, 96, n))) << n;
  }
}

TEST(Encode, TheFinishedFile) {
  constexpr int kFrames = 100;
  const int64_t samples = int64_t{kFrames} * 48000 / 30;
  const Encoded video = travelled(encode_video(small(), kFrames));
  const Encoded audio = travelled(encode_click(samples, 48000));
  ASSERT_EQ(video.packets.size(), size_t{kFrames});
  const Bytes file = mux(video, &audio);
  EXPECT_EQ(boxes(file), "ftyp moov free free mdat ");
  const auto source = source_of(file);
  ASSERT_OK_AND_ASSIGN(const MediaInfo info, probe(*source));
  const StreamInfo* v = info.find(StreamKind::kVideo);
  const StreamInfo* a = info.find(StreamKind::kAudio);
  ASSERT_NE(v, nullptr);
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(v->video.frames, kFrames);
  EXPECT_EQ(v->video.frame_rate, Rational(30));
  EXPECT_FALSE(v->video.variable_frame_rate);
  EXPECT_EQ(v->start, Rational(0));
  EXPECT_EQ(*v->duration, Rational(kFrames, 30));
  EXPECT_EQ(v->video.matrix, "bt709");
  EXPECT_EQ(v->video.primaries, "bt709");
  EXPECT_EQ(v->video.transfer, "bt709");
  EXPECT_EQ(v->video.range, "tv");
  EXPECT_EQ(v->video.site, "left");
  EXPECT_EQ(info.creation_time, "");
  EXPECT_EQ(info.duration, Rational(kFrames, 30));

  ASSERT_OK_AND_ASSIGN(const auto sound, AudioReader::open(*source));
  EXPECT_EQ(sound->start_offset(), Rational(0));
  int64_t count = 0;
  int64_t loudest = 0;
  float peak = 0;
  while (true) {
    ASSERT_OK_AND_ASSIGN(const frame::AudioBlock block, sound->read());
    if (block.samples.empty()) break;
    for (size_t i = 0; i < block.samples.size(); i += 2, ++count) {
      if (std::abs(block.samples[i]) > peak) {
        peak = std::abs(block.samples[i]);
        loudest = count;
      }
    }
  }
  EXPECT_EQ(loudest, 48000);
  EXPECT_LT(std::abs(count - samples), 1600);
}

TEST(Encode, OtherProgramsAgree) {
  const int64_t samples = 50 * 48000 / 30;
  const Encoded video = encode_video(small(), 50);
  const Encoded audio = encode_click(samples, 100);
  const std::string path = testing::keep("out.mp4", mux(video, &audio));
  const std::string packets = testing::output_of(
      "ffprobe -v error -select_streams v -show_entries packet=pts_time -of csv=p=0 " + path +
      " | sort -n | head -3");
  EXPECT_EQ(packets, "0.000000\n0.033333\n0.066667\n");
  const std::string audio_track = testing::output_of(
      "ffprobe -v error -select_streams a -show_entries stream=start_pts,duration_ts -of csv=p=0 " +
      path);
  EXPECT_EQ(audio_track, "0," + std::to_string(samples) + "\n");
  // Nothing to complain of in the whole file.
  EXPECT_EQ(testing::output_of("ffmpeg -v warning -xerror -i " + path + " -f null - 2>&1"), "");
  EXPECT_EQ(testing::output_of("ffprobe -v error -show_entries format_tags -of csv=p=0 " + path),
            "isom,512,isomiso2avc1mp41\n");
}

TEST(Encode, SameInputSameBytes) {
  const auto whole = [] {
    const Encoded video = encode_video(small(), 45);
    const Encoded audio = encode_click(45 * 1600, 5);
    return mux(video, &audio);
  };
  EXPECT_EQ(whole(), whole());
  VideoEncoderOptions threaded = small();
  threaded.threads = 3;
  EXPECT_EQ(encode_video(threaded, 45).packets, encode_video(threaded, 45).packets);
}

TEST(Encode, StretchesJoin) {
  // Two encoders, other content and other quality: one track.
  VideoEncoderOptions options = small();
  Encoded first = encode_video(options, 40);
  options.crf = 30;
  const Encoded second = encode_video(options, 40, 40);
  EXPECT_EQ(first.format, second.format);
  for (const Packet& p : second.packets) {
    Packet moved = p;
    moved.pts += 40;
    moved.dts += 40;
    first.packets.push_back(std::move(moved));
  }
  const Bytes file = mux(first, nullptr);
  const std::string path = testing::keep("joined.mp4", file);
  EXPECT_EQ(testing::output_of("ffmpeg -v warning -xerror -i " + path + " -f null - 2>&1"), "");
  const auto source = source_of(file);
  ASSERT_OK_AND_ASSIGN(const auto reader, VideoReader::open(*source));
  EXPECT_EQ(reader->info().video.frames, 80);
  ASSERT_OK_AND_ASSIGN(const frame::Frame f, reader->frame_at(Rational(60, 30)));
  // The right picture, not one beside it: near to what was sent.
  EXPECT_LT(testing::difference(f, pattern(128, 96, 60)), 8);
}

// x264 says in the first packet what it was asked for.
TEST(Encode, WhatGlidesIsLookedForNearby) {
  const auto motion_search = [](const Encoded& video) {
    const auto& data = video.packets.at(0).data;
    const std::string text(reinterpret_cast<const char*>(data.data()), data.size());
    const size_t at = text.find(" me=");
    return at == std::string::npos ? "" : text.substr(at + 4, 3);
  };
  VideoEncoderOptions plain = small();
  VideoEncoderOptions gliding = small();
  gliding.gliding = true;
  EXPECT_EQ(motion_search(encode_video(plain, 20)), "hex");
  EXPECT_EQ(motion_search(encode_video(gliding, 20)), "dia");
  EXPECT_EQ(encode_video(plain, 1).format, encode_video(gliding, 1).format);
  plain.preset = gliding.preset = "slow";
  EXPECT_EQ(motion_search(encode_video(plain, 20)), "hex");
  EXPECT_EQ(motion_search(encode_video(gliding, 20)), "dia");
  gliding.preset = "slower";
  EXPECT_EQ(motion_search(encode_video(gliding, 20)), "umh");
}

TEST(Encode, DtsRunsOnAcrossFrames) {
  const Encoded video = encode_video(small(), 60);
  EXPECT_TRUE(video.packets[0].key);
  for (size_t i = 0; i < video.packets.size(); ++i) {
    EXPECT_EQ(video.packets[i].dts, static_cast<int64_t>(i) - video.format.reorder);
  }
}

TEST(Encode, BitrateIsHeldRoughly) {
  VideoEncoderOptions options = small();
  options.bitrate = 200000;
  size_t bytes = 0;
  for (const Packet& p : encode_video(options, 150).packets) bytes += p.data.size();
  EXPECT_NEAR(static_cast<double>(bytes) * 8 / 5, 200000, 100000);
}

// Opus alone in Ogg and beside a picture: a click is heard when it was sent.
TEST(Encode, OpusIsHeardWhenItWasSent) {
  const auto click = [](int64_t n) { return n == 24000 ? 0.9F : 0.0F; };
  const AudioEncoderOptions options{.codec = Codec::kOpus, .bitrate = 128000};
  const Encoded sound = encode_sound(48000, click, options);
  EXPECT_EQ(sound.format, travelled(sound).format);
  EXPECT_EQ(sound.packets, encode_sound(48000, click, options).packets);
  EXPECT_EQ(sound.packets.front().pts, -sound.format.priming);
  EXPECT_EQ(sound.packets.back().pts + sound.packets.back().duration, 48000);

  base::MemorySink ogg;
  ASSERT_OK_AND_ASSIGN(const auto muxer,
                       Muxer::open(ogg, {.container = "opus",
                                         .audio = sound.format,
                                         .audio_packets = int64_t(sound.packets.size())}));
  for (const Packet& p : sound.packets) ASSERT_OK(muxer->write(Track::kAudio, p));
  ASSERT_OK(muxer->finish());
  const Encoded video = encode_video(small(), 30);
  for (const Bytes& file : {ogg.data, mux(video, &sound)}) {
    const auto source = source_of(file);
    ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*source));
    EXPECT_EQ(reader->info().codec, "opus");
    std::vector<float> heard;
    while (true) {
      ASSERT_OK_AND_ASSIGN(const frame::AudioBlock block, reader->read());
      if (block.samples.empty()) break;
      for (size_t i = 0; i < block.samples.size(); i += 2) heard.push_back(block.samples[i]);
    }
    EXPECT_NEAR(double(heard.size()), 48000, 960);
    const auto loudest = std::ranges::max_element(heard, {}, [](float v) { return std::abs(v); });
    EXPECT_EQ(loudest - heard.begin(), 24000);
  }
  EXPECT_FALSE(AudioEncoder::open({.codec = Codec::kOpus, .bitrate = 600'000}).ok());
  EXPECT_FALSE(AudioEncoder::open({.codec = Codec::kOpus, .sample_rate = 44100}).ok());
}

TEST(Encode, PlanesAreNotCopiedAndLetGo) {
  ASSERT_OK_AND_ASSIGN(const auto encoder, VideoEncoder::open(small()));
  auto owner = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = owner;
  const frame::Frame made = pattern(128, 96, 0);
  {
    struct Held {
      frame::Frame frame;
      std::shared_ptr<int> mark;
    };
    const auto held = std::make_shared<Held>(Held{made, std::move(owner)});
    std::array<frame::PlaneView, 4> planes{made.plane(0), made.plane(1), made.plane(2), {}};
    const frame::Frame sent(made.format(), 128, 96, planes, held);
    ASSERT_OK(encoder->send(sent, 0));
  }
  std::vector<Packet> packets;
  ASSERT_OK(encoder->finish());
  take_all(*encoder, packets);
  EXPECT_EQ(packets.size(), 1U);
  EXPECT_TRUE(watched.expired());
}

TEST(Encode, WrongUseIsAnError) {
  EXPECT_FALSE(VideoEncoder::open({.width = 127, .height = 96}).ok());
  EXPECT_FALSE(VideoEncoder::open({.width = 0, .height = 96}).ok());
  EXPECT_THAT(VideoEncoder::open({.width = 64, .height = 64, .preset = "warp"}).error().message,
              HasSubstr("\"warp\""));
  EXPECT_FALSE(VideoEncoder::open({.width = 64, .height = 64, .fps = 0}).ok());
  EXPECT_FALSE(VideoEncoder::open({.width = 64, .height = 64, .crf = std::nan("")}).ok());
  ASSERT_OK_AND_ASSIGN(const auto encoder, VideoEncoder::open(small()));
  EXPECT_FALSE(encoder->send(pattern(64, 64, 0), 0).ok());
  EXPECT_FALSE(encoder->send(pattern(128, 96, 0), 1).ok());
  EXPECT_FALSE(encoder->send(frame::Frame(), 0).ok());
  EXPECT_FALSE(AudioEncoder::open({.sample_rate = 12345}).ok());
  EXPECT_FALSE(AudioEncoder::open({.channels = 3}).ok());
  ASSERT_OK_AND_ASSIGN(const auto audio, AudioEncoder::open({}));
  EXPECT_FALSE(audio->send({.channels = 2, .samples = {0, std::nanf("")}}).ok());
  EXPECT_FALSE(audio->send({.channels = 1, .samples = {0}}).ok());
}

TEST(Mux, CountsAndOrderAreChecked) {
  const Encoded video = encode_video(small(), 20);
  base::MemorySink sink;
  ASSERT_OK_AND_ASSIGN(const auto muxer,
                       Muxer::open(sink, {.video = video.format, .video_packets = 20}));
  EXPECT_FALSE(muxer->write(Track::kVideo, video.packets[1]).ok());
  EXPECT_FALSE(muxer->write(Track::kAudio, video.packets[0]).ok());
  ASSERT_OK(muxer->write(Track::kVideo, video.packets[0]));
  EXPECT_THAT(muxer->write(Track::kVideo, video.packets[0]).error().message,
              HasSubstr("steps back"));
  EXPECT_THAT(muxer->finish().error().message, HasSubstr("1 packets"));
}

// Tones come back as loud as they were, steadily; and what was limited to a peak passes it by
// little, even where it starts at its loudest.
TEST(AudioEncoder, KeepsLevelsAndPeaks) {
  const Encoded video = encode_video(small(), 30);
  for (const double hz : {440.0, 997.0}) {
    const Encoded audio = encode_sound(48000, [hz](int64_t n) {
      return static_cast<float>(0.88 * std::cos(2 * M_PI * hz * static_cast<double>(n) / 48000));
    });
    const auto source = source_of(mux(video, &audio));
    ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*source));
    float peak = 0;
    std::vector<double> powers(40);  // of 20 ms each, from 0.1 s on
    int64_t at = 0;
    while (true) {
      ASSERT_OK_AND_ASSIGN(const frame::AudioBlock block, reader->read());
      if (block.samples.empty()) break;
      for (const float v : block.samples) {
        peak = std::max(peak, std::abs(v));
        const int64_t since = at++ - 2 * 4800;
        if (since < 0 || since >= 40 * 1920) continue;
        powers[static_cast<size_t>(since / 1920)] += double{v} * v / 1920;
      }
    }
    EXPECT_LT(peak, 0.99F) << hz;  // 1 dB
    for (const double power : powers) EXPECT_NEAR(power, 0.88 * 0.88 / 2, 0.02) << hz;
  }
}

TEST(Mux, AudioIsCutToTheVideo) {
  const Encoded video = encode_video(small(), 30);
  Encoded audio = encode_click(48000 + 700, 10);
  audio.packets.pop_back();  // 47 * 1024 samples are left: 128 too many
  const std::string path = testing::keep("cut.mp4", mux(video, &audio));
  EXPECT_EQ(testing::output_of("ffprobe -v error -select_streams a -show_entries "
                               "stream=start_pts,duration_ts -of csv=p=0 " +
                               path),
            "0,48000\n");
}

TEST(Mux, TheIndexFitsWhateverTheOrder) {
  // All keyframes, offsets from dts that differ each time, chunks of one and two packets in turn.
  constexpr int kPackets = 6000;
  const Encoded model = encode_video(small(), 20);
  Encoded video{model.format, {}};
  for (int i = 0; i < kPackets; ++i) {
    Packet p{.pts = i == 0 ? 0 : i + i % 2, .dts = i, .duration = 1, .key = true, .data = {}};
    p.data = testing::bytes_of(std::string_view("\0\0\0\1\x65\x88\x84", 7));
    video.packets.push_back(std::move(p));
  }
  Encoded audio = encode_click(1024, 10);
  const Packet sound = audio.packets[0];
  audio.packets.clear();
  const int64_t samples = int64_t{kPackets} * 1600;
  for (int64_t pts = -1024; pts < samples; pts += 1024) {
    audio.packets.push_back(sound);
    audio.packets.back().pts = audio.packets.back().dts = pts;
    audio.packets.back().duration = 1024;
  }
  const Bytes file = mux(video, &audio);
  EXPECT_EQ(boxes(file), "ftyp moov free free mdat ");
  const auto source = source_of(file);
  ASSERT_OK_AND_ASSIGN(const MediaInfo info, probe(*source));
  EXPECT_EQ(info.find(StreamKind::kVideo)->video.frames, kPackets);
}

class FullDisk final : public base::ByteSink {
 public:
  base::Status write_at(uint64_t, std::span<const std::byte>) override {
    return base::resource("no space left");
  }
};

TEST(Mux, AFullDiskIsReportedAsSuch) {
  const Encoded video = encode_video(small(), 20);
  FullDisk sink;
  auto muxer = Muxer::open(sink, {.video = video.format, .video_packets = 20});
  base::Status last;
  if (!muxer.ok()) {
    last = std::move(muxer).error();
  } else {
    for (const Packet& p : video.packets) {
      last = (*muxer)->write(Track::kVideo, p);
      if (!last.ok()) break;
    }
    if (last.ok()) last = (*muxer)->finish();
  }
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code, base::Code::kResource);
  EXPECT_EQ(last.error().message, "no space left");
}

}  // namespace
}  // namespace rushes::media
