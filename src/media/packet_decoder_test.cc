#include "media/packet_decoder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <tuple>
#include <vector>

#include "media/test_encode.h"
#include "media/testing.h"

namespace rushes::media {
namespace {

using testing::encode_video;
using testing::Encoded;
using testing::pattern;

// Codes of luma by which two pictures differ, on average.
double distance(const frame::Frame& a, const frame::Frame& b) {
  int64_t sum = 0;
  for (int y = 0; y < a.height(); ++y) {
    for (int x = 0; x < a.width(); ++x) {
      sum += std::abs(a.plane(0).row(y)[x] - b.plane(0).row(y)[x]);
    }
  }
  return static_cast<double>(sum) / (a.width() * a.height());
}

void take_frames(PacketDecoder& decoder, std::vector<frame::Frame>& out) {
  while (true) {
    auto frame = decoder.receive();
    ASSERT_TRUE(frame.ok()) << frame.error().message;
    if (!*frame) return;
    out.push_back(**frame);
  }
}

TEST(PacketDecoder, GivesBackEachFrameInTheOrderShown) {
  for (const auto& [codec, preset, crf] :
       {std::tuple{Codec::kH264, "veryfast", 18.0}, std::tuple{Codec::kHevc, "ultrafast", 18.0},
        std::tuple{Codec::kAv1, "12", 20.0}, std::tuple{Codec::kVp9, "5", 20.0}}) {
    SCOPED_TRACE(name_of(codec));
    const Encoded video = encode_video({.codec = codec,
                                        .width = 128,
                                        .height = 96,
                                        .preset = preset,
                                        .crf = crf,
                                        .gop_frames = 20},
                                       45);
    auto decoder = PacketDecoder::open(video.format);
    ASSERT_TRUE(decoder.ok()) << decoder.error().message;
    std::vector<frame::Frame> frames;
    for (const Packet& p : video.packets) {
      const auto sent = (*decoder)->send(p);
      ASSERT_TRUE(sent.ok()) << sent.error().message;
      take_frames(**decoder, frames);
    }
    EXPECT_TRUE((*decoder)->finish().ok());
    take_frames(**decoder, frames);
    ASSERT_EQ(frames.size(), 45U);
    for (int n = 0; n < 45; ++n) {
      const double own = distance(frames[static_cast<size_t>(n)], pattern(128, 96, n));
      EXPECT_LT(own, 6) << n;
      EXPECT_LT(own, distance(frames[static_cast<size_t>(n)], pattern(128, 96, n + 1))) << n;
    }
  }
}

}  // namespace
}  // namespace rushes::media
