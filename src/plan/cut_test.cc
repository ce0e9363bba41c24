#include "plan/cut.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "plan/key.h"
#include "plan/test_program.h"

namespace rushes::plan {
namespace {

using base::Rational;
using schema::Program;

std::vector<Segment> cut_all(const Program& p) { return cut(p, {.end = p.frames}); }

std::vector<int64_t> starts(const std::vector<Segment>& segments) {
  std::vector<int64_t> out;
  out.reserve(segments.size());
  for (const Segment& s : segments) out.push_back(s.first);
  return out;
}

void expect_whole(const std::vector<Segment>& segments, int64_t first, int64_t end) {
  ASSERT_FALSE(segments.empty());
  EXPECT_EQ(segments.front().first, first);
  EXPECT_EQ(segments.back().end, end);
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    EXPECT_EQ(segments[i].end, segments[i + 1].first);
  }
}

TEST(Cut, DefaultIsAboutEightSecondsInWholeGops) {
  Program p = empty_program(100);
  EXPECT_EQ(default_segment(p), 250);
  p.fps = 60;
  EXPECT_EQ(default_segment(p), 500);
  p.video.gop_frames = 60;
  EXPECT_EQ(default_segment(p), 480);
  p.fps = Rational(24000, 1001);
  p.video.gop_frames = 250;
  EXPECT_EQ(default_segment(p), 250);
}

TEST(Cut, AtHardCutsAndAfterTransitions) {
  Program p = empty_program(0);
  add_track(p, {{200, 0, image(p, "a")},
                {230, 0, image(p, "b")},
                {210, 15, image(p, "c")},
                {220, 0, image(p, "d")}});
  EXPECT_EQ(starts(cut_all(p)), (std::vector<int64_t>{0, 200, 430, 625}));
}

TEST(Cut, HardCutsComeFirst) {
  Program p = empty_program(0);
  // A transition ends 50 frames before a hard cut.
  add_track(p, {{200, 0, image(p, "a")}, {65, 15, image(p, "b")}, {200, 0, image(p, "c")}});
  EXPECT_EQ(starts(cut_all(p)), (std::vector<int64_t>{0, 250}));
}

TEST(Cut, LongClipsAreCutBySourceTime) {
  Program p = empty_program(0);
  add_track(p, {{2000, 0, video(p, "game", Rational(10), Rational(100))}});
  // 250 frames are 25/3 s: the source passes 50/3 s after 200 frames.
  EXPECT_EQ(starts(cut_all(p)), (std::vector<int64_t>{0, 200, 450, 700, 950, 1200, 1450, 1700}));
}

TEST(Cut, RecordingsAreCutAtTheirKeyframes) {
  Program p = empty_program(0);
  add_track(p, {{2000, 0, video(p, "game", Rational(10), Rational(100))}});
  // A keyframe every 8.2 s.
  for (int i = 0; i < 20; ++i) p.inputs[0].keyframes.emplace_back(41 * i, 5);
  // Steps of 25/3 s: the keyframes before 16 2/3, 25, 33 1/3, ... s.
  const auto first = starts(cut_all(p));
  EXPECT_EQ(first, (std::vector<int64_t>{0, 192, 438, 684, 930, 1176, 1422, 1668}));
  for (size_t i = 1; i < first.size(); ++i) {
    EXPECT_EQ((Rational(first[i], 30) + 10) * Rational(5, 41),
              Rational(static_cast<int64_t>(i) + 1));
  }
  // Twice as fast and trimmed, they are still there.
  p.tracks[0].clips[0].content =
      schema::VideoContent{.input = 0, .source_start = 3, .source_duration = 133, .speed = 2};
  size_t at_keyframes = 0;
  const auto fast = starts(cut_all(p));
  for (const int64_t frame : fast) {
    const Rational source = Rational(frame, 15) + 3;
    at_keyframes += std::ranges::any_of(p.inputs[0].keyframes, [&](const Rational& k) {
      return k <= source && source < k + Rational(1, 15);
    });
  }
  EXPECT_EQ(at_keyframes, fast.size() - 1);
}

// Keyframes too far from one another, or only at the beginning.
TEST(Cut, FewKeyframesAreNoReasonForLongSegments) {
  for (const int count : {1, 2, 5}) {
    Program p = empty_program(0);
    add_track(p, {{3000, 0, video(p, "game", Rational(0), Rational(100))}});
    for (int i = 0; i < count; ++i) p.inputs[0].keyframes.emplace_back(20 * i);
    const auto segments = cut_all(p);
    expect_whole(segments, 0, 3000);
    for (const Segment& s : segments) EXPECT_LE(s.frames(), 375) << count;
  }
}

TEST(Cut, EveryLengthIsWithinBounds) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 300; ++trial) {
    Program p = empty_program(0);
    add_track(p, random_stills(p, random, 1 + trial % 40, trial % 101));
    const auto segments = cut_all(p);
    expect_whole(segments, 0, p.frames);
    for (const Segment& s : segments) {
      EXPECT_LE(s.frames(), 375);
      EXPECT_GE(s.frames(), std::min<int64_t>(p.frames, 125));
    }
  }
}

TEST(Cut, AskedForLengths) {
  Program p = empty_program(0);
  add_track(p, {{900, 0, video(p, "game", Rational(0), Rational(100))}});
  const auto segments = cut(p, {.end = p.frames, .seconds = Rational(2)});
  expect_whole(segments, 0, 900);
  for (const Segment& s : segments) EXPECT_EQ(s.frames(), 60);
  // Never under 16 frames, however short they are asked for.
  for (const Segment& s : cut(p, {.end = p.frames, .seconds = Rational(1, 10)})) {
    EXPECT_GE(s.frames(), kLeastFrames);
  }
}

TEST(Cut, PartsOfAProgram) {
  Program p = empty_program(0);
  add_track(p, {{900, 0, video(p, "game", Rational(0), Rational(100))}});
  expect_whole(cut(p, {.first = 100, .end = 720}), 100, 720);
  EXPECT_EQ(cut(p, {.first = 30, .end = 31}), (std::vector<Segment>{{30, 31}}));
}

TEST(Cut, NothingToHoldOnTo) {
  Program p = empty_program(2600);  // background alone
  const auto segments = cut_all(p);
  expect_whole(segments, 0, 2600);
  for (const Segment& s : segments) EXPECT_NEAR(static_cast<double>(s.frames()), 250, 25);
}

// Keys of all segments; those that do not show `without`.
std::set<std::string> keys_of(const Program& p) {
  std::set<std::string> keys;
  for (const Segment& s : cut_all(p)) keys.insert(video_key(slice(p, s), "class"));
  return keys;
}

struct Insertion {
  int extra = 0;     // segments rendered again that do not show what was inserted
  int segments = 0;  // of the longer program
};

Insertion insert_still(std::mt19937& random, int percent_of_fades) {
  Program names = empty_program(0);
  auto specs = random_stills(names, random, 40, percent_of_fades);
  Program before = empty_program(0);
  before.inputs = names.inputs;
  add_track(before, specs);
  const auto at = static_cast<int64_t>(1 + random() % 39);
  const int64_t fade = specs[static_cast<size_t>(at)].transition;
  specs.insert(specs.begin() + at,
               {static_cast<int64_t>(60 + random() % 180), fade, image(names, "inserted")});
  Program after = empty_program(0);
  after.inputs = names.inputs;
  add_track(after, specs);

  const auto known = keys_of(before);
  Insertion result;
  for (const Segment& s : cut_all(after)) {
    ++result.segments;
    const Slice part = slice(after, s);
    if (known.contains(video_key(part, "class"))) continue;
    bool shows = false;
    for (const auto& input : part.program.inputs) shows = shows || input.hash == "inserted";
    if (!shows) ++result.extra;
  }
  return result;
}

TEST(Cut, InsertionRendersWhatItTouchesAndTwoMore) {
  std::mt19937 random(7);
  for (const int fades : {0, 50, 100}) {
    int more = 0;
    for (int trial = 0; trial < 400; ++trial) {
      const Insertion result = insert_still(random, fades);
      EXPECT_GT(result.segments, 15);
      EXPECT_LE(result.extra, 3) << "fades " << fades << " trial " << trial;
      more += result.extra > 2 ? 1 : 0;
    }
    // Where a gap was filled, a boundary of the filling may move as well.
    EXPECT_LE(more, 2) << "fades " << fades;
  }
}

TEST(Cut, TrimmedStartOfARecordingMovesNothing) {
  const auto recording = [](int64_t from_frame) {
    Program p = empty_program(0);
    add_track(p, {{9000 - from_frame, 0,
                   video(p, "game", Rational(from_frame, 30), Rational(9000 - from_frame, 30))}});
    p.tracks[0].clips[0].visual.zoom = 1;
    return p;
  };
  const auto before = keys_of(recording(0));
  int fresh = 0;
  for (const std::string& key : keys_of(recording(31))) fresh += before.contains(key) ? 0 : 1;
  EXPECT_EQ(fresh, 1);
}

}  // namespace
}  // namespace rushes::plan
