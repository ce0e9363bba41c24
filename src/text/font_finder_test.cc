#include "text/font_finder.h"

#include <gtest/gtest.h>

#include "text/code_points.h"
#include "text/near_names.h"
#include "text/test_fonts.h"

namespace rushes::text {
namespace {

class FontFinderTest : public ::testing::Test {
 protected:
  FontFinderTest() {
    auto f = FontFinder::open();
    if (!f.ok()) throw std::runtime_error(f.error().message);
    finder_ = std::make_unique<FontFinder>(std::move(f).value());
  }
  static bool has(const FontMatch& m, const std::string& name) {
    return std::any_of(m.files.begin(), m.files.end(),
                       [&](const FontFile& f) { return f.path.ends_with("/" + name); });
  }
  std::unique_ptr<FontFinder> finder_;
};

TEST_F(FontFinderTest, AllFacesOfTheFamilyButNoOthers) {
  const auto m = finder_->find({.families = {"DejaVu Sans"}, .code_points = code_points("abc")});
  ASSERT_TRUE(m.ok()) << m.error().message;
  EXPECT_TRUE(has(*m, "DejaVuSans.ttf"));
  EXPECT_TRUE(has(*m, "DejaVuSans-Bold.ttf"));
  for (const FontFile& f : m->files) EXPECT_EQ(f.family, "DejaVu Sans") << f.path;
  EXPECT_TRUE(m->warnings.empty());
  EXPECT_TRUE(m->uncovered.empty());
}

TEST_F(FontFinderTest, UnknownFamilyNamesItsNeighbours) {
  const auto m = finder_->find({.families = {"DejaVu Snas"}, .code_points = {}});
  ASSERT_FALSE(m.ok());
  EXPECT_EQ(m.error().code, base::Code::kNotFound);
  EXPECT_NE(m.error().message.find("\"DejaVu Snas\" is not installed"), std::string::npos);
  EXPECT_NE(m.error().message.find("did you mean \"DejaVu Sans\""), std::string::npos)
      << m.error().message;
}

TEST_F(FontFinderTest, ALaterFamilyMakesItAWarning) {
  const auto m = finder_->find({.families = {"Nowhere", "DejaVu Sans"}, .code_points = {}});
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->families, (std::vector<std::string>{"DejaVu Sans"}));
  EXPECT_TRUE(testing::any_contains(m->warnings, "Nowhere"));
}

TEST_F(FontFinderTest, ScriptsGetASubstitute) {
  const auto m = finder_->find({.families = {"Nowhere"}, .code_points = {}, .substitute = true});
  ASSERT_TRUE(m.ok());
  EXPECT_FALSE(m->files.empty());
  EXPECT_TRUE(testing::any_contains(m->warnings, "stands in"));
}

TEST_F(FontFinderTest, GenericNamesStandForRealFamilies) {
  for (const char* name : {"sans-serif", "serif", "monospace"}) {
    const auto m = finder_->find({.families = {name}, .code_points = {}});
    ASSERT_TRUE(m.ok()) << m.error().message;
    ASSERT_EQ(m->families.size(), 1u);
    EXPECT_NE(m->families[0], name);
    EXPECT_TRUE(m->warnings.empty());
  }
}

TEST_F(FontFinderTest, FallbackFilesCoverWhatIsLeft) {
  const std::string text = "latin 中文字幕 😀 ⚡";
  const auto m = finder_->find({.families = {"DejaVu Sans"}, .code_points = code_points(text)});
  ASSERT_TRUE(m.ok());
  EXPECT_TRUE(has(*m, "NotoColorEmoji.ttf"));
  EXPECT_TRUE(m->uncovered.empty());
  auto set = FontSet::open(m->files);
  ASSERT_TRUE(set.ok());
  for (const char32_t c : code_points(text)) EXPECT_TRUE(set->covers(c)) << static_cast<int>(c);
  // One file for all Chinese characters.
  const auto latin = finder_->find({.families = {"DejaVu Sans"}, .code_points = {}});
  EXPECT_EQ(m->files.size(), latin->files.size() + 2);
}

TEST_F(FontFinderTest, WhatNobodyCoversIsReturned) {
  const auto m = finder_->find({.families = {"DejaVu Sans"}, .code_points = {'a', 0xE000}});
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->uncovered, (std::vector<char32_t>{0xE000}));
  EXPECT_TRUE(testing::any_contains(m->warnings, "U+E000"));
}

TEST_F(FontFinderTest, OwnFilesWin) {
  auto faces = describe(testing::kDejaVu + "DejaVuSansMono.ttf");
  ASSERT_TRUE(faces.ok());
  faces->front().file.family = faces->front().families[0] = "DejaVu Sans";
  finder_->add(*faces);
  const auto m = finder_->find({.families = {"DejaVu Sans"}, .code_points = {}});
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->files.size(), 1u);
  EXPECT_TRUE(has(*m, "DejaVuSansMono.ttf"));
}

TEST_F(FontFinderTest, TheSameAnswerTwice) {
  const FontRequest r{.families = {"sans-serif"}, .code_points = code_points("aא中😀ж")};
  auto other = FontFinder::open();
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(finder_->find(r)->files, other->find(r)->files);
}

TEST_F(FontFinderTest, ListIsSortedAndWhole) {
  const auto all = finder_->list();
  ASSERT_FALSE(all.empty());
  const auto dejavu = std::find_if(all.begin(), all.end(),
                                   [](const FamilyInfo& f) { return f.family == "DejaVu Sans"; });
  ASSERT_NE(dejavu, all.end());
  EXPECT_GE(dejavu->faces.size(), 2u);
  EXPECT_FALSE(dejavu->faces[0].style.empty());
}

TEST(NearNames, NearestFirst) {
  const std::vector<std::string> known{"Lato", "Lora", "Roboto", "Roboto Mono", "Open Sans"};
  EXPECT_EQ(did_you_mean("Rboto", known), "; did you mean \"Roboto\"?");
  EXPECT_EQ(did_you_mean("Loto", known), "; did you mean \"Lato\" or \"Lora\"?");
  EXPECT_EQ(did_you_mean("roboto-bold", known), "; did you mean \"Roboto\"?");
  EXPECT_NE(did_you_mean("Zapfino", known).find("rushes fonts"), std::string::npos);
  EXPECT_EQ(edit_distance("kitten", "Sitting"), 3u);
}

}  // namespace
}  // namespace rushes::text
