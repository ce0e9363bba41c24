#pragma once

// Programs and sources for tests and benchmarks: pictures are made, not decoded.

#include <cmath>
#include <cstdlib>
#include <string>

#include "compose/sources.h"
#include "schema/program.h"
#include "text/font_finder.h"

namespace rushes::compose {

// Input i is a picture of the size that the program states: a smooth pattern of its own for each
// input, with something going on at every scale. Video changes with time.
class MadeSources final : public Sources {
 public:
  explicit MadeSources(const schema::Program& program) : program_(program) {}

  base::Result<frame::Frame> still(int input, int, int) override { return pattern(input, 0); }
  base::Result<frame::Frame> video(int input, int64_t, const base::Rational& t) override {
    const int64_t number = (t * base::Rational(25)).floor();
    if (!(video_input_ == input && video_number_ == number)) {
      video_ = pattern(input, static_cast<int>(number));
      video_input_ = input;
      video_number_ = number;
    }
    return video_;
  }
  void close_reader(int64_t) override {}
  // Every text is drawn with this.
  base::Result<std::shared_ptr<text::FontSet>> fonts(const std::vector<int>&) override {
    ASSIGN_OR_RETURN(const text::FontFinder finder, text::FontFinder::open());
    ASSIGN_OR_RETURN(const text::FontMatch match, finder.find({.families = {"DejaVu Sans"}}));
    ASSIGN_OR_RETURN(text::FontSet set, text::FontSet::open(match.files));
    return std::make_shared<text::FontSet>(std::move(set));
  }

 private:
  frame::Frame pattern(int input, int phase) const {
    const schema::Input& in = program_.inputs[static_cast<size_t>(input)];
    frame::FrameBuffer out(frame::kWorking, in.width, in.height);
    for (int i = 0; i < 3; ++i) {
      const auto plane = out.plane(i);
      for (int y = 0; y < plane.height; ++y) {
        for (int x = 0; x < plane.width; ++x) {
          const int v = (x * (input + 3) + phase * 7) ^ (y * 5 + input * 40);
          plane.row(y)[x] = static_cast<uint8_t>(40 + ((v >> 2) & 127) + (x * 40) / plane.width);
        }
      }
    }
    return std::move(out).freeze();
  }

  const schema::Program& program_;
  frame::Frame video_;
  int video_input_ = -1;
  int64_t video_number_ = -1;
};

inline schema::Program empty_program(int width, int height, int64_t frames) {
  schema::Program p;
  p.width = width;
  p.height = height;
  p.fps = 25;
  p.frames = frames;
  p.background = {20, 40, 60, 255};
  return p;
}

// A clip that fills the canvas for frames [first, end).
inline schema::Clip full_clip(const schema::Program& p, schema::Content content, int64_t first,
                              int64_t end) {
  schema::Clip c;
  c.pointer = "/clip";
  c.start = base::Rational(first) / p.fps;
  c.duration = base::Rational(end - first) / p.fps;
  c.first_frame = first;
  c.end_frame = end;
  c.content = std::move(content);
  c.visual.x = p.width / 2.0;
  c.visual.y = p.height / 2.0;
  c.visual.box_width = p.width;
  c.visual.box_height = p.height;
  return c;
}

inline int add_input(schema::Program& p, int width, int height) {
  p.inputs.push_back(
      {.src = "made" + std::to_string(p.inputs.size()), .width = width, .height = height});
  return static_cast<int>(p.inputs.size()) - 1;
}

inline void zoom(schema::Clip& clip, double from, double to) {
  clip.visual.zoom.keys = {{base::Rational(0), from, {}}, {clip.duration, to, {}}};
}

}  // namespace rushes::compose
