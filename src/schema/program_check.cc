#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "schema/codecs.h"
#include "schema/formats.h"
#include "schema/limits.h"
#include "schema/program_json.h"

namespace rushes::schema {
namespace {

using base::invalid_argument;
using base::Rational;
using base::Status;

Status wrong(std::string_view what) { return invalid_argument(fmt::format("program: {}", what)); }

#define REQUIRE(condition, what)          \
  do {                                    \
    if (!(condition)) return wrong(what); \
  } while (false)

bool sane_time(const Rational& t) { return t >= 0 && t <= kMaxSeconds; }

bool within(double x, double low, double high) { return x >= low && x <= high; }  // false for NaN

Status check_curve(const Curve& curve, double low, double high) {
  REQUIRE(!curve.keys.empty() && curve.keys.size() <= kMaxKeyframes,
          "a curve has too few or too many keys");
  for (size_t i = 0; i < curve.keys.size(); ++i) {
    const Key& key = curve.keys[i];
    REQUIRE(within(key.value, low, high), "a key's value is out of range");
    REQUIRE(sane_time(key.time), "a key's time is out of range");
    REQUIRE(i == 0 || key.time > curve.keys[i - 1].time, "the keys of a curve are not in order");
    for (const double p : key.easing.p) REQUIRE(within(p, -10, 10), "an easing is out of range");
  }
  return {};
}

Status check_visual(const Visual& v) {
  constexpr double kFar = 1e7;
  for (const Curve* curve : {&v.x, &v.y}) RETURN_IF_ERROR(check_curve(*curve, -kFar, kFar));
  for (const Curve* curve :
       {&v.crop_x, &v.crop_y, &v.crop_width, &v.crop_height, &v.focus_x, &v.focus_y, &v.opacity}) {
    RETURN_IF_ERROR(check_curve(*curve, 0, 1));
  }
  RETURN_IF_ERROR(check_curve(v.scale, 0, 100));
  RETURN_IF_ERROR(check_curve(v.zoom, 1, 100));
  RETURN_IF_ERROR(check_curve(v.rotation, -36000, 36000));
  REQUIRE(within(v.anchor_x, 0, 1) && within(v.anchor_y, 0, 1), "an anchor is out of range");
  REQUIRE(within(v.box_width, 0, kFar) && within(v.box_height, 0, kFar), "a box is out of range");
  REQUIRE(within(v.radius, 0, kFar), "a radius is out of range");
  REQUIRE(!v.border || within(v.border->width, 0, kFar), "a border is out of range");
  REQUIRE(!v.shadow || (within(v.shadow->x, -kFar, kFar) && within(v.shadow->y, -kFar, kFar) &&
                        within(v.shadow->blur, 0, kFar)),
          "a shadow is out of range");
  return {};
}

Status check_gradient(const GradientContent& gradient) {
  REQUIRE(gradient.stops.size() >= 2 && gradient.stops.size() <= 64,
          "a gradient has too few or too many colours");
  REQUIRE(within(gradient.angle, -360, 360), "a gradient's angle is out of range");
  double last = 0;
  for (const GradientContent::Stop& stop : gradient.stops) {
    REQUIRE(within(stop.offset, last, 1), "the offsets of a gradient are not in order");
    last = stop.offset;
  }
  return {};
}

Status check_background(const std::optional<TextStyle::Background>& background) {
  REQUIRE(
      !background || (within(background->padding_x, 0, 1e6) &&
                      within(background->padding_y, 0, 1e6) && within(background->radius, 0, 1e6)),
      "a text background is out of range");
  return {};
}

Status check_style(const TextStyle& style) {
  REQUIRE(style.families.size() <= 16, "a style has too many fonts");
  REQUIRE(style.weight >= 1 && style.weight <= 1000, "a font weight is out of range");
  REQUIRE(within(style.size, 0.01, 1e5), "a font size is out of range");
  REQUIRE(within(style.letter_spacing, -1e6, 1e6) && within(style.line_height, 0.1, 10) &&
              within(style.outline_width, 0, 1e6),
          "a text style is out of range");
  REQUIRE(
      !style.shadow || (within(style.shadow->x, -1e6, 1e6) && within(style.shadow->y, -1e6, 1e6) &&
                        within(style.shadow->blur, 0, 1e6)),
      "a text shadow is out of range");
  if (style.gradient) RETURN_IF_ERROR(check_gradient(*style.gradient));
  return check_background(style.background);
}

class Checker {
 public:
  explicit Checker(const Program& program) : program_(program) {}

  Status run() {
    const Program& p = program_;
    REQUIRE(p.version == 1, "made by another version of the engine");
    REQUIRE(find_container(p.format) != nullptr, "the format is none of ours");
    REQUIRE(p.width >= 2 && p.width <= kMaxSide && p.width % 2 == 0 && p.height >= 2 &&
                p.height <= kMaxSide && p.height % 2 == 0,
            "the size is out of range or odd");
    REQUIRE(p.scale > 0 && p.scale <= 1, "the scale is out of range");
    REQUIRE(p.fps >= 1 && p.fps <= 240, "the frame rate is out of range");
    REQUIRE(p.frames >= 1 && p.duration() <= Rational(kMaxSeconds) + Rational(1),
            "the number of frames is out of range");
    REQUIRE(p.tracks.size() <= kMaxTracks, "too many tracks");
    for (const Input& input : p.inputs) RETURN_IF_ERROR(check(input));
    for (const Font& font : p.fonts) REQUIRE(font.index >= 0, "a font's index is out of range");
    for (const Track& track : p.tracks) RETURN_IF_ERROR(check(track));
    REQUIRE(clips_ <= kMaxClips, "too many clips");
    REQUIRE(words_ <= kMaxWords, "too many words");
    RETURN_IF_ERROR(check(p.audio));
    RETURN_IF_ERROR(check(p.video));
    return check_renditions();
  }

 private:
  Status check_renditions() const {
    REQUIRE(program_.renditions.size() <= kMaxRenditions, "too many renditions");
    std::set<std::string_view> names;
    for (const Rendition& r : program_.renditions) {
      REQUIRE(is_rendition_name(r.name) && names.insert(r.name).second,
              "the name of a rendition is out of order");
      REQUIRE(r.scale > 0 && r.scale <= 1, "the scale of a rendition is out of range");
      REQUIRE(r.video.codec != kNoPicture, "a rendition has no picture");
      RETURN_IF_ERROR(check(r.video));
    }
    return {};
  }

  bool exists(int input) const {
    return input >= 0 && static_cast<size_t>(input) < program_.inputs.size();
  }

  Status check_fonts(const std::vector<int>& fonts) const {
    REQUIRE(fonts.size() <= program_.fonts.size(), "a clip names a font twice");
    for (const int font : fonts) {
      REQUIRE(font >= 0 && static_cast<size_t>(font) < program_.fonts.size(),
              "a font does not exist");
    }
    return {};
  }

  static Status check(const Input& input) {
    REQUIRE(input.width >= 0 && input.height >= 0 && input.stream >= 0, "an input is out of range");
    REQUIRE(!input.duration || *input.duration >= 0, "an input's duration is out of range");
    REQUIRE(std::ranges::is_sorted(input.keyframes), "an input's keyframes are out of order");
    return {};
  }

  Status check(const Track& track) {
    clips_ += track.clips.size();
    const Clip* before = nullptr;
    for (const Clip& clip : track.clips) {
      RETURN_IF_ERROR(check(clip));
      const bool follows = before == nullptr || clip.start >= before->start + before->duration;
      if (clip.transition) {
        REQUIRE(before != nullptr && clip.transition->duration > 0 &&
                    clip.start + clip.transition->duration == before->start + before->duration &&
                    clip.transition->duration <= clip.duration &&
                    clip.transition->duration <= before->duration,
                "a transition does not fit its clips");
      } else {
        REQUIRE(follows, "clips of one track overlap");
      }
      before = &clip;
    }
    return {};
  }

  Status check(const Clip& clip) {
    REQUIRE(sane_time(clip.start) && sane_time(clip.duration), "a clip's time is out of range");
    REQUIRE(clip.first_frame == (clip.start * program_.fps).ceil() &&
                clip.end_frame == std::min(((clip.start + clip.duration) * program_.fps).ceil(),
                                           program_.frames) &&
                clip.first_frame < clip.end_frame,
            "a clip's frames do not match its times");
    if (clip.transition) {
      const Transition& t = *clip.transition;
      REQUIRE(within(t.softness, 0, 1), "a transition's softness is out of range");
      for (const double p : t.easing.p) REQUIRE(within(p, -10, 10), "an easing is out of range");
      REQUIRE(t.kind == TransitionKind::kLuma ? exists(t.luma_input) : t.luma_input == -1,
              "a transition's luma picture does not exist");
    }
    RETURN_IF_ERROR(check_visual(clip.visual));
    return std::visit([&](const auto& content) { return check(content); }, clip.content);
  }

  Status check(const ImageContent& image) {
    REQUIRE(exists(image.input), "an input does not exist");
    return {};
  }
  Status check(const VideoContent& video) {
    REQUIRE(exists(video.input), "an input does not exist");
    RETURN_IF_ERROR(check_source(video.source_start, video.source_duration, video.speed));
    REQUIRE(!video.freeze || sane_time(*video.freeze), "a frozen time is out of range");
    return {};
  }
  static Status check(const ColorContent&) { return {}; }
  static Status check(const GradientContent& gradient) { return check_gradient(gradient); }
  Status check(const TextContent& text) const {
    REQUIRE(text.text.size() <= 100'000, "a text is too long");
    REQUIRE(within(text.min_size, 0.01, 1e5), "a font size is out of range");
    RETURN_IF_ERROR(check_fonts(text.fonts));
    return check_style(text.style);
  }
  static Status check(const Script& script) {
    REQUIRE(script.header.size() <= kMaxScriptBytes && script.lines.size() <= kMaxScriptLines &&
                sane_time(script.begin),
            "a script is out of range");
    for (const ScriptLine& line : script.lines) {
      REQUIRE(line.start_ms >= 0 && line.start_ms < line.end_ms &&
                  line.end_ms <= kMaxScriptMilliseconds && line.style >= 0,
              "a line of a script is out of range");
    }
    return {};
  }

  Status check(const CaptionsContent& captions) {
    if (captions.script) RETURN_IF_ERROR(check(*captions.script));
    REQUIRE(captions.active_families.size() <= 16, "too many fonts");
    REQUIRE(!captions.active_weight ||
                (*captions.active_weight >= 1 && *captions.active_weight <= 1000),
            "a font weight is out of range");
    REQUIRE(within(captions.active_scale, 0.1, 5) && captions.max_words >= 0 &&
                captions.max_words <= 1000 && captions.max_lines >= 1 && captions.max_lines <= 20 &&
                within(captions.max_width, 0, 1e7) && sane_time(captions.max_gap),
            "the limits of captions are out of range");
    for (const Cue& cue : captions.cues) {
      REQUIRE(sane_time(cue.start) && sane_time(cue.end) && cue.start <= cue.end,
              "a caption's time is out of range");
      words_ += cue.words.size() + 1;
      for (const Word& word : cue.words) {
        REQUIRE(sane_time(word.start) && sane_time(word.end) && word.start <= word.end,
                "a word's time is out of range");
      }
    }
    for (const CaptionGroup& group : captions.groups) {
      REQUIRE(sane_time(group.start) && sane_time(group.end) && group.start <= group.end,
              "a caption's time is out of range");
      words_ += group.words.size() + 1;
      const auto count = static_cast<int>(group.words.size());
      REQUIRE(count > 0 && !group.line_starts.empty() && group.line_starts.front() == 0,
              "a caption has no words or no line");
      for (size_t i = 0; i < group.line_starts.size(); ++i) {
        REQUIRE(group.line_starts[i] < count &&
                    (i == 0 || group.line_starts[i] > group.line_starts[i - 1]),
                "the lines of a caption are not in order");
      }
      for (const CaptionWord& word : group.words) {
        REQUIRE(sane_time(word.start) && sane_time(word.end) && word.start <= word.end &&
                    !word.text.empty(),
                "a word's time is out of range");
      }
    }
    REQUIRE(captions.grouped ? captions.cues.empty() : captions.groups.empty(),
            "captions are both grouped and not");
    REQUIRE(!captions.script || (captions.cues.empty() && !captions.grouped),
            "captions are both a script and not");
    RETURN_IF_ERROR(check_fonts(captions.fonts));
    RETURN_IF_ERROR(check_background(captions.active_background));
    return check_style(captions.style);
  }

  static Status check_source(const Rational& start, const Rational& duration,
                             const Rational& speed) {
    REQUIRE(sane_time(start) && duration > 0 && duration <= kMaxSeconds,
            "a part of a source is out of range");
    REQUIRE(speed >= Rational(1, 10) && speed <= 100, "a speed is out of range");
    return {};
  }

  Status check(const AudioMix& audio) {
    REQUIRE(audio.sounds.size() <= kMaxClips && audio.ducks.size() <= kMaxClips, "too many sounds");
    for (const Sound& sound : audio.sounds) {
      REQUIRE(exists(sound.input), "an input does not exist");
      REQUIRE(sane_time(sound.start) && sane_time(sound.duration) && sound.duration > 0,
              "a sound's time is out of range");
      RETURN_IF_ERROR(check_source(sound.source_start, sound.source_duration, sound.speed));
      RETURN_IF_ERROR(check_curve(sound.volume, 0, 1000));
      RETURN_IF_ERROR(check_curve(sound.pan, -1, 1));
      for (const Rational* fade :
           {&sound.fade_in, &sound.fade_out, &sound.cross_in, &sound.cross_out}) {
        REQUIRE(*fade >= 0 && *fade <= sound.duration, "a fade is out of range");
      }
    }
    for (const Duck& duck : audio.ducks) {
      REQUIRE(within(duck.by_db, -120, 0) && duck.attack > 0 && duck.attack <= 10 &&
                  duck.release > 0 && duck.release <= 10,
              "a duck is out of range");
    }
    REQUIRE(!audio.loudness || (within(audio.loudness->target_lufs, -70, -5) &&
                                within(audio.loudness->true_peak_db, -20, 0)),
            "the loudness is out of range");
    REQUIRE(find_audio_codec(audio.codec) != nullptr, "the audio codec is none of ours");
    REQUIRE(audio.sample_rate >= 8000 && audio.sample_rate <= 192'000 && audio.channels >= 1 &&
                audio.channels <= 2 && audio.bitrate >= 8000 && audio.bitrate <= 1'000'000'000,
            "the audio settings are out of range");
    return {};
  }

  static Status check(const VideoEncoding& video) {
    if (video.codec == kNoPicture) return {};
    const VideoCodec* codec = find_video_codec(video.codec, video.device);
    REQUIRE(codec != nullptr, "the video codec is none of ours, or not of that device");
    REQUIRE(codec->speed(video.preset) != nullptr, "the encoder has no such preset");
    REQUIRE(within(video.crf, codec->best_crf, codec->worst_crf), "the quality is out of range");
    REQUIRE(!codec->whole_crf || video.crf == std::floor(video.crf),
            "the quality is no whole number");
    REQUIRE((codec->lossless || !video.lossless) && (codec->has_crf || !video.maxrate),
            "the encoder can be neither lossless nor kept to a rate");
    REQUIRE(codec->has_crf || !video.bitrate, "the encoder cannot aim at a size");
    REQUIRE(!video.bitrate || (*video.bitrate >= 8000 && *video.bitrate <= 1'000'000'000),
            "the bit rate is out of range");
    REQUIRE(!video.target_ssim || (codec->has_crf && within(*video.target_ssim, 0, 1)),
            "the likeness asked for is out of range");
    REQUIRE(video.maxrate.has_value() == video.bufsize.has_value() &&
                !(video.maxrate && video.lossless),
            "the decoder's buffer has no size or no rate");
    REQUIRE(!video.maxrate ||
                (*video.maxrate >= 8000 && *video.maxrate <= 1'000'000'000 &&
                 *video.bufsize >= *video.maxrate / 4 && *video.bufsize <= *video.maxrate * 60),
            "the decoder's buffer is out of range");
    REQUIRE(video.gop_frames >= codec->least_gop && video.gop_frames <= 1000,
            "the keyframe distance is out of range");
    REQUIRE(video.threads >= 1 && video.threads <= codec->most_threads,
            "the encoder's threads are out of range");
    return {};
  }

  const Program& program_;
  size_t clips_ = 0;
  size_t words_ = 0;
};

#undef REQUIRE

}  // namespace

Status check_program(const Program& program) { return Checker(program).run(); }

}  // namespace rushes::schema
