// A large still, decoded once for all workers and renders.

#include "render/kept_stills.h"

#include <gtest/gtest.h>

#include "render/testing/desk.h"

namespace rushes::render {
namespace {

class Photograph : public Desk {
 protected:
  void SetUp() override {
    Desk::SetUp();
    ffmpeg("-f lavfi -i testsrc2=s=1800x1200 -frames:v 1 photo.jpg");
    const base::Status s = compile(R"({"version": 1,
        "output": {"size": "160x90", "fps": 5, "video": {"preset": "ultrafast"}},
        "tracks": [[{"image": "photo.jpg", "duration": 1}]]})",
                                   {"photo.jpg"});
    ASSERT_TRUE(s.ok()) << s.error().message;
  }
  // The segment's bytes.
  std::string rendered() {
    const base::Status s = render_run(segments({0, 5}));
    EXPECT_TRUE(s.ok()) << s.error().message;
    return read_file(path("objects/segment:0"));
  }
  json stills() const { return events_->found["stills"]; }
  std::vector<std::string> kept() const {
    std::vector<std::string> paths;
    for (const auto& file : fs::directory_iterator(path("objects"))) {
      if (file.path().filename().string().starts_with("derived ")) paths.push_back(file.path());
    }
    return paths;
  }

  const json decoded = {{"decoded", 1}, {"from_store", 0}};
  const json recalled = {{"decoded", 0}, {"from_store", 1}};
};

TEST_F(Photograph, IsDecodedOnce) {
  keeps_derived_ = false;
  const std::string want = rendered();
  EXPECT_EQ(stills(), decoded);
  EXPECT_TRUE(kept().empty());
  keeps_derived_ = true;
  EXPECT_EQ(rendered(), want);
  EXPECT_EQ(stills(), decoded);
  EXPECT_EQ(kept().size(), 1u);
  EXPECT_EQ(rendered(), want);
  EXPECT_EQ(stills(), recalled);
}

TEST_F(Photograph, WhatWasKeptOfItIsNotBelieved) {
  const std::string want = rendered();
  ASSERT_EQ(kept().size(), 1u);
  const std::string file = kept().front();
  const std::string good = read_file(file);
  std::vector<std::string> lies = {"", "R", good.substr(0, good.size() - 1), good + "x"};
  for (size_t at = 0; at < 52; ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 2);
    lies.push_back(bad);
  }
  for (const std::string& lie : lies) {
    std::ofstream(file, std::ios::binary) << lie;
    ASSERT_EQ(rendered(), want);
    ASSERT_EQ(stills(), decoded);
    ASSERT_EQ(read_file(file), good);
  }
}

TEST_F(Photograph, TellsWhatItToldBefore) {
  ASSERT_FALSE(rendered().empty());
  const std::string file = kept().front();
  const std::string good = read_file(file);
  const auto with_notes = [&](const std::string& notes) {
    std::string text = good;
    text[48] = static_cast<char>(notes.size());
    std::ofstream(file, std::ios::binary) << text.insert(52, notes);
    EXPECT_FALSE(rendered().empty());
  };
  with_notes(R"(["is odd"])");
  EXPECT_EQ(stills(), recalled);
  EXPECT_EQ(events_->warnings, std::vector<std::string>{"photo.jpg: is odd"});
  for (const char* notes : {"{}", "[1]", "no JSON"}) {
    with_notes(notes);
    EXPECT_EQ(stills(), decoded) << notes;
    EXPECT_TRUE(events_->warnings.empty());
    EXPECT_EQ(read_file(file), good);
  }
}

TEST_F(Photograph, RendersWhereNothingCanBeKept) {
  const std::string want = rendered();
  fs::remove(kept().front());
  objects_->refuses_derived = true;
  EXPECT_EQ(rendered(), want);
  EXPECT_EQ(stills(), decoded);
}

}  // namespace
}  // namespace rushes::render
