#include "qc/stretches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace rushes::qc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// ".": neither, "b": both, "o": the output alone.
std::vector<Stretch> found_in(const std::string& ticks, const Stretches::Limits& limits) {
  Stretches stretches(limits);
  for (const char c : ticks) {
    stretches.add(c == '.' ? Tick::kNeither : c == 'b' ? Tick::kBoth : Tick::kOutputOnly);
  }
  return stretches.finish();
}

constexpr Stretches::Limits kLimits{.least = 4, .least_only = 2, .most_hole = 1};

TEST(Stretches, AreAtLeastSoLong) {
  EXPECT_THAT(found_in("", kLimits), IsEmpty());
  EXPECT_THAT(found_in("bbb.o.bbb", kLimits), IsEmpty());
  EXPECT_THAT(found_in(".bbbb.bbbbb", kLimits), ElementsAre(Stretch{1, 5}, Stretch{6, 11}));
  EXPECT_THAT(found_in("oo.ooo", kLimits), ElementsAre(Stretch{0, 2, false}, Stretch{3, 6, false}));
}

TEST(Stretches, OfTheOutputAloneStandOut) {
  // What cannot be told within is taken for more of the same, unless it is long.
  EXPECT_THAT(found_in("bbobobob.", kLimits), ElementsAre(Stretch{2, 7, false}));
  EXPECT_THAT(found_in("oobboo", kLimits), ElementsAre(Stretch{0, 2, false}, Stretch{4, 6, false}));
  EXPECT_THAT(found_in("obbobbo", kLimits), ElementsAre(Stretch{0, 7}));
  EXPECT_THAT(found_in("oo.bbbb", kLimits), ElementsAre(Stretch{0, 2, false}, Stretch{3, 7}));
}

}  // namespace
}  // namespace rushes::qc
