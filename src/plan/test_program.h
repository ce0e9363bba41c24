#pragma once

// Programs for the tests of this layer: tracks of clips in a row.

#include <random>
#include <string>
#include <vector>

#include "schema/program.h"

namespace rushes::plan {

inline schema::Program empty_program(int64_t frames) {
  schema::Program p;
  p.width = 640;
  p.height = 360;
  p.fps = 30;
  p.frames = frames;
  return p;
}

// A clip of so many frames that fills the picture.
struct ClipSpec {
  int64_t frames = 0;
  int64_t transition = 0;  // frames shared with the clip before
  schema::Content content;
};

inline int add_input(schema::Program& p, const std::string& hash) {
  p.inputs.push_back({.src = hash + ".bin", .size = 1, .hash = hash, .width = 640, .height = 360});
  return static_cast<int>(p.inputs.size()) - 1;
}

inline schema::Content image(schema::Program& p, const std::string& hash) {
  return schema::ImageContent{add_input(p, hash)};
}

inline schema::Content video(schema::Program& p, const std::string& hash,
                             const base::Rational& start, const base::Rational& duration) {
  return schema::VideoContent{
      .input = add_input(p, hash), .source_start = start, .source_duration = duration};
}

// As a new track; p.frames grows to hold it. Zooms in over each still.
inline void add_track(schema::Program& p, const std::vector<ClipSpec>& specs) {
  schema::Track track;
  int64_t at = 0;
  for (const ClipSpec& spec : specs) {
    schema::Clip clip;
    clip.id = "clip" + std::to_string(track.clips.size());
    clip.pointer = "/tracks/" + std::to_string(p.tracks.size()) + "/clips/" +
                   std::to_string(track.clips.size());
    at -= spec.transition;
    clip.start = base::Rational(at) / p.fps;
    clip.duration = base::Rational(spec.frames) / p.fps;
    clip.first_frame = at;
    at += spec.frames;
    clip.end_frame = at;
    clip.content = spec.content;
    clip.visual.x = p.width / 2.0;
    clip.visual.y = p.height / 2.0;
    clip.visual.box_width = p.width;
    clip.visual.box_height = p.height;
    clip.visual.zoom.keys = {{base::Rational(0), 1, {}}, {clip.duration, 1.2, {}}};
    if (spec.transition > 0) {
      clip.transition = schema::Transition{.duration = base::Rational(spec.transition) / p.fps};
    }
    track.clips.push_back(std::move(clip));
  }
  p.frames = std::max(p.frames, at);
  p.tracks.push_back(std::move(track));
}

// A row of stills: of hard cuts and cross-fades, every still another picture.
inline std::vector<ClipSpec> random_stills(schema::Program& p, std::mt19937& random, int count,
                                           int percent_of_fades) {
  std::vector<ClipSpec> specs;
  for (int i = 0; i < count; ++i) {
    const bool fade = i > 0 && static_cast<int>(random() % 100) < percent_of_fades;
    specs.push_back({static_cast<int64_t>(60 + random() % 180), fade ? 15 : 0,
                     image(p, "still" + std::to_string(random()))});
  }
  return specs;
}

}  // namespace rushes::plan
