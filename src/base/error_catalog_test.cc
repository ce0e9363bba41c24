#include "base/error_catalog.h"

#include <gtest/gtest.h>

namespace rushes::base {
namespace {

TEST(ErrorCatalog, IsSortedAndSaysSomething) {
  int last = 0;
  for (const ErrorInfo& info : error_catalog()) {
    EXPECT_GT(info.number, last);
    last = info.number;
    EXPECT_FALSE(info.title.empty()) << info.number;
    EXPECT_GT(info.explanation.size(), 30u) << info.number;
    EXPECT_TRUE(info.explanation.ends_with('.')) << info.number;
    EXPECT_EQ(find_error(info.number), &info);
  }
}

TEST(ErrorCatalog, SaysWhatIsAWarning) {
  for (const ErrorInfo& info : error_catalog()) {
    if (info.number >= 180 && info.number < 200) {
      EXPECT_TRUE(info.warns) << info.number;
    } else if (info.number < 280) {
      EXPECT_FALSE(info.warns) << info.number;
    }
  }
  EXPECT_TRUE(find_error(312)->warns);
  EXPECT_FALSE(find_error(301)->warns);
}

TEST(ErrorCatalog, UnknownNumbers) {
  EXPECT_EQ(find_error(0), nullptr);
  EXPECT_EQ(find_error(99999), nullptr);
}

TEST(ErrorCatalog, Numbers) {
  EXPECT_EQ(parse_error_number("E0123"), 123);
  EXPECT_EQ(parse_error_number("w0180"), 180);
  EXPECT_EQ(parse_error_number("101"), 101);
  EXPECT_EQ(parse_error_number("E"), 0);
  EXPECT_EQ(parse_error_number(""), 0);
  EXPECT_EQ(parse_error_number("EE1"), 0);
  EXPECT_EQ(parse_error_number("E12345678901"), 0);
}

}  // namespace
}  // namespace rushes::base
