// What a recording holds that no output of it does.

#include "left_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rushes::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::set<Content> kUsual = {Content::kPicture, Content::kSound};

json stream(const char* kind, const char* start = "0", const char* duration = "10") {
  return {{"kind", kind}, {"codec", "x"}, {"start", start}, {"duration", duration}};
}

std::string lost(const std::vector<json>& streams, const std::set<Content>& held = kUsual,
                 const std::set<Content>& may_lose = {}) {
  return left_out({{"/a.mp4", {{"duration", "10"}, {"streams", streams}}}}, held, may_lose);
}

TEST(LeftOut, NothingOfAPictureAndItsSound) {
  EXPECT_EQ(lost({stream("video"), stream("audio")}), "");
  EXPECT_EQ(lost({stream("audio", "0", "10.1"), stream("video")}), "");
  EXPECT_EQ(lost({stream("video")}, {Content::kPicture}), "");
  json cover = stream("video");
  cover["attached_picture"] = true;
  EXPECT_EQ(lost({stream("video"), cover}), "");
}

TEST(LeftOut, WhateverElseThereIs) {
  EXPECT_THAT(lost({stream("video"), stream("video")}), HasSubstr("another picture (x)"));
  EXPECT_THAT(lost({stream("video"), stream("audio"), stream("audio")}),
              HasSubstr("another sound track (x)"));
  EXPECT_THAT(lost({stream("video"), stream("subtitle")}), HasSubstr("subtitles (x)"));
  EXPECT_THAT(lost({stream("video"), stream("data")}), HasSubstr("data of the camera"));
  EXPECT_THAT(lost({stream("video"), stream("audio")}, {Content::kPicture}),
              HasSubstr("sound (x); --may-lose sound"));
  EXPECT_THAT(lost({stream("video"), stream("audio")}, {Content::kSound}),
              HasSubstr("a picture (x)"));
  EXPECT_THAT(lost({stream("video"), stream("audio", "0", "10.2")}),
              HasSubstr("0.200 s of sound after its picture"));
  EXPECT_THAT(lost({stream("video", "0.5", "9.5"), stream("audio")}),
              HasSubstr("0.500 s of sound before its picture"));
}

TEST(LeftOut, WhatLiesBehindTheLastBox) {
  const auto behind = [](const json& bytes) {
    const json info = {{"streams", {stream("video")}}, {"behind", bytes}};
    return left_out({{"/a.mp4", info}}, kUsual, {});
  };
  EXPECT_EQ(behind(0), "");
  EXPECT_THAT(behind(1000), HasSubstr("data behind its last box; --may-lose data"));
  EXPECT_THAT(behind(nullptr), HasSubstr("data behind its last box"));
}

TEST(LeftOut, ButForWhatMayBeLost) {
  const std::vector<json> all = {stream("video"), stream("audio"), stream("audio"), stream("data")};
  EXPECT_THAT(lost(all), HasSubstr("--may-lose sound,data"));
  EXPECT_THAT(lost(all, kUsual, {Content::kSound}), HasSubstr("--may-lose data"));
  EXPECT_EQ(lost(all, kUsual, {Content::kSound, Content::kData}), "");
  EXPECT_EQ(*parse_contents("data,sound"), (std::set{Content::kSound, Content::kData}));
  EXPECT_TRUE(parse_contents("")->empty());
  EXPECT_FALSE(parse_contents("data,all").ok());
}

TEST(LeftOut, GoesByTheOutput) {
  EXPECT_EQ(held_by("/o.mp4", json::object()), kUsual);
  EXPECT_EQ(held_by("/o.gif", json::object()), std::set{Content::kPicture});
  EXPECT_EQ(held_by("/o.m4a", json::object()), std::set{Content::kSound});
  EXPECT_EQ(held_by("/o.mp4", {{"audio", false}}), std::set{Content::kPicture});
  EXPECT_EQ(held_by("/o.mov", {{"video", false}}), std::set{Content::kSound});
}

}  // namespace
}  // namespace rushes::app
