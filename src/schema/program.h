#pragma once

// A program: a timeline after everything that depends on the world has been settled. Sources are
// numbered inputs with content hashes, times are exact, percentages are pixels, "auto" is a number.
// A picture at frame n, and a sample at time t, follow from the program and its inputs alone.
//
// Units: times in seconds from the start of the output unless said otherwise; lengths in output
// pixels, x to the right and y down from the top left corner; angles in degrees, clockwise;
// fractions from 0 to 1. Doubles are values on which only + - * / and sqrt are used (exact_math.h).

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/rational.h"

namespace rushes::schema {

using base::Rational;

struct Color {
  uint8_t r = 0, g = 0, b = 0, a = 255;  // sRGB, not premultiplied
  friend bool operator==(const Color&, const Color&) = default;
};

// Named easings are listed in timeline/easing.h; "cubic-bezier" uses p; "hold" jumps at its end.
struct Easing {
  std::string name = "linear";
  double p[4] = {0, 0, 1, 1};
  friend bool operator==(const Easing&, const Easing&) = default;
};

struct Key {
  Rational time;  // since the start of the clip
  double value = 0;
  Easing easing;  // of the way from the key before to this one
  friend bool operator==(const Key&, const Key&) = default;
};

// A value over a clip's time: before the first key its value, after the last key its value.
struct Curve {
  std::vector<Key> keys;  // at least one; times strictly increasing
  Curve() = default;
  Curve(double constant) : keys{{Rational(0), constant, {}}} {}  // NOLINT: implicit on purpose
  bool constant() const { return keys.size() < 2; }
  friend bool operator==(const Curve&, const Curve&) = default;
};

enum class Fit : uint8_t { kCover, kContain, kFill, kBlur };  // kBlur: contain over a blurred copy

struct Border {
  double width = 0;  // drawn inside the box
  Color color;
  friend bool operator==(const Border&, const Border&) = default;
};

struct Shadow {
  double x = 0, y = 0, blur = 0;  // blur: standard deviation is half of it, as in CSS
  Color color{0, 0, 0, 128};
  friend bool operator==(const Shadow&, const Shadow&) = default;
};

// Where a picture stands and what of it is seen. Order: crop the source; fit it into the box; zoom
// within the box about `focus`; scale and rotate the box about its anchor; put the anchor at (x,
// y).
struct Visual {
  Curve x, y;
  double anchor_x = 0.5, anchor_y = 0.5;  // fractions of the box
  double box_width = 0, box_height = 0;   // before `scale`
  Fit fit = Fit::kCover;
  Curve scale = 1, rotation = 0, opacity = 1;
  // Fractions of the (upright) source picture that are left.
  Curve crop_x = 0, crop_y = 0, crop_width = 1, crop_height = 1;
  Curve zoom = 1, focus_x = 0.5, focus_y = 0.5;  // focus: fractions of the box
  double radius = 0;
  std::optional<Border> border;
  std::optional<Shadow> shadow;
  friend bool operator==(const Visual&, const Visual&) = default;
};

enum class TransitionKind : uint8_t {
  kFade,
  kDip,
  kFlash,
  kWipe,
  kSlide,
  kPush,
  kZoom,
  kCircle,
  kLuma
};
enum class Direction : uint8_t { kLeft, kRight, kUp, kDown };  // the way the picture moves

// From the clip before on the same track into the clip that carries it. It lasts from the start of
// the second clip to the end of the first.
struct Transition {
  TransitionKind kind = TransitionKind::kFade;
  Rational duration;
  Easing easing;
  Direction direction = Direction::kLeft;
  Color color{0, 0, 0, 255};  // kDip; kFlash
  int luma_input = -1;        // kLuma: dark places change first
  double softness = 0.1;      // kWipe, kCircle, kLuma: width of the soft edge, fraction
  friend bool operator==(const Transition&, const Transition&) = default;
};

struct ImageContent {
  int input = -1;
  friend bool operator==(const ImageContent&, const ImageContent&) = default;
};

struct VideoContent {
  int input = -1;
  Rational source_start;     // of the part that is shown, in the source's time from its first frame
  Rational source_duration;  // > 0
  Rational speed = 1;        // source seconds per output second
  bool loop = false;
  std::optional<Rational> freeze;  // this source time throughout
  friend bool operator==(const VideoContent&, const VideoContent&) = default;
};

struct ColorContent {
  Color color;
  friend bool operator==(const ColorContent&, const ColorContent&) = default;
};

struct GradientContent {
  struct Stop {
    double offset = 0;
    Color color;
    friend bool operator==(const Stop&, const Stop&) = default;
  };
  bool radial = false;
  double angle = 180;  // linear, as in CSS: 0 upwards, 90 to the right
  std::vector<Stop> stops;
  friend bool operator==(const GradientContent&, const GradientContent&) = default;
};

enum class Align : uint8_t { kLeft, kCenter, kRight, kJustify };
enum class VerticalAlign : uint8_t { kTop, kMiddle, kBottom };

struct TextStyle {
  std::vector<std::string> families;  // first wanted first
  int weight = 400;                   // 100 to 1000
  bool italic = false;
  double size = 64;  // font size in pixels
  Color color{255, 255, 255, 255};
  std::optional<GradientContent> gradient;  // fill, over the height of the text
  double letter_spacing = 0;                // pixels
  double line_height = 1.2;                 // times the font size
  double outline_width = 0;                 // outside the glyph
  Color outline_color{0, 0, 0, 255};
  std::optional<Shadow> shadow;
  struct Background {
    Color color{0, 0, 0, 160};
    double padding_x = 0, padding_y = 0, radius = 0;
    friend bool operator==(const Background&, const Background&) = default;
  };
  std::optional<Background> background;
  friend bool operator==(const TextStyle&, const TextStyle&) = default;
};

struct TextContent {
  std::string text;
  TextStyle style;
  Align align = Align::kCenter;
  VerticalAlign valign = VerticalAlign::kMiddle;
  bool wrap = true;
  bool fit_box = false;  // the largest size up to style.size at which the text fits the box
  double min_size = 8;
  std::vector<int> fonts;  // of the program's, those that it may use: text/font_set.h
  friend bool operator==(const TextContent&, const TextContent&) = default;
};

struct Word {
  std::string text;
  Rational start, end;  // since the start of the clip
  friend bool operator==(const Word&, const Word&) = default;
};

struct Cue {
  Rational start, end;      // since the start of the clip
  std::string text;         // plain, lines split by \n
  std::vector<Word> words;  // when word times are known
  friend bool operator==(const Cue&, const Cue&) = default;
};

struct CaptionWord {
  std::string text;
  Rational start, end;        // since the start of the clip
  bool space_before = false;  // within a line
  friend bool operator==(const CaptionWord&, const CaptionWord&) = default;
};

// Words that are on screen together, in lines.
struct CaptionGroup {
  Rational start, end;
  std::vector<CaptionWord> words;
  std::vector<int> line_starts;  // indices of words; the first is 0
  friend bool operator==(const CaptionGroup&, const CaptionGroup&) = default;
};

enum class CaptionEffect : uint8_t {
  kPlain,
  kKaraoke,
  kHighlight,
  kPop,
  kBounce,
  kTypewriter,
  kFade
};

// A line of an .ass script, as libass reads it.
struct ScriptLine {
  int64_t start_ms = 0, end_ms = 0;  // of the script's clock; the start is not before 0
  int layer = 0;
  int style = 0;  // number among those of the header, as libass counts
  int margin_left = 0, margin_right = 0, margin_vertical = 0;
  bool placed = false;  // has a place of its own, so that it pushes no other line aside
  std::string effect, text;
  friend bool operator==(const ScriptLine&, const ScriptLine&) = default;
};

// An .ass script, drawn by libass with its own styling.
struct Script {
  std::string header;             // all but the lines, as text
  std::vector<ScriptLine> lines;  // in the script's order; all last longer than nothing
  Rational begin;                 // of the clip, by the script's clock
  friend bool operator==(const Script&, const Script&) = default;
};

struct CaptionsContent {
  std::optional<Script> script;  // .ass; `cues` is empty
  std::vector<Cue> cues;         // otherwise; a list of words is one cue that holds them all
  // What becomes of the cues once the fonts are known: which words are seen together depends on all
  // of them and on their widths. Then `cues` is empty.
  bool grouped = false;
  std::vector<CaptionGroup> groups;  // by start
  CaptionEffect effect = CaptionEffect::kPlain;
  TextStyle style;
  // What differs in the active word.
  std::optional<Color> active_color, active_outline_color;
  std::optional<TextStyle::Background> active_background;
  std::vector<std::string> active_families;
  std::optional<int> active_weight;
  double active_scale = 1;
  // Grouping of words into what is shown at once.
  int max_words = 0;  // 0: no limit
  int max_lines = 2;
  double max_width = 0;    // pixels; wrapping
  Rational max_gap{1, 2};  // a longer pause starts a new group
  bool uppercase = false;
  Align align = Align::kCenter;
  VerticalAlign valign = VerticalAlign::kBottom;  // within the box, which is the safe area
  std::vector<int> fonts;                         // as in TextContent
  friend bool operator==(const CaptionsContent&, const CaptionsContent&) = default;
};

using Content = std::variant<ImageContent, VideoContent, ColorContent, GradientContent, TextContent,
                             CaptionsContent>;

struct Clip {
  std::string id;       // may be empty
  std::string pointer;  // JSON pointer of its place in the timeline, for messages
  Rational start, duration;
  // Frames n with start <= n / fps < start + duration, of those that the output has: a clip that
  // reaches past the end keeps its times, so that its motion is what it was.
  int64_t first_frame = 0, end_frame = 0;
  Content content;
  Visual visual;
  std::optional<Transition> transition;  // from the clip before
  friend bool operator==(const Clip&, const Clip&) = default;
};

struct Track {
  std::vector<Clip> clips;  // by start; only neighbours with a transition overlap
  friend bool operator==(const Track&, const Track&) = default;
};

// One stretch of sound: of an audio clip or of a video clip.
struct Sound {
  int input = -1;
  std::string id, role, pointer;
  Rational start, duration;
  Rational source_start, source_duration;  // as in VideoContent
  Rational speed = 1;                      // pitch is kept
  bool loop = false;
  Curve volume = 1;  // factor on the amplitude
  Curve pan = 0;     // -1 left to 1 right
  Rational fade_in, fade_out;
  // Equal-power cross-fades that a transition makes at either end.
  Rational cross_in, cross_out;
  friend bool operator==(const Sound&, const Sound&) = default;
};

// While any sound whose role or id is `under` is heard, those whose role or id is `target` go down.
struct Duck {
  std::string target, under;
  double by_db = -12;
  Rational attack{1, 10}, release{1, 2};
  friend bool operator==(const Duck&, const Duck&) = default;
};

struct Loudness {
  double target_lufs = -14;
  double true_peak_db = -1;
  friend bool operator==(const Loudness&, const Loudness&) = default;
};

struct AudioMix {
  std::vector<Sound> sounds;  // may be empty: then there is no audio track
  std::vector<Duck> ducks;
  std::optional<Loudness> loudness;
  int sample_rate = 48000;
  int channels = 2;
  std::string codec = "aac";
  int64_t bitrate = 192000;
  friend bool operator==(const AudioMix&, const AudioMix&) = default;
};

struct VideoEncoding {
  std::string codec = "h264";  // of codecs.h
  // Hardware that encodes it, of codecs.h, and its driver by name and version: what others make is
  // not mixed with it. Empty: software. "auto" until it is settled, before anything is rendered.
  std::string device, driver;
  std::string preset = "veryfast";
  double crf = 21;
  std::optional<int64_t> bitrate;  // instead of crf
  // Instead of crf: what each segment comes to at least (plan/quality.h).
  std::optional<double> target_ssim;
  // A decoder that is fed at `maxrate` bits a second into a buffer of `bufsize` bits never waits
  // (plan/buffer.h). Both or none.
  std::optional<int64_t> maxrate, bufsize;
  bool lossless = false;  // for tests and masters
  int gop_frames = 250;
  int threads = 3;  // of each segment's encoder: its bytes depend on it
  friend bool operator==(const VideoEncoding&, const VideoEncoding&) = default;
};

// The same video in another size, encoded for itself: a rung of an HLS ladder.
struct Rendition {
  std::string name;    // small letters, digits and "-"; no two alike
  Rational scale = 1;  // in place of the program's
  VideoEncoding video;
  friend bool operator==(const Rendition&, const Rendition&) = default;
};

// A file that the program reads.
struct Input {
  std::string src;  // as written in the timeline
  uint64_t size = 0;
  std::string hash;  // XXH3-128 of the content, 32 hex digits
  int stream = 0;    // ordinal among streams of its kind
  // What compiling found; fixed from then on.
  int width = 0, height = 0;  // upright, square pixels
  std::optional<Rational> duration;
  // Of a video, seconds from its first frame: where decoding can begin. Not all, and empty where
  // that is not known or is everywhere. Says only where cutting is cheap (plan/cut.h).
  std::vector<Rational> keyframes;
  friend bool operator==(const Input&, const Input&) = default;
};

// A font file that text may use; workers see these alone, and a clip those that it names.
struct Font {
  std::string family;  // first family name in the file
  std::string hash;
  uint64_t size = 0;
  std::string path;  // where the compiler found it
  int index = 0;
  friend bool operator==(const Font&, const Font&) = default;
};

struct Program {
  int version = 1;
  std::string format = "mp4";  // of the file: a container of codecs.h
  int width = 0, height = 0;   // even; what lengths are measured in
  Rational scale = 1;          // of what is drawn and encoded; below 1 for a preview
  int canvas_width() const { return scaled(width, scale); }
  int canvas_height() const { return scaled(height, scale); }
  // A side of the canvas at some scale: even.
  static int scaled(int length, const Rational& scale) {
    const int64_t half = (Rational(length) * scale / 2).round();
    return static_cast<int>(half < 1 ? 2 : 2 * half);
  }
  Rational fps = 30;
  int64_t frames = 0;
  Rational duration() const { return Rational(frames) / fps; }
  Color background;
  std::vector<Input> inputs;
  std::vector<Font> fonts;
  std::vector<Track> tracks;  // later ones are drawn over earlier ones
  AudioMix audio;
  VideoEncoding video;
  std::vector<Rendition> renditions;  // beside it; a slice has none
  friend bool operator==(const Program&, const Program&) = default;
};

}  // namespace rushes::schema
