#include "plan/memory.h"

#include <gtest/gtest.h>

#include "plan/rendition.h"
#include "plan/test_program.h"

namespace rushes::plan {
namespace {

constexpr uint64_t kFrame = 640 * 360 * 3 / 2;

TEST(Memory, OneFileOnFourTracksHasFourDecoders) {
  schema::Program one = empty_program(0);
  const schema::Content film = video(one, "film", 0, 10);
  add_track(one, {{.frames = 300, .content = film}});
  schema::Program four = one;
  for (int i = 0; i < 3; ++i) add_track(four, {{.frames = 300, .content = film}});
  // Six frames are the least that H.264 may refer to at that size.
  EXPECT_GE(worker_memory(four), worker_memory(one) + uint64_t{3 * 6} * kFrame);
}

TEST(Memory, DoesNotGrowWithTheClipsThatFollow) {
  schema::Program few = empty_program(0);
  const schema::Content film = video(few, "film", 0, 10);
  schema::Program many = few;
  add_track(few, std::vector<ClipSpec>(4, {.frames = 60, .transition = 0, .content = film}));
  add_track(many, std::vector<ClipSpec>(400, {.frames = 60, .transition = 0, .content = film}));
  EXPECT_EQ(worker_memory(few), worker_memory(many));
}

TEST(Memory, AStillThatIsNotReadSmallerTakesMore) {
  const auto with = [](const std::string& name) {
    schema::Program p = empty_program(0);
    add_track(p, {{.frames = 30, .content = image(p, "still")}});
    p.inputs[0].src = name;
    p.inputs[0].width = 6000;
    p.inputs[0].height = 4000;
    return worker_memory(p);
  };
  // 16-bit RGBA as it is decoded, and 8-bit planes.
  EXPECT_GE(with("a.png"), uint64_t{6000} * 4000 * (8 + 4));
  EXPECT_LT(with("a.jpg"), with("a.png"));
}

TEST(Memory, WorkersFollowFromIt) {
  schema::Program p = empty_program(30);
  const uint64_t one = worker_memory(p);
  EXPECT_EQ(workers_that_fit(one, 4, 4 * one), 4);
  EXPECT_EQ(workers_that_fit(one, 4, 4 * one - 1), 3);
  EXPECT_EQ(workers_that_fit(one, 4, one / 2), 1);
}

TEST(Memory, ARungTakesItsEncoderAndNoDecoder) {
  schema::Program p = empty_program(0);
  add_track(p, {{.frames = 30, .content = video(p, "film", 0, 10)}});
  p.inputs[0].width = 3840;
  p.inputs[0].height = 2160;
  const uint64_t one = worker_memory(p);
  schema::Rendition half = itself(p);
  half.scale = base::Rational(1, 2);
  const uint64_t two = worker_memory(p, {itself(p), half});
  EXPECT_GT(two, one + 12 * kFrame / 4);
  EXPECT_LT(two, one + one / 2);
}

}  // namespace
}  // namespace rushes::plan
