#include "media/audio_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "media/testing.h"

namespace rushes::media {
namespace {

using testing::Bytes;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::made;
using testing::source_of;

// All that is left to read.
std::vector<float> rest(AudioReader& reader) {
  std::vector<float> all;
  while (true) {
    auto block = reader.read();
    EXPECT_TRUE(block.ok()) << block.error().message;
    if (!block.ok() || block->samples.empty()) return all;
    EXPECT_LE(block->frames(), 8192U);
    EXPECT_EQ(block->channels, reader.channels());
    all.insert(all.end(), block->samples.begin(), block->samples.end());
  }
}

// Index of the loudest frame of interleaved samples.
int64_t loudest(const std::vector<float>& samples, int channels) {
  size_t best = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (std::abs(samples[i]) > std::abs(samples[best])) best = i;
  }
  return static_cast<int64_t>(best) / channels;
}

// A click at sample 48000 of silence, 2 seconds.
const std::string kClick = "-f lavfi -i \"aevalsrc='if(eq(n,48000),0.9,0)':s=48000:d=2\" ";
const std::string kVideo = "-f lavfi -i testsrc2=s=64x64:r=25:d=2 ";
const std::string kH264 = "-c:v libx264 -preset ultrafast -bf 2 -pix_fmt yuv420p ";

struct Case {
  const char* name;
  std::string arguments;
  bool exact;  // the same samples after a seek
  // Samples by which the file itself, its times rounded to milliseconds, misplaces the click.
  int off = 0;
};

std::vector<Case> cases() {
  const std::string both = kVideo + kClick + kH264;
  return {
      {"c.wav", kClick, true},
      {"c.flac", kClick, true},
      {"c.mp3", kClick + "-c:a libmp3lame -b:a 192k", false},
      {"c.m4a", kClick + "-c:a aac -b:a 192k", false},
      {"c.aac.ogg", kClick + "-c:a libvorbis -q:a 6", true},
      {"c.opus", kClick + "-c:a libopus -b:a 192k -application lowdelay", false},
      {"c.mp4", both + "-c:a aac -b:a 192k", false},
      {"opus.mp4", both + "-c:a libopus -b:a 192k -application lowdelay", false},
      {"c.mkv", both + "-c:a aac -b:a 192k", false, 16},
      {"opus.mkv", both + "-c:a libopus -b:a 192k -application lowdelay", false, -144},
      {"pcm.mov", both + "-c:a pcm_s24le", true},
      {"late.mov", both + "-c:a pcm_s24le -output_ts_offset 5", true},
      {"c.ts", both + "-c:a aac -b:a 192k", false},
  };
}

class Clicks : public ::testing::TestWithParam<size_t> {};

TEST_P(Clicks, StandWhereTheyWereMade) {
  const Case c = cases()[GetParam()];
  const auto source = source_of(made(c.name, c.arguments));
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*source));
  EXPECT_EQ(reader->sample_rate(), 48000);
  EXPECT_EQ(reader->channels(), 1);
  const std::vector<float> samples = rest(*reader);
  EXPECT_EQ(loudest(samples, 1), 48000 + c.off) << c.name;
  EXPECT_GE(samples.size(), 95800U);
  EXPECT_LE(samples.size(), 96000U + 2304U);
  EXPECT_EQ(reader->damaged(), 0);
  EXPECT_EQ(reader->read()->samples.size(), 0U);  // and ever after
}

TEST_P(Clicks, StandThereAfterAnySeek) {
  const Case c = cases()[GetParam()];
  const auto source = source_of(made(c.name, c.arguments));
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*source));
  const std::vector<float> all = rest(*reader);
  for (const int ms : {990, 0, 1700, 40, 500, 1000}) {
    ASSERT_OK(reader->seek(Rational(ms, 1000)));
    const std::vector<float> part = rest(*reader);
    const auto skipped = static_cast<size_t>(ms) * 48;
    ASSERT_EQ(part.size(), all.size() - skipped) << c.name << " " << ms;
    if (ms < 1000) {
      EXPECT_EQ(loudest(part, 1), 48000 + c.off - ms * 48) << c.name << " " << ms;
    }
    if (c.exact) {
      EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + ptrdiff_t(skipped))) << ms;
    }
  }
  ASSERT_OK(reader->seek(1000));
  EXPECT_TRUE(rest(*reader).empty());
}

INSTANTIATE_TEST_SUITE_P(All, Clicks, ::testing::Range(size_t{0}, cases().size()),
                         [](const auto& c) {
                           std::string name = cases()[c.param].name;
                           for (char& ch : name) ch = ch == '.' ? '_' : ch;
                           return name;
                         });

TEST(AudioReader, TheOffsetFromThePictureIsKept) {
  // Sound that starts half a second after the first frame, and a little before it.
  const auto late =
      source_of(made("half.mov", kVideo + "-itsoffset 0.5 " + kClick + kH264 + "-c:a pcm_s16le"));
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*late));
  EXPECT_EQ(reader->start_offset(), Rational(1, 2));
  EXPECT_EQ(loudest(rest(*reader), 1), 48000 + 24000);
  ASSERT_OK(reader->seek(Rational(1, 4)));
  EXPECT_EQ(loudest(rest(*reader), 1), 48000 + 12000);
  const auto early = source_of(made("early.mov", "-itsoffset 0.4 " + kVideo + kClick + kH264 +
                                                     "-vsync passthrough " + "-c:a pcm_s16le"));
  ASSERT_OK_AND_ASSIGN(const auto other, AudioReader::open(*early));
  EXPECT_EQ(other->start_offset(), Rational(-2, 5));
  EXPECT_EQ(loudest(rest(*other), 1), 48000 - 19200);
}

void put(Bytes& b, uint64_t v, int bytes) {
  for (int i = 0; i < bytes; ++i) b.push_back(static_cast<std::byte>(v >> (8 * i)));
}

Bytes float_wav(const std::vector<float>& samples, int channels) {
  Bytes b = testing::bytes_of("RIFF");
  const auto size = samples.size() * 4;
  put(b, 36 + size, 4);
  const Bytes fmt = testing::bytes_of("WAVEfmt ");
  b.insert(b.end(), fmt.begin(), fmt.end());
  put(b, 16, 4);
  put(b, 3, 2);
  put(b, uint64_t(channels), 2);
  put(b, 8000, 4);
  put(b, 8000U * 4U * uint64_t(channels), 4);
  put(b, 4U * uint64_t(channels), 2);
  put(b, 32, 2);
  const Bytes data = testing::bytes_of("data");
  b.insert(b.end(), data.begin(), data.end());
  put(b, size, 4);
  for (const float f : samples) {
    uint32_t bits = 0;
    std::memcpy(&bits, &f, sizeof(bits));
    put(b, bits, 4);
  }
  return b;
}

TEST(AudioReader, WhatIsNotANumberBecomesSilence) {
  std::vector<float> samples(1000, 0.25F);
  samples[10] = std::numeric_limits<float>::quiet_NaN();
  samples[500] = std::numeric_limits<float>::infinity();
  samples[501] = -std::numeric_limits<float>::infinity();
  const auto source = source_of(float_wav(samples, 1));
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*source));
  for (const int i : {10, 500, 501}) samples[static_cast<size_t>(i)] = 0;
  EXPECT_EQ(rest(*reader), samples);
  EXPECT_EQ(reader->not_finite(), 3);
  EXPECT_THAT(reader->warnings(), ElementsAre(HasSubstr("not numbers")));
}

TEST(AudioReader, IntegersAreDividedByFullScale) {
  const auto source = source_of(
      made("u8.wav", "-f lavfi -i \"aevalsrc='if(eq(n,0),-1,0.5)':s=8000:d=0.1\" -c:a pcm_u8"));
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*source));
  const auto samples = rest(*reader);
  ASSERT_EQ(samples.size(), 800U);
  EXPECT_EQ(samples[0], -1.0F);
  EXPECT_EQ(samples[1], 0.5F);
}

TEST(AudioReader, SurroundIsMixedDown) {
  // Front left and right, centre, LFE, surround left and right.
  const auto source =
      source_of(made("51.wav",
                     "-f lavfi -i \"aevalsrc=0.1|0.2|0.3|0.9|0.05|0.06:c=5.1:d=0.1\" "
                     "-c:a pcm_f32le"));
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*source));
  EXPECT_EQ(reader->channels(), 2);
  EXPECT_EQ(reader->info().audio.channels, 6);
  const auto samples = rest(*reader);
  ASSERT_GT(samples.size(), 10U);
  EXPECT_NEAR(samples[4], 0.1 + 0.7071 * (0.3 + 0.05), 1e-4);
  EXPECT_NEAR(samples[5], 0.2 + 0.7071 * (0.3 + 0.06), 1e-4);
}

TEST(AudioReader, StereoStaysAsItIs) {
  const auto source =
      source_of(made("lr.wav", "-f lavfi -i \"aevalsrc=0.5|-0.25:s=8000:d=0.01\" -c:a pcm_s16le"));
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*source));
  const auto samples = rest(*reader);
  ASSERT_EQ(samples.size(), 160U);
  EXPECT_EQ(samples[0], 0.5F);
  EXPECT_EQ(samples[1], -0.25F);
}

TEST(AudioReader, LostPacketsLeaveSilenceNotAShift) {
  Bytes bytes = made("noise.m4a", "-f lavfi -i anoisesrc=r=48000:d=2:seed=1 -c:a aac -b:a 128k");
  const auto clean = source_of(bytes);
  ASSERT_OK_AND_ASSIGN(const auto reader, AudioReader::open(*clean));
  const std::vector<float> whole = rest(*reader);
  for (size_t i = bytes.size() / 4; i < bytes.size() / 4 + 2000; ++i) bytes[i] = std::byte{0xFF};
  const auto source = source_of(bytes);
  ASSERT_OK_AND_ASSIGN(const auto damaged, AudioReader::open(*source));
  const std::vector<float> samples = rest(*damaged);
  EXPECT_GT(damaged->damaged(), 0);
  EXPECT_THAT(damaged->warnings(), Contains(HasSubstr("is damaged")));
  ASSERT_EQ(samples.size(), whole.size());
  // Right again where the file is: the codec's noise aside, for that goes by what came before.
  double difference = 0;
  for (size_t i = samples.size() - 20000; i < samples.size(); ++i) {
    difference += std::abs(samples[i] - whole[i]);
  }
  EXPECT_LT(difference / 20000, 0.05);
}

TEST(AudioReader, ErrorsAreClear) {
  const auto silent = source_of(made("silent.mp4", kVideo + kH264));
  const auto result = AudioReader::open(*silent);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "has no audio");
  const auto text = source_of(testing::bytes_of("not a wave\n"));
  EXPECT_THAT(AudioReader::open(*text).error().message, HasSubstr("is text"));
}

}  // namespace
}  // namespace rushes::media
