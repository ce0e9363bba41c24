#include "plan/slice.h"

#include <algorithm>
#include <map>

#include "schema/script.h"
#include "timeline/source_time.h"

namespace rushes::plan {
namespace {

using base::Rational;
using base::TimeRange;
using schema::Clip;
using schema::Curve;
using schema::Key;
using schema::Program;
using schema::Visual;

// Numbers what is asked for from 0 on.
class Numbering {
 public:
  int operator()(int number) {
    if (number < 0) return number;
    const auto [at, fresh] = numbers_.try_emplace(number, static_cast<int>(numbers_.size()));
    if (fresh) used_.push_back(number);
    return at->second;
  }
  const std::vector<int>& used() const { return used_; }

 private:
  std::map<int, int> numbers_;
  std::vector<int> used_;
};

void add_inputs(const Program& program, const Numbering& inputs, Slice& slice) {
  slice.inputs = inputs.used();
  for (const int i : slice.inputs) {
    slice.program.inputs.push_back(program.inputs[static_cast<size_t>(i)]);
    slice.program.inputs.back().keyframes.clear();  // the cutting is done
  }
}

void add_fonts(const Program& program, const Numbering& fonts, Slice& slice) {
  slice.fonts = fonts.used();
  for (const int i : slice.fonts) {
    slice.program.fonts.push_back(program.fonts[static_cast<size_t>(i)]);
  }
}

// The keys that decide the values over `seen` (both ends included). What moves keeps two keys at
// least, where it is drawn otherwise only because it moves.
enum class Moves : bool { kMayRest, kStays };
void trim(Curve& curve, const TimeRange& seen, Moves moves) {
  auto& keys = curve.keys;
  if (keys.size() < 2) return;
  size_t first = 0;
  while (first + 1 < keys.size() && keys[first + 1].time <= seen.start) ++first;
  size_t last = keys.size() - 1;
  while (last > 0 && keys[last - 1].time >= seen.end) --last;
  if (last < first) last = first;
  if (first == last && moves == Moves::kMayRest) {
    curve = Curve(keys[first].value);
    return;
  }
  if (first == last) (first + 1 < keys.size()) ? ++last : --first;
  keys.erase(keys.begin() + static_cast<ptrdiff_t>(last) + 1, keys.end());
  keys.erase(keys.begin(), keys.begin() + static_cast<ptrdiff_t>(first));
  keys.front().easing = {};  // of the way to it, which nobody sees
}

void shift(Curve& curve, const Rational& by) {
  if (curve.constant()) {
    for (Key& key : curve.keys) key = {Rational(0), key.value, {}};
    return;
  }
  for (Key& key : curve.keys) key.time -= by;
}

void shift(std::vector<schema::CaptionGroup>& groups, const Rational& by) {
  for (schema::CaptionGroup& group : groups) {
    group.start -= by;
    group.end -= by;
    for (schema::CaptionWord& word : group.words) {
      word.start -= by;
      word.end -= by;
    }
  }
}

template <class Function>
void for_each_curve(Visual& v, Function&& function) {
  for (Curve* c :
       {&v.x, &v.y, &v.rotation, &v.opacity, &v.crop_x, &v.crop_y, &v.focus_x, &v.focus_y}) {
    function(*c, false);
  }
  for (Curve* c : {&v.scale, &v.zoom, &v.crop_width, &v.crop_height}) function(*c, true);
}

class Slicer {
 public:
  Slicer(const Program& program, const Segment& segment) : program_(program), segment_(segment) {}

  Slice run() {
    Program& out = slice_.program;
    out.version = program_.version;
    out.width = program_.width;
    out.height = program_.height;
    out.scale = program_.scale;
    out.fps = program_.fps;
    out.frames = segment_.frames();
    out.background = program_.background;
    out.video = program_.video;
    for (const schema::Track& track : program_.tracks) {
      schema::Track part;
      for (size_t i = 0; i < track.clips.size(); ++i) {
        if (seen(track.clips[i])) part.clips.push_back(part_of(track, i));
      }
      if (!part.clips.empty()) out.tracks.push_back(std::move(part));
    }
    add_inputs(program_, inputs_, slice_);
    add_fonts(program_, fonts_, slice_);
    return std::move(slice_);
  }

 private:
  bool seen(const Clip& clip) const {
    return clip.first_frame < segment_.end && clip.end_frame > segment_.first;
  }

  Rational time_of(int64_t frame) const { return Rational(frame) / program_.fps; }

  // Over by the segment's first frame.
  bool over(const Clip& clip) const {
    return clip.start + clip.transition->duration <= time_of(segment_.first);
  }

  Clip part_of(const schema::Track& track, size_t i) {
    Clip clip = track.clips[i];
    // Times from the clip's start, of the first and the last frame that is seen.
    const TimeRange frames = {time_of(std::max(clip.first_frame, segment_.first)) - clip.start,
                              time_of(std::min(clip.end_frame, segment_.end) - 1) - clip.start};
    if (clip.transition && over(clip)) clip.transition.reset();
    const bool crossed = clip.transition.has_value() ||
                         (i + 1 < track.clips.size() && track.clips[i + 1].transition &&
                          seen(track.clips[i + 1]) && !over(track.clips[i + 1]));
    clip.start -= time_of(segment_.first);
    clip.first_frame -= segment_.first;
    clip.end_frame = std::min(clip.end_frame - segment_.first, segment_.frames());
    std::visit([&](auto& content) { trim_content(content, clip, frames); }, clip.content);
    if (clip.transition) clip.transition->luma_input = inputs_(clip.transition->luma_input);
    if (!measured(clip)) rebase(clip, frames, crossed);
    return clip;
  }

  // Pictures and text are prepared once, as large as the whole clip ever shows them. Where that
  // changes over its time, all of it can be seen in every frame.
  static bool measured(const Clip& clip) {
    if (std::holds_alternative<schema::VideoContent>(clip.content) ||
        std::holds_alternative<schema::ColorContent>(clip.content) ||
        std::holds_alternative<schema::GradientContent>(clip.content)) {
      return false;
    }
    const Visual& v = clip.visual;
    return !(v.scale.constant() && v.zoom.constant() && v.crop_width.constant() &&
             v.crop_height.constant());
  }

  void trim_content(schema::ImageContent& image, Clip& clip, const TimeRange& frames) {
    image.input = inputs_(image.input);
    trim_visual(clip, frames);
  }
  void trim_content(schema::VideoContent& video, Clip& clip, const TimeRange& frames) {
    video.input = inputs_(video.input);
    trim_visual(clip, frames);
  }
  void trim_content(schema::ColorContent&, Clip& clip, const TimeRange& frames) {
    trim_visual(clip, frames);
  }
  void trim_content(schema::GradientContent&, Clip& clip, const TimeRange& frames) {
    trim_visual(clip, frames);
  }
  void trim_content(schema::TextContent& text, Clip& clip, const TimeRange& frames) {
    for (int& font : text.fonts) font = fonts_(font);
    trim_visual(clip, frames);
  }
  void trim_content(schema::CaptionsContent& captions, Clip& clip, const TimeRange& frames) {
    if (captions.script) trim_script(captions, frames);
    for (int& font : captions.fonts) font = fonts_(font);
    std::erase_if(captions.groups, [&](const schema::CaptionGroup& group) {
      return group.start > frames.end || group.end <= frames.start;
    });
    trim_visual(clip, frames);
  }

  // Lines that are seen, and those that may have pushed them aside.
  static void trim_script(schema::CaptionsContent& captions, const TimeRange& frames) {
    schema::Script& script = *captions.script;
    const auto clock = [&](const Rational& t) { return ((script.begin + t) * 1000).floor(); };
    const int64_t first = clock(frames.start), last = clock(frames.end);
    const std::vector<schema::Stretch> stretches = schema::stretches(script.lines);
    const auto end_of = [&](const schema::ScriptLine& line) {
      if (line.placed) return line.end_ms;
      const auto after =
          std::ranges::upper_bound(stretches, line.start_ms, {}, &schema::Stretch::start_ms);
      return std::prev(after)->end_ms;
    };
    std::erase_if(script.lines, [&](const schema::ScriptLine& line) {
      return line.start_ms > last || end_of(line) <= first;
    });
    if (!script.lines.empty()) return;
    script = {};
    captions.fonts.clear();
  }

  static void trim_visual(Clip& clip, const TimeRange& frames) {
    const bool whole = measured(clip);
    for_each_curve(clip.visual, [&](Curve& curve, bool sizes) {
      const bool rests = &curve == &clip.visual.opacity;
      if (!(sizes && whole)) trim(curve, frames, rests ? Moves::kMayRest : Moves::kStays);
    });
  }

  // The clip as if it began with the segment and ended with its last frame seen. One that a
  // transition holds to its neighbour keeps its place.
  void rebase(Clip& clip, const TimeRange& frames, bool crossed) {
    const Rational end = std::min(clip.start + clip.duration, time_of(segment_.frames()));
    auto* video = std::get_if<schema::VideoContent>(&clip.content);
    auto* captions = std::get_if<schema::CaptionsContent>(&clip.content);
    const bool clocked = (video != nullptr && video->loop) ||
                         (captions != nullptr && !captions->cues.empty());  // by its own start
    const bool stays = crossed || clocked || clip.first_frame >= 0;
    const Rational passed = stays ? Rational(0) : -clip.start;
    if (!crossed) {
      clip.start += passed;
      clip.duration = end - clip.start;
      clip.first_frame = std::max<int64_t>(clip.first_frame, 0);
    }
    for_each_curve(clip.visual, [&](Curve& curve, bool) { shift(curve, passed); });
    if (video != nullptr) rebase(*video, passed, frames.end - passed);
    if (captions == nullptr) return;
    shift(captions->groups, passed);
    if (captions->script && !captions->script->lines.empty()) shift(*captions->script, passed);
  }

  // `last`: time of the last frame that is seen, from the clip's new start.
  static void rebase(schema::VideoContent& video, const Rational& passed, const Rational& last) {
    if (video.freeze) {
      // Nothing else decides what is seen.
      video.source_start = 0;
      video.source_duration = 1;
      video.speed = 1;
      video.loop = false;
      return;
    }
    if (video.loop) return;
    video.source_start += passed * video.speed;
    video.source_duration -= passed * video.speed;
    const Rational needed = last * video.speed + timeline::kSourceSlack + timeline::kSourceEnd;
    video.source_duration = std::min(video.source_duration, needed);
  }

  const Program& program_;
  Segment segment_;
  Numbering inputs_, fonts_;
  Slice slice_;
};

}  // namespace

Slice slice(const Program& program, const Segment& segment) {
  return Slicer(program, segment).run();
}

bool plays_recordings(const Program& program) {
  const auto plays = [](const Clip& clip) {
    const auto* video = std::get_if<schema::VideoContent>(&clip.content);
    return video != nullptr && !video->freeze;
  };
  return std::ranges::any_of(program.tracks, [&](const schema::Track& track) {
    return std::ranges::any_of(track.clips, plays);
  });
}

Slice sound_slice(const Program& program) {
  Slice out;
  Numbering inputs;
  out.program.fps = program.fps;
  out.program.frames = program.frames;
  out.program.audio = program.audio;
  for (schema::Sound& sound : out.program.audio.sounds) sound.input = inputs(sound.input);
  add_inputs(program, inputs, out);
  return out;
}

}  // namespace rushes::plan
