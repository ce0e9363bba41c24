#include "text/caption_groups.h"

#include <gtest/gtest.h>

namespace rushes::text {
namespace {

using base::Rational;

// Words of one second each and 10 wide.
CaptionCue cue_of(std::vector<std::string> texts) {
  CaptionCue cue;
  cue.timed = true;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto t = static_cast<int64_t>(i);
    cue.words.push_back({texts[i], t, t + 1, i > 0, false});
  }
  cue.end = static_cast<int64_t>(texts.size());
  return cue;
}

std::vector<size_t> sizes(const std::vector<CaptionGroup>& groups) {
  std::vector<size_t> out;
  for (const CaptionGroup& g : groups) out.push_back(g.words.size());
  return out;
}

std::vector<CaptionGroup> group(const CaptionCue& cue, GroupLimits limits) {
  return group_words(cue, std::vector<double>(cue.words.size(), 10), limits);
}

TEST(CaptionGroups, NoWordIsLeftAlone) {
  const auto cue = cue_of(std::vector<std::string>(9, "w"));
  EXPECT_EQ(group(cue, {.max_words = 8}).size(), 2u);
  for (const size_t n : sizes(group(cue, {.max_words = 8}))) EXPECT_GE(n, 4u);
}

TEST(CaptionGroups, SentencesEndGroups) {
  const auto cue = cue_of({"one", "two", "three.", "four", "five", "six", "seven"});
  EXPECT_EQ(sizes(group(cue, {.max_words = 4})), (std::vector<size_t>{3, 4}));
}

TEST(CaptionGroups, PausesSplitAndHideTheGroup) {
  auto cue = cue_of({"a", "b", "c"});
  cue.words[2].start = 5;
  cue.words[2].end = 6;
  cue.end = 6;
  const auto groups = group(cue, {.max_gap = Rational(1, 2)});
  ASSERT_EQ(sizes(groups), (std::vector<size_t>{2, 1}));
  EXPECT_EQ(groups[0].end, Rational(2));
  EXPECT_EQ(groups[1].start, Rational(5));
}

TEST(CaptionGroups, WidthAndLinesLimitAGroup) {
  const auto cue = cue_of(std::vector<std::string>(12, "w"));
  // Three words of 10 and two spaces of 2 fill a line of 34.
  for (const auto& g : group(cue, {.max_lines = 2, .width = 34, .space = 2})) {
    EXPECT_LE(g.words.size(), 6u);
    EXPECT_LE(g.line_starts.size(), 2u);
  }
}

TEST(CaptionGroups, LinesAreBalanced) {
  const auto groups =
      group(cue_of(std::vector<std::string>(4, "w")), {.max_lines = 2, .width = 40, .space = 2});
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].line_starts, (std::vector<size_t>{0, 2}));  // not 3 and 1
}

TEST(CaptionGroups, AuthorsLinesAreKeptIfTheyFit) {
  auto cue = cue_of(std::vector<std::string>(4, "w"));
  cue.words[1].line_before = true;
  EXPECT_EQ(group(cue, {.max_lines = 2, .width = 40, .space = 2})[0].line_starts,
            (std::vector<size_t>{0, 1}));
  EXPECT_EQ(group(cue, {.max_lines = 2, .width = 25, .space = 2})[0].line_starts,
            (std::vector<size_t>{0, 2}));
}

TEST(CaptionGroups, EveryWordIsShownOnceInOrder) {
  for (int n = 1; n < 40; ++n) {
    for (const int most : {0, 1, 3}) {
      auto cue = cue_of(std::vector<std::string>(static_cast<size_t>(n), "w"));
      size_t seen = 0;
      Rational last = 0;
      for (const auto& g : group(cue, {.max_words = most, .width = 45, .space = 3})) {
        EXPECT_GE(g.start, last);
        EXPECT_GT(g.end, g.start);
        last = g.end;
        for (const auto& w : g.words) EXPECT_EQ(w.start, Rational(static_cast<int64_t>(seen++)));
      }
      EXPECT_EQ(seen, static_cast<size_t>(n));
    }
  }
}

TEST(CaptionWords, SpacesFollowTheTextThenTheScript) {
  schema::CaptionsContent c;
  c.cues = {
      schema::Cue{0, 1, "well-known fact", {{"well", 0, 0}, {"-known", 0, 0}, {"fact", 0, 0}}},
      schema::Cue{1, 2, "", {{"Hello", 1, 1}, {",", 1, 1}, {"world", 1, 1}}},
      schema::Cue{2, 3, "", {{" ka", 2, 2}, {"ra", 2, 2}, {" oke", 2, 2}}}};
  const auto list = caption_words(c);
  ASSERT_TRUE(list.ok());
  const auto spaces = [&](size_t i) {
    std::vector<bool> out;
    for (const auto& w : list->cues[i].words) out.push_back(w.space_before);
    return out;
  };
  EXPECT_EQ(spaces(0), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(spaces(1), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(spaces(2), (std::vector<bool>{false, false, true}));
}

TEST(CaptionWords, LettersAreWhatAReaderSees) {
  EXPECT_EQ(letters_of("añ👩‍👩‍👧x").size(), 4u);
  EXPECT_EQ(letters_of("abc"), (std::vector<size_t>{1, 2, 3}));
}

}  // namespace
}  // namespace rushes::text
