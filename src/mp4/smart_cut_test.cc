#include "mp4/smart_cut.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "mp4/layout.h"

namespace rushes::mp4 {
namespace {

using base::Result;

// A picture of so many units a frame, in decoding order: pts by frame number, and keyframes.
struct Frame {
  int64_t shown = 0;
  bool sync = false;
};

constexpr int64_t kUnits = 10;

Recording recording_of(const std::vector<Frame>& frames) {
  Recording recording;
  Track track;
  track.handler = kVideo;
  track.codec = type_of("avc1");
  track.timescale = 30 * kUnits;
  FieldWriter entries;
  entries.u32(0);
  entries.u32(1);
  entries.box(type_of("avc1"), [&] {
    for (int i = 0; i < 78; ++i) entries.u8(static_cast<uint8_t>(i));
    entries.box(type_of("avcC"), [&] { entries.u32(1); });
    entries.box(type_of("pasp"), [&] { entries.u64(5); });
  });
  track.sample_entries = entries.out;
  int64_t delay = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    delay = std::max(delay, static_cast<int64_t>(i) - frames[i].shown);
  }
  for (size_t i = 0; i < frames.size(); ++i) {
    const auto dts = (static_cast<int64_t>(i) - delay) * kUnits;
    track.samples.push_back({.offset = 1000 + i * 10,
                             .size = 10,
                             .duration = kUnits,
                             .dts = dts,
                             .shift = static_cast<int32_t>(frames[i].shown * kUnits - dts),
                             .sync = frames[i].sync});
  }
  recording.movie.tracks.push_back(std::move(track));
  recording.length = Rational(static_cast<int64_t>(frames.size()), 30);
  recording.chapters = {0};
  return recording;
}

// GOPs of I B B P B B P..., where the B before an I come after it (open) or not.
std::vector<Frame> gops(int64_t count, int64_t length, bool open) {
  std::vector<Frame> out;
  for (int64_t g = 0; g < count; ++g) {
    const int64_t first = g * length;
    out.push_back({first, true});
    if (open && g > 0) out.insert(out.end(), {{first - 2, false}, {first - 1, false}});
    const int64_t own = open && g + 1 < count ? length - 2 : length;
    int64_t shown = first + 1;
    for (; shown + 2 < first + own; shown += 3) {
      out.insert(out.end(), {{shown + 2, false}, {shown, false}, {shown + 1, false}});
    }
    for (; shown < first + own; ++shown) out.push_back({shown, false});
  }
  return out;
}

SmartRules rules(Access access, bool keeps_order = false) {
  return {.access = [access](size_t, size_t, const std::vector<size_t>&) -> Result<Access> {
            return access;
          },
          .keeps_order = keeps_order};
}

std::set<int64_t> shown(const Recording& recording, const std::vector<size_t>& samples) {
  std::set<int64_t> out;
  for (const size_t i : samples) out.insert(recording.movie.tracks[0].samples[i].pts() / kUnits);
  return out;
}

// Each frame that was asked for is encoded or copied, and no other; nothing that is copied leans on
// what is not there.
void check(const Recording& recording, const SmartPlan& plan, int64_t first, int64_t end) {
  const Track& track = recording.movie.tracks[0];
  std::set<int64_t> all = shown(recording, plan.head);
  EXPECT_EQ(all.size(), plan.head.size());
  const std::set<size_t> leading(plan.leading.begin(), plan.leading.end());
  for (size_t i = plan.begin; i < plan.end; ++i) {
    if (leading.contains(i)) continue;
    EXPECT_TRUE(all.insert(track.samples[i].pts() / kUnits).second);
  }
  for (const int64_t n : shown(recording, plan.tail)) EXPECT_TRUE(all.insert(n).second);
  EXPECT_EQ(all.size(), static_cast<size_t>(end - first));
  EXPECT_EQ(*all.begin(), first);
  EXPECT_EQ(*all.rbegin(), end - 1);
  if (plan.begin < plan.end) {
    EXPECT_TRUE(track.samples[plan.begin].sync);
  }
  for (const size_t i : plan.leading) {
    EXPECT_LT(track.samples[i].pts(), track.samples[plan.begin].pts());
  }
}

TEST(SmartPlan, CoversWhatWasAskedFor) {
  for (const bool open : {false, true}) {
    for (const bool keeps : {false, true}) {
      const Recording recording = recording_of(gops(6, 13, open));
      const auto frames = static_cast<int64_t>(recording.movie.tracks[0].samples.size());
      ASSERT_EQ(frames, 78);
      for (int64_t first = 0; first < frames; ++first) {
        for (int64_t end = first + 1; end <= frames; end += 1 + end % 5) {
          const auto plan = plan_smart_cut(recording, {Rational(first, 30), Rational(end, 30)},
                                           rules(open ? Access::kOpen : Access::kClosed, keeps));
          ASSERT_TRUE(plan.ok()) << plan.error().message;
          EXPECT_EQ(plan->from, Rational(first, 30));
          EXPECT_EQ(plan->to, Rational(end, 30));
          check(recording, *plan, first, end);
          // A GOP at each end, and what an open one shows before its keyframe.
          EXPECT_LE(plan->encoded(), 2U * 13 + 4) << first << " to " << end;
        }
      }
    }
  }
}

TEST(SmartPlan, GoesOnWhereItCan) {
  const Recording recording = recording_of(gops(6, 13, true));
  // Not with the first that is asked for.
  int asked = 0;
  SmartRules picky = rules(Access::kOpen);
  picky.access = [&](size_t, size_t before, const std::vector<size_t>& leading) -> Result<Access> {
    EXPECT_EQ(leading.size(), 2U);
    EXPECT_EQ(before, asked == 0 ? 6U : 19U);
    return ++asked == 2 ? Access::kOpen : Access::kNone;
  };
  const auto plan = plan_smart_cut(recording, {Rational(20, 30), Rational(70, 30)}, picky);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(asked, 2);
  check(recording, *plan, 20, 70);
  const auto none =
      plan_smart_cut(recording, {Rational(20, 30), Rational(70, 30)}, rules(Access::kNone));
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->begin, none->end);
  EXPECT_EQ(none->head.size(), 50U);
  EXPECT_FALSE(plan_smart_cut(recording, {Rational(3), {}}, rules(Access::kOpen)).ok());
}

// However many keyframes there are, the search ends.
TEST(SmartPlan, TriesSomeKeyframes) {
  std::vector<Frame> frames;
  for (int64_t i = 0; i < 3000; ++i) frames.push_back({i, true});
  int asked = 0;
  SmartRules none = rules(Access::kNone);
  none.access = [&](size_t, size_t, const std::vector<size_t>&) -> Result<Access> {
    ++asked;
    return Access::kNone;
  };
  const auto plan = plan_smart_cut(recording_of(frames), {Rational(1), Rational(90)}, none);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->begin, plan->end);
  EXPECT_GT(asked, 10);
  EXPECT_LT(asked, 100);
}

TEST(SmartCut, PutsSamplesInOrder) {
  std::mt19937 random(3);
  for (const bool open : {false, true}) {
    for (const bool keeps : {false, true}) {
      const Recording recording = recording_of(gops(6, 13, open));
      for (int i = 0; i < 100; ++i) {
        const int64_t first = static_cast<int64_t>(random() % 70);
        const int64_t end =
            first + 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(78 - first));
        const auto plan = plan_smart_cut(recording, {Rational(first, 30), Rational(end, 30)},
                                         rules(open ? Access::kOpen : Access::kClosed, keeps));
        ASSERT_TRUE(plan.ok());
        SmartSamples samples;
        samples.head.assign(plan->head.size(), Bytes(5));
        samples.tail.assign(plan->tail.size(), Bytes(6));
        if (!keeps) samples.entry = Bytes(7);
        samples.record_type = type_of("avcC");
        samples.record = Bytes(9, std::byte{8});
        const auto cut = smart_cut(recording, *plan, samples, {});
        ASSERT_TRUE(cut.ok()) << cut.error().message;
        EXPECT_EQ(cut->frames, end - first);
        const Track& track = cut->movie.tracks[0];
        ASSERT_EQ(track.samples.size(), static_cast<size_t>(end - first));
        std::set<Rational> times;
        for (size_t k = 0; k < track.samples.size(); ++k) {
          if (k > 0) {
            EXPECT_EQ(track.samples[k].dts,
                      track.samples[k - 1].dts + track.samples[k - 1].duration);
            EXPECT_GT(track.samples[k].dts, track.samples[k - 1].dts);
          }
          times.insert(track.shown_at(track.samples[k].pts()));
        }
        EXPECT_EQ(times.size(), track.samples.size());
        EXPECT_EQ(*times.begin(), 0);
        EXPECT_EQ(*times.rbegin(), Rational(end - first - 1, 30));
        EXPECT_TRUE(track.samples[0].sync);
        const auto keyframes = std::ranges::count(track.samples, true, &Sample::sync);
        EXPECT_EQ(plan->leans_on_head, plan->begin < plan->end && open && keeps &&
                                           plan->head.size() > plan->leading.size());
        EXPECT_GE(keyframes, 1 + (plan->tail.empty() ? 0 : 1));
        // The box is another, those beside it are what they were.
        const auto entry = boxes_in(View(track.sample_entries).subspan(8));
        ASSERT_TRUE(entry.ok());
        const auto boxes = boxes_in((*entry)[0].payload.subspan(78));
        ASSERT_TRUE(boxes.ok());
        EXPECT_EQ(find(*boxes, type_of("avcC"))->payload.size(), 9U);
        EXPECT_EQ(find(*boxes, type_of("pasp"))->payload.size(), 8U);
      }
    }
  }
}

}  // namespace
}  // namespace rushes::mp4
