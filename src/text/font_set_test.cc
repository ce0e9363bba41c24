#include "text/font_set.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/scratch_folder.h"
#include "text/font_alias.h"
#include "text/test_fonts.h"

namespace rushes::text {
namespace {

class TempFile {
 public:
  explicit TempFile(const std::string& content) : path_(folder_.write("text.ttf", content)) {}
  const std::string& path() const { return path_; }

 private:
  base::ScratchFolder folder_;
  std::string path_;
};

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FontSet, KnowsItsFamiliesInOrder) {
  const FontSet set = testing::fonts();
  EXPECT_EQ(set.families(),
            (std::vector<std::string>{"DejaVu Sans", "Noto Color Emoji", "Droid Sans Fallback"}));
  EXPECT_TRUE(set.has_family("dejavu sans"));
  EXPECT_FALSE(set.has_family("DejaVu Serif"));
  EXPECT_TRUE(set.covers(U'中'));
  EXPECT_FALSE(set.covers(0xE000));
}

TEST(FontSet, WhatIsNoFontIsAnErrorThatNamesTheFile) {
  const std::string real = bytes_of(testing::kDejaVu + "DejaVuSans.ttf");
  const TempFile text("this is no font at all"), empty(""), web("wOF2 and so on"),
      type1("%!PS-AdobeFont-1.0"), cut(real.substr(0, 3000)), lie(real.substr(0, 12) + "junk");
  const auto expect = [](const std::string& path, base::Code code) {
    const auto described = describe(path);
    ASSERT_FALSE(described.ok()) << path;
    EXPECT_EQ(described.error().code, code) << described.error().message;
    const auto opened = FontSet::open({{path, 0, "x"}});
    ASSERT_FALSE(opened.ok()) << path;
    EXPECT_NE(opened.error().message.find(path), std::string::npos);
  };
  expect(text.path(), base::Code::kCorrupt);
  expect(empty.path(), base::Code::kCorrupt);
  expect(web.path(), base::Code::kUnsupported);
  expect(type1.path(), base::Code::kUnsupported);
  expect(cut.path(), base::Code::kCorrupt);
  expect(lie.path(), base::Code::kCorrupt);
  expect("/nonexistent/font.ttf", base::Code::kNotFound);
  expect("/tmp", base::Code::kInvalidArgument);
  EXPECT_EQ(FontSet::open({}).error().code, base::Code::kInvalidArgument);
}

TEST(FontSet, DamagedFontsNeverCrash) {
  const std::string real = bytes_of(testing::kDejaVu + "DejaVuSansMono.ttf");
  ASSERT_GT(real.size(), 1000u);
  uint32_t random = 1;
  for (int round = 0; round < 30; ++round) {
    std::string bad = real;
    for (int i = 0; i < 50; ++i) {
      random = random * 1664525 + 1013904223;
      // Mostly within the directory and the tables that are parsed first.
      bad[(random >> 8) % (i % 2 == 0 ? 400 : bad.size())] = static_cast<char>(random);
    }
    const TempFile file(bad);
    const auto described = describe(file.path());
    EXPECT_TRUE(described.ok() || !described.error().message.empty());
  }
}

TEST(FontSet, DescribeTellsWhatAFaceIs) {
  const auto faces = describe(testing::kDejaVu + "DejaVuSans-Bold.ttf");
  ASSERT_TRUE(faces.ok());
  ASSERT_EQ(faces->size(), 1u);
  const FontFace& f = faces->front();
  EXPECT_EQ(f.file.family, "DejaVu Sans");
  EXPECT_EQ(f.weight, 700);
  EXPECT_FALSE(f.italic);
  EXPECT_FALSE(f.color);
  EXPECT_TRUE(f.covers(U'א'));
  EXPECT_FALSE(f.covers(U'中'));
  EXPECT_TRUE(describe(testing::kEmoji)->front().color);
}

TEST(FontAlias, TheFontAnswersToBothNames) {
  const std::string real = bytes_of(testing::kDejaVu + "DejaVuSans.ttf");
  std::vector<char> font(real.begin(), real.end());
  ASSERT_TRUE(add_family_name(font, "Another Name"));
  const TempFile file(std::string(font.begin(), font.end()));
  const auto faces = describe(file.path());
  ASSERT_TRUE(faces.ok());
  const auto& names = faces->front().families;
  EXPECT_NE(std::find(names.begin(), names.end(), "DejaVu Sans"), names.end());
  EXPECT_NE(std::find(names.begin(), names.end(), "Another Name"), names.end());
}

TEST(FontAlias, WhatIsNotUnderstoodIsLeftAlone) {
  const std::string real = bytes_of(testing::kDejaVu + "DejaVuSans.ttf");
  for (size_t size = 0; size < 400; ++size) {
    std::vector<char> font(real.begin(), real.begin() + static_cast<ptrdiff_t>(size));
    const std::vector<char> before = font;
    EXPECT_FALSE(add_family_name(font, "x"));
    EXPECT_EQ(font, before);
  }
  std::vector<char> collection{'t', 't', 'c', 'f', 0, 1, 0, 0, 127, 127, 127, 127, 1, 2, 3, 4};
  EXPECT_FALSE(add_family_name(collection, "x"));
}

}  // namespace
}  // namespace rushes::text
