#include "text/font_shelf.h"

#include "text/painter.h"
#include "text/test_fonts.h"

namespace rushes::text {
namespace {

class Shelf : public ::testing::Test {
 protected:
  std::vector<uint32_t> painted(const std::vector<int>& fonts, const std::string& text,
                                int weight = 400) {
    const auto set = shelf_.set(fonts).value();
    schema::TextContent content{.text = text};
    content.style.families = {"DejaVu Sans"};
    content.style.weight = weight;
    return paint_text(*set, content, {600, 200, 1}).value().sprite->bitmap->pixels;
  }
  FontShelf shelf_{{{testing::kDejaVu + "DejaVuSans.ttf", 0, "DejaVu Sans"},
                    {testing::kEmoji, 0, "Noto Color Emoji"},
                    {testing::kCjk, 0, "Droid Sans Fallback"}}};
};

TEST_F(Shelf, SetsDoNotSeeOneAnother) {
  const auto plain = painted({0}, "a\xE4\xB8\xAD\xF0\x9F\x98\x80");
  const auto han = painted({0, 2}, "a\xE4\xB8\xAD\xF0\x9F\x98\x80");
  const auto all = painted({0, 2, 1}, "a\xE4\xB8\xAD\xF0\x9F\x98\x80");
  EXPECT_NE(plain, han);
  EXPECT_NE(han, all);
  EXPECT_FALSE(shelf_.set({0}).value()->has_family("Noto Color Emoji"));
  EXPECT_EQ(painted({0}, "a\xE4\xB8\xAD\xF0\x9F\x98\x80"), plain);
}

// The rules (colour pictures at the size of the text, bold that is made) hold for all of them,
// whichever came and went.
TEST_F(Shelf, RulesOutliveTheSets) {
  const auto bold = painted({0}, "bold", 700);
  const auto emoji = painted({0, 1}, "\xF0\x9F\x98\x80");
  EXPECT_NE(bold, painted({0}, "bold"));
  std::vector<FontFile> files = {{testing::kDejaVu + "DejaVuSans.ttf", 0, "DejaVu Sans"}};
  ASSERT_TRUE(FontSet::open(files).ok());  // and is gone
  EXPECT_EQ(painted({0}, "bold", 700), bold);
  for (int i = 0; i < 40; ++i) {
    std::vector<int> fonts(static_cast<size_t>(i + 2), 0);
    ASSERT_TRUE(shelf_.set(fonts).ok());
  }
  EXPECT_EQ(painted({0}, "bold", 700), bold);
  EXPECT_EQ(painted({0, 1}, "\xF0\x9F\x98\x80"), emoji);
}

TEST_F(Shelf, TheSameListIsTheSameSet) {
  EXPECT_EQ(shelf_.set({0, 1}).value(), shelf_.set({0, 1}).value());
  EXPECT_NE(shelf_.set({0, 1}).value(), shelf_.set({1, 0}).value());
  EXPECT_FALSE(shelf_.set({3}).ok());
  EXPECT_FALSE(shelf_.set({-1}).ok());
  EXPECT_FALSE(shelf_.set({}).ok());
}

}  // namespace
}  // namespace rushes::text
