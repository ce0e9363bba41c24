#include "qc/figures.h"

#include <gtest/gtest.h>

namespace rushes::qc {
namespace {

using nlohmann::json;

SegmentFigures some_segment() {
  SegmentFigures s{.first = 16,
                   .end = 20,
                   .width = 320,
                   .height = 180,
                   .chroma = false,
                   .damaged = 2,
                   .error = "no more"};
  s.frames = {{.ssim = -5,
               .error = {1, 2, 3},
               .shift = {-1, 2, -3},
               .dark = 4,
               .reference_dark = 5,
               .moved = 6,
               .reference_moved = 7,
               .fresh = false},
              {.ssim = 70'000'000'000}};
  return s;
}

SoundFigures some_sound() {
  SoundFigures s{.has_output = true, .has_reference = true, .sample_rate = 44100};
  s.begins = Rational(1, 3);
  s.length = Rational(7, 2);
  s.loudness = {-14.2, -1.5, 3.25};
  s.clipped = 12;
  s.seconds = {{-2000, -2100, 995}, {std::nullopt, -7000, std::nullopt}};
  s.silent = {{10, 20, false}, {30, 60, true}};
  s.offset_end = SoundOffset{Rational(-1, 8000), 998};
  return s;
}

TEST(Figures, PassThroughJson) {
  const auto segment = segment_from_json(json::parse(json_of(some_segment()).dump()));
  ASSERT_TRUE(segment.ok()) << segment.error().message;
  EXPECT_EQ(*segment, some_segment());
  EXPECT_EQ(segment->windows(), 79 * 44);
  const auto sound = sound_from_json(json::parse(json_of(some_sound()).dump()));
  ASSERT_TRUE(sound.ok()) << sound.error().message;
  EXPECT_EQ(*sound, some_sound());
}

// Whatever is missing or of another type is an error, and none of it is taken for something else.
TEST(Figures, RefuseWhatTheEngineDoesNotWrite) {
  const json segment = json_of(some_segment());
  const json sound = json_of(some_sound());
  for (const auto& [key, value] : segment.items()) {
    for (const json& wrong : {json(), json("x"), json::array({json::object()})}) {
      json changed = segment;
      changed[key] = wrong;
      if (key == "error" && wrong.is_string()) continue;
      EXPECT_FALSE(segment_from_json(changed).ok()) << key << " " << wrong;
    }
  }
  for (const auto& [key, value] : sound.items()) {
    json changed = sound;
    changed[key] = json::array({"x"});
    EXPECT_FALSE(sound_from_json(changed).ok()) << key;
    changed.erase(key);
    EXPECT_FALSE(sound_from_json(changed).ok()) << key;
  }
  json longer = segment;
  for (int i = 0; i < 4; ++i) longer["frames"].push_back(segment["frames"][0]);
  EXPECT_FALSE(segment_from_json(longer).ok());
  EXPECT_FALSE(segment_from_json(json()).ok());
}

}  // namespace
}  // namespace rushes::qc
