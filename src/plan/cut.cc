#include "plan/cut.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/hash.h"

namespace rushes::plan {
namespace {

using base::Rational;
using schema::Clip;
using schema::Program;

enum class Quality : uint8_t { kInside, kAfterTransition, kHardCut };

struct Place {
  int64_t frame = 0;
  Quality quality = Quality::kInside;
  std::string order;  // of places of one quality
};

// Equal ones: the earlier.
bool better(const Place& a, const Place& b) {
  return std::tie(a.quality, a.order, b.frame) > std::tie(b.quality, b.order, a.frame);
}

// What makes the picture as a whole: where it changes, so does every block.
bool fills_picture(const Program& program, const Clip& clip) {
  if (std::holds_alternative<schema::TextContent>(clip.content) ||
      std::holds_alternative<schema::CaptionsContent>(clip.content)) {
    return false;
  }
  const schema::Visual& v = clip.visual;
  return v.box_width * v.box_height * 2 >= static_cast<double>(program.width) * program.height;
}

// What the clip shows, whatever stands before it in the timeline and however it is drawn.
std::string name_of(const Program& program, const Clip& clip) {
  const auto input = [&](int i) { return program.inputs[static_cast<size_t>(i)].hash; };
  if (const auto* image = std::get_if<schema::ImageContent>(&clip.content)) {
    return "image " + input(image->input);
  }
  if (const auto* video = std::get_if<schema::VideoContent>(&clip.content)) {
    return "video " + input(video->input);
  }
  if (const auto* color = std::get_if<schema::ColorContent>(&clip.content)) {
    const schema::Color& c = color->color;
    return "color " + std::to_string(c.r) + " " + std::to_string(c.g) + " " + std::to_string(c.b);
  }
  return "gradient";
}

class Places {
 public:
  Places(const Program& program, int64_t target) : program_(program), target_(target) {}

  std::vector<Place> find() {
    for (const schema::Track& track : program_.tracks) {
      for (size_t i = 0; i < track.clips.size(); ++i) {
        if (!fills_picture(program_, track.clips[i])) continue;
        const Clip* next = i + 1 < track.clips.size() ? &track.clips[i + 1] : nullptr;
        add(track.clips[i], next);
      }
    }
    std::ranges::stable_sort(places_, {}, &Place::frame);
    return std::move(places_);
  }

 private:
  void add(const Clip& clip, const Clip* next) {
    const std::string name = name_of(program_, clip);
    int64_t settled = clip.first_frame;
    if (clip.transition) {
      settled = ((clip.start + clip.transition->duration) * program_.fps).ceil();
      add(settled, Quality::kAfterTransition, name);
    } else {
      add(clip.first_frame, Quality::kHardCut, name);
    }
    const bool followed = next != nullptr && next->first_frame <= clip.end_frame;
    if (!followed) add(clip.end_frame, Quality::kHardCut, name + " end");
    add_inside(clip, settled, name);
  }

  void add_inside(const Clip& clip, int64_t from, const std::string& name) {
    const Rational step = Rational(target_) / program_.fps;  // of output time
    Rational at = clip.start + step;
    int64_t number = 1;
    const auto* video = std::get_if<schema::VideoContent>(&clip.content);
    if (video != nullptr && (video->loop || video->freeze)) video = nullptr;
    if (video != nullptr) {
      // Whole steps of the source's time, so that trimming the clip's start moves nothing.
      const Rational source_step = step * video->speed;
      number = (video->source_start / source_step).floor() + 1;
      at = clip.start + (source_step * Rational(number) - video->source_start) / video->speed;
    }
    int64_t before = from;
    for (; at < clip.start + clip.duration + step; ++number, at += step) {
      const Rational place = video != nullptr ? at_keyframe(clip, *video, at) : at;
      const int64_t frame = (place * program_.fps).ceil();
      if (frame <= before || frame >= clip.end_frame) continue;
      add(frame, Quality::kInside, name + " " + std::to_string(number));
      before = frame;
    }
  }

  // When the last keyframe up to `at` is shown: whoever begins there decodes nothing in vain.
  Rational at_keyframe(const Clip& clip, const schema::VideoContent& video,
                       const Rational& at) const {
    const auto& keyframes = program_.inputs[static_cast<size_t>(video.input)].keyframes;
    const Rational source = video.source_start + (at - clip.start) * video.speed;
    const auto after = std::ranges::upper_bound(keyframes, source);
    if (after == keyframes.begin()) return at;
    return clip.start + (*std::prev(after) - video.source_start) / video.speed;
  }

  void add(int64_t frame, Quality quality, const std::string& name) {
    places_.push_back({frame, quality, base::hash_of(name)});
  }

  const Program& program_;
  int64_t target_;
  std::vector<Place> places_;
};

class Cutter {
 public:
  Cutter(std::vector<Place> places, int64_t first, int64_t end, int64_t target)
      : places_(std::move(places)),
        first_(first),
        end_(end),
        target_(target),
        least_(std::max(kLeastFrames, target / 2)) {
    std::erase_if(places_, [&](const Place& p) { return !free(p.frame, first_, end_); });
  }

  std::vector<Segment> run() {
    std::vector<int64_t> kept = {first_};
    for (size_t i = 0; i < places_.size(); ++i) {
      if (best_nearby(i)) kept.push_back(places_[i].frame);
    }
    kept.push_back(end_);
    std::vector<Segment> out;
    for (size_t i = 0; i + 1 < kept.size(); ++i) fill(kept[i], kept[i + 1], out);
    return out;
  }

 private:
  bool free(int64_t frame, int64_t after, int64_t before) const {
    return frame - after >= least_ && before - frame >= least_;
  }

  bool best_nearby(size_t i) const {
    const Place& p = places_[i];
    for (size_t k = i; k-- > 0 && p.frame - places_[k].frame < least_;) {
      if (better(places_[k], p)) return false;
    }
    for (size_t k = i + 1; k < places_.size() && places_[k].frame - p.frame < least_; ++k) {
      if (better(places_[k], p)) return false;
    }
    return true;
  }

  // Places between, best first; evenly where there are none.
  void fill(int64_t from, int64_t to, std::vector<Segment>& out) const {
    if (2 * (to - from) <= 3 * target_) return out.push_back({from, to});
    const Place* best = nullptr;
    for (const Place& p : places_) {
      if (free(p.frame, from, to) && (best == nullptr || better(p, *best))) best = &p;
    }
    if (best != nullptr) {
      fill(from, best->frame, out);
      return fill(best->frame, to, out);
    }
    const int64_t pieces = (to - from + target_ / 2) / target_;
    for (int64_t i = 0; i < pieces; ++i) {
      out.push_back({from + (to - from) * i / pieces, from + (to - from) * (i + 1) / pieces});
    }
  }

  std::vector<Place> places_;  // by frame
  int64_t first_, end_, target_, least_;
};

}  // namespace

int64_t default_segment(const Program& program) {
  const auto gop = static_cast<int64_t>(program.video.gop_frames);
  const int64_t gops = (program.fps * Rational(8) / Rational(gop)).round();
  return std::max(gop * std::max<int64_t>(gops, 1), 2 * kLeastFrames);
}

std::vector<Segment> cut(const Program& program, const CutOptions& options) {
  int64_t target = default_segment(program);
  if (options.seconds)
    target = std::max((program.fps * *options.seconds).round(), 2 * kLeastFrames);
  return Cutter(Places(program, target).find(), options.first, options.end, target).run();
}

}  // namespace rushes::plan
