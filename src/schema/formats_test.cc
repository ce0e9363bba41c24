#include "schema/formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rushes::schema {
namespace {

using ::testing::HasSubstr;

TEST(Color, Forms) {
  const Color orange{255, 136, 0, 255};
  EXPECT_EQ(parse_color("#f80").value(), orange);
  EXPECT_EQ(parse_color("#FF8800").value(), orange);
  EXPECT_EQ(parse_color("#ff880080").value(), (Color{255, 136, 0, 128}));
  EXPECT_EQ(parse_color("#f808").value(), (Color{255, 136, 0, 136}));
  EXPECT_EQ(parse_color("rgb(255,136,0)").value(), orange);
  EXPECT_EQ(parse_color("rgb(100% 50% 0%)").value(), (Color{255, 128, 0, 255}));
  EXPECT_EQ(parse_color("rgba(255, 136, 0, 0.5)").value(), (Color{255, 136, 0, 128}));
  EXPECT_EQ(parse_color("RebeccaPurple").value(), (Color{0x66, 0x33, 0x99, 255}));
  EXPECT_EQ(parse_color("aliceblue").value(), (Color{0xf0, 0xf8, 0xff, 255}));
  EXPECT_EQ(parse_color("yellowgreen").value(), (Color{0x9a, 0xcd, 0x32, 255}));
  EXPECT_EQ(parse_color("transparent").value().a, 0);
}

TEST(Color, Refused) {
  for (const char* text : {"", "#", "#12", "#12345", "#gggggg", "rgb(1,2)", "rgb(1,2,3,4,5)",
                           "rgb(256,0,0)", "rgb(1,2,x)", "rgb(1,2,3", "no such colour"}) {
    EXPECT_FALSE(parse_color(text).ok()) << text;
  }
  EXPECT_THAT(parse_color("orangge").error().message, HasSubstr("did you mean \"orange\"?"));
}

TEST(Easing, Forms) {
  EXPECT_EQ(parse_easing("ease-in-out-back").value().name, "ease-in-out-back");
  const Easing bezier = parse_easing("cubic-bezier(0.2, -1.5, 0.8, 2)").value();
  EXPECT_EQ(bezier, (Easing{"cubic-bezier", {0.2, -1.5, 0.8, 2}}));
  for (const char* text : {"", "cubic-bezier", "cubic-bezier(0,0,1)", "cubic-bezier(0,0,1,1,1)",
                           "cubic-bezier(-0.1,0,1,1)", "cubic-bezier(0,0,1.1,1)",
                           "cubic-bezier(0,nan,1,1)", "cubic-bezier(0,0,1,1) "}) {
    EXPECT_FALSE(parse_easing(text).ok()) << text;
  }
  EXPECT_THAT(parse_easing("easeInOutCubic").error().message,
              HasSubstr("did you mean \"ease-in-out-cubic\"?"));
}

TEST(Size, Forms) {
  EXPECT_EQ(parse_size("vertical").value().height, 1920);
  EXPECT_EQ(parse_size("640x360").value().width, 640);
  for (const char* text :
       {"", "x", "640", "640x", "640x360x2", "-2x2", "9999999999x2", "640 x 360"}) {
    EXPECT_FALSE(parse_size(text).ok()) << text;
  }
}

TEST(Numbers, Forms) {
  EXPECT_EQ(parse_fps("30000/1001").value(), Rational(30000, 1001));
  EXPECT_EQ(parse_fps("0").error().message, "must be > 0 (is 0)");
  EXPECT_FALSE(parse_fps("1/0").ok());
  EXPECT_FALSE(parse_fps("241").ok());
  EXPECT_EQ(parse_bitrate("128k").value(), 128000);
  EXPECT_EQ(parse_bitrate("1.5M").value(), 1500000);
  EXPECT_FALSE(parse_bitrate("128kb").ok());
  EXPECT_FALSE(parse_bitrate("1").ok());
  EXPECT_EQ(parse_percent("12.5%").value(), Rational(1, 8));
  EXPECT_FALSE(parse_percent("12.5").ok());
  EXPECT_FALSE(parse_percent("1/2%").ok());
  EXPECT_FALSE(parse_percent("%").ok());
  EXPECT_NEAR(parse_gain("-6dB").value(), 0.501187, 1e-6);
  EXPECT_EQ(parse_gain("0 dB").value(), 1);
  EXPECT_FALSE(parse_gain("-6").ok());
  EXPECT_FALSE(parse_gain("400dB").ok());
}

TEST(Path, Forms) {
  EXPECT_TRUE(check_path("a/b.jpg").ok());
  EXPECT_TRUE(check_path("/tmp/Ä b.PNG").ok());
  EXPECT_EQ(check_path("ftp://example.org/a.jpg").error().code, base::Code::kUnsupported);
  EXPECT_TRUE(check_path("https://example.org/a.jpg?size=1").ok());
  EXPECT_TRUE(check_path("s3://bucket/a b.jpg").ok());
  EXPECT_EQ(check_path("https://example.org/a.svg?size=1").error().code, base::Code::kUnsupported);
  EXPECT_EQ(check_path("logo.SVG").error().code, base::Code::kUnsupported);
  EXPECT_EQ(check_path("").error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(check_path(std::string_view("a\0b", 3)).error().code, base::Code::kInvalidArgument);
}

}  // namespace
}  // namespace rushes::schema
