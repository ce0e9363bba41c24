#include "plan/rendition.h"

#include <gtest/gtest.h>

#include "plan/cut.h"
#include "plan/key.h"
#include "plan/test_program.h"

namespace rushes::plan {
namespace {

schema::Program with_ladder() {
  schema::Program p = empty_program(0);
  add_track(p, {{.frames = 600, .content = video(p, "film", 0, 30)}});
  for (const char* name : {"high", "low"}) {
    schema::Rendition r = itself(p);
    r.name = name;
    p.renditions.push_back(r);
  }
  p.renditions[1].scale = base::Rational(1, 2);
  p.renditions[1].video.crf = 30;
  return p;
}

std::string key_as(const schema::Program& p, std::string_view name) {
  Slice part = slice(p, {0, 100});
  become(part.program, *find_rendition(p, name));
  return video_key(part, "class");
}

TEST(Rendition, IsFoundByItsName) {
  const schema::Program p = with_ladder();
  EXPECT_EQ(find_rendition(p, "low")->video.crf, 30);
  EXPECT_EQ(find_rendition(p, "")->video, p.video);
  EXPECT_FALSE(find_rendition(p, "lowest"));
}

TEST(Rendition, ThatIsTheSameHasTheSameKey) {
  const schema::Program p = with_ladder();
  EXPECT_EQ(key_as(p, "high"), key_as(p, ""));
  EXPECT_NE(key_as(p, "low"), key_as(p, ""));
}

TEST(Rendition, IsWhatAProgramOfThatSizeIs) {
  const schema::Program p = with_ladder();
  schema::Program alone = p;
  become(alone, p.renditions[1]);
  EXPECT_TRUE(alone.renditions.empty());
  EXPECT_EQ(alone.canvas_width(), p.canvas_width() / 2);
  EXPECT_EQ(video_key(slice(alone, {0, 100}), "class"), key_as(p, "low"));
}

TEST(Rendition, ChangesNothingOfTheOthers) {
  const schema::Program p = with_ladder();
  schema::Program without = p;
  without.renditions.clear();
  EXPECT_EQ(key_as(p, ""), key_as(without, ""));
  EXPECT_EQ(cut(p, {.end = p.frames}), cut(without, {.end = p.frames}));
}

}  // namespace
}  // namespace rushes::plan
