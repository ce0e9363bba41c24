#include "transcode_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/uri.h"
#include "time_text.h"

namespace rushes::app {
namespace {

using base::Rational;
using nlohmann::json;

constexpr int64_t kMostFps = 240;
// Of a recording of sound alone, so that its length is exact to a hundredth of a second.
constexpr int64_t kSoundFps = 100;
constexpr int64_t kNano = 1'000'000'000;

// What the probe says of a steady rate (media/probe.h).
struct Pace {
  Rational fps;
  int64_t pictures = 0, left_out = 0, repeated = 0;
};

struct Picture {
  int64_t width = 0, height = 0;
  Rational fps;             // on average, if it varies
  std::vector<Pace> paces;  // then
  Rational duration;
  bool is_sound = false;  // and there is no picture
};

std::string name_of(const RecordedChapter& chapter) {
  const std::filesystem::path shown = base::shown_uri(chapter.path);
  return "\"" + shown.filename().string() + "\"";
}

base::Result<std::vector<Pace>> paces_of(const json& stream) {
  std::vector<Pace> out;
  for (const json& pace : stream.value("paces", json::array())) {
    ASSIGN_OR_RETURN(const Rational fps, Rational::parse(pace.value("fps", "0")));
    out.push_back({.fps = fps,
                   .pictures = pace.value("pictures", int64_t{0}),
                   .left_out = pace.value("left_out", int64_t{0}),
                   .repeated = pace.value("repeated", int64_t{0})});
  }
  return out;
}

base::Result<Rational> duration_of(const json& stream, const json& info) {
  return Rational::parse(stream.value("duration", info.value("duration", "0")));
}

// `hears`: its sound is all that is wanted.
base::Result<Picture> picture_of(const json& info, bool hears) {
  if (info.value("still", false)) return base::unsupported("is a still");
  bool has_sound = false;
  for (const json& stream : info.value("streams", json::array())) {
    has_sound = has_sound || stream.value("kind", "") == "audio";
    if (stream.value("kind", "") != "video" || stream.value("attached_picture", false)) continue;
    Picture out;
    out.width = stream.value("display_width", 0);
    out.height = stream.value("display_height", 0);
    ASSIGN_OR_RETURN(out.paces, paces_of(stream));
    ASSIGN_OR_RETURN(out.fps, Rational::parse(stream.value("frame_rate", "0")));
    ASSIGN_OR_RETURN(out.duration, duration_of(stream, info));
    if (out.width > 0 && out.height > 0) return out;
  }
  if (!has_sound) return base::unsupported("has neither a picture that moves nor sound");
  if (!hears) {
    return base::unsupported("has no picture that moves; --preset audio-only takes its sound");
  }
  Picture out{.fps = kSoundFps, .duration = {}, .is_sound = true};
  ASSIGN_OR_RETURN(out.duration, duration_of(json::object(), info));
  return out;
}

int64_t frames_of(const Picture& picture, const Rational& fps) {
  const int64_t frames = (picture.duration * fps).round();
  return fps > 0 ? std::max<int64_t>(frames, 1) : 0;
}

// Averages of varying rates differ.
bool is_alike(const Picture& a, const Picture& b) {
  const bool vary = !a.paces.empty() && !b.paces.empty();
  return a.width == b.width && a.height == b.height && (vary || a.fps == b.fps);
}

base::Result<std::vector<Picture>> pictures_of(const json& preset,
                                               const std::vector<RecordedChapter>& chapters) {
  const bool hears = preset.value("video", json()) == false;
  std::vector<Picture> pictures;
  for (const RecordedChapter& chapter : chapters) {
    auto found = picture_of(chapter.info, hears);
    if (!found.ok() && chapters.size() > 1) return std::move(found).error().in(name_of(chapter));
    ASSIGN_OR_RETURN(const Picture picture, std::move(found));
    if (!pictures.empty() && !is_alike(picture, pictures[0])) {
      return base::invalid_argument(
          fmt::format("{} is {}x{} at {} fps, and the first chapter {}x{} at {}", name_of(chapter),
                      picture.width, picture.height, picture.fps.to_string(), pictures[0].width,
                      pictures[0].height, pictures[0].fps.to_string()));
    }
    pictures.push_back(picture);
  }
  return pictures;
}

// Of all chapters together, at each rate; empty: none of them varies.
std::vector<Pace> sum_of_paces(const std::vector<Picture>& pictures) {
  std::vector<Pace> sum;
  for (const Picture& picture : pictures) {
    if (sum.empty()) {
      sum = picture.paces;
      continue;
    }
    for (size_t i = 0; i < std::min(sum.size(), picture.paces.size()); ++i) {
      sum[i].pictures += picture.paces[i].pictures;
      sum[i].left_out += picture.paces[i].left_out;
      sum[i].repeated += picture.paces[i].repeated;
    }
  }
  return sum;
}

// The lowest rate that shows 99 of 100 pictures that any would show; of 30 and 30000/1001 and the
// like, the one that shows more of them, or else repeats fewer.
const Pace& best_pace(const std::vector<Pace>& paces) {
  const int64_t least = std::ranges::min_element(paces, {}, &Pace::left_out)->left_out;
  const int64_t enough = least + paces[0].pictures / 100;
  auto best =
      std::ranges::find_if(paces, [&](const Pace& pace) { return pace.left_out <= enough; });
  const Rational near = best->fps * Rational(1002, 1000);
  for (auto other = best; other != paces.end() && other->fps <= near; ++other) {
    if (std::pair(other->left_out, other->repeated) <= std::pair(best->left_out, best->repeated)) {
      best = other;
    }
  }
  return *best;
}

// Of a recording, and what it is delivered at.
struct Rates {
  Rational recorded;  // that its frames are counted by; 0: not known
  Rational delivered;
  std::string warning;
};

base::Result<Rates> choose_rates(const json& preset, const std::vector<Picture>& pictures) {
  Rates out{.recorded = pictures.at(0).fps, .delivered = {}, .warning = {}};
  const std::vector<Pace> paces = sum_of_paces(pictures);
  const Pace* pace = paces.empty() ? nullptr : &best_pace(paces);
  if (pace != nullptr) out.recorded = pace->fps;
  Rational most = kMostFps;
  if (preset.contains("max_fps")) {
    ASSIGN_OR_RETURN(most, Rational::parse(preset["max_fps"].dump()));
  }
  const Rational fps = out.recorded > 0 ? out.recorded : Rational(30);
  const int64_t each = std::max<int64_t>((fps / most).ceil(), 1);
  out.delivered = fps / each;
  if (out.recorded <= 0) {
    out.warning = fmt::format("the frame rate is not known: delivered at {} frames a second",
                              out.delivered.to_string());
  } else if (pace != nullptr) {
    out.warning = fmt::format(
        "frames come at varying times, {:.3f} a second on average: delivered at {} a second",
        pictures[0].fps.to_double(), out.delivered.to_string());
    out.warning += each > 1 ? fmt::format(", one in {} of {}, as \"max_fps\" is {}", each,
                                          fps.to_string(), most.to_string())
                            : fmt::format("; of {} pictures {} are left out, {} repeated",
                                          pace->pictures, pace->left_out, pace->repeated);
  }
  return out;
}

int64_t even(const Rational& length) { return std::max<int64_t>(2 * (length / 2).round(), 16); }

// Of what is reduced to `lines`; sides of H.264 are even.
std::string reduced_size(const Picture& picture, const json& lines) {
  Rational scale = 1;
  const int64_t side = std::min(picture.width, picture.height);
  if (lines.is_number() && lines.get<int64_t>() < side)
    scale = Rational(lines.get<int64_t>(), side);
  return fmt::format("{}x{}", even(scale * picture.width), even(scale * picture.height));
}

// Times of a timeline are decimals of nine digits: a clip begins at a frame or just after it was
// shown, and ends before the next is.
Rational ceiled(const Rational& t) { return Rational((t * kNano).ceil(), kNano); }
Rational floored(const Rational& t) { return Rational((t * kNano).floor(), kNano); }

base::Result<int64_t> frame_of(const RecordedTime& time, const Rational& fps,
                               const RecordedChapter& first) {
  if (time.seconds) return (*time.seconds * fps).floor();
  if (!time.clock) return time.frame;
  const auto made = parse_time(first.info.value("creation_time", ""), "");
  if (!made.ok() || !made->contains("clock")) {
    return base::invalid_argument("does not say when it was recorded");
  }
  ASSIGN_OR_RETURN(const Rational began, Rational::parse((*made)["clock"].get<std::string>()));
  return std::max<int64_t>(((*time.clock - began) * fps).floor(), 0);
}

// [from, to) of a recording of so many frames; may end after it.
base::Result<std::pair<int64_t, int64_t>> frames_within(const TranscodeSpan& span,
                                                        const Rational& fps, int64_t frames,
                                                        const RecordedChapter& first) {
  std::pair<int64_t, int64_t> range = {0, frames};
  if (span.from) {
    ASSIGN_OR_RETURN(range.first, frame_of(*span.from, fps, first));
  }
  if (span.to) {
    ASSIGN_OR_RETURN(range.second, frame_of(*span.to, fps, first));
  }
  return range;
}

std::string variable_of(size_t chapter) { return "chapter" + std::to_string(chapter); }

// Frames of a chapter.
struct Stretch {
  int64_t start = 0, end = 0, of = 0;
  Rational fps;
};

// Without `fit` a sound.
json clip_of(size_t chapter, const Stretch& shown, const std::string& fit) {
  json clip = {{fit.empty() ? "audio" : "video", "{{" + variable_of(chapter) + "}}"}};
  if (!fit.empty()) clip["fit"] = fit;
  const bool begins_later = shown.start > 0;
  if (begins_later) clip["trim"]["start"] = ceiled(Rational(shown.start) / shown.fps).to_double();
  if (begins_later || shown.end < shown.of) {
    const Rational length =
        floored(Rational(shown.end) / shown.fps) - ceiled(Rational(shown.start) / shown.fps);
    clip["duration"] = length.to_double();
  }
  return clip;
}

json output_of(const json& preset, const Picture& first, const Rational& fps) {
  json output = {{"fps", fps.to_string()}};
  output["size"] = preset.contains("size") ? preset["size"].get<std::string>()
                                           : reduced_size(first, preset.value("lines", json()));
  for (const char* key : {"format", "video", "renditions", "audio", "loudness"}) {
    if (preset.contains(key)) output[key] = preset[key];
  }
  // Recordings have segments enough to fill the cores.
  if (!output.contains("video")) output["video"] = json::object();
  if (output["video"].is_object()) output["video"].emplace("threads", 1);
  return output;
}

}  // namespace

base::Result<TranscodeTimeline> transcode_timeline(const json& preset,
                                                   const std::vector<RecordedChapter>& chapters,
                                                   const TranscodeSpan& span) {
  TranscodeTimeline out;
  ASSIGN_OR_RETURN(const std::vector<Picture> pictures, pictures_of(preset, chapters));
  const Picture& first = pictures.at(0);
  ASSIGN_OR_RETURN(const Rates rates, choose_rates(preset, pictures));
  if (!rates.warning.empty()) out.warnings.push_back(rates.warning);
  for (const Picture& picture : pictures) out.frames += frames_of(picture, rates.recorded);
  const int64_t frames = out.frames;

  json& document = out.document;
  document = {{"version", 1}, {"variables", json::object()}, {"tracks", {json::array()}}};
  document["output"] = output_of(preset, first, rates.delivered);
  // By "lines" the shape is the picture's, to less than a pixel.
  std::string fit = preset.contains("size") ? preset.value("fit", "contain") : "fill";
  if (first.is_sound) fit.clear();

  // In frames of the recording, since these are what is to be cut between.
  const bool cuts = span.from || span.to;
  if (cuts && rates.recorded <= 0) {
    return base::unsupported("a recording of no frame rate is not cut");
  }
  const auto by_frame = [](const auto& time) { return time && !time->seconds && !time->clock; };
  if (first.is_sound && (by_frame(span.from) || by_frame(span.to))) {
    return base::invalid_argument("has no frames to count: --from and --to want times");
  }
  ASSIGN_OR_RETURN(const auto range, frames_within(span, rates.recorded, frames, chapters[0]));
  const int64_t from = range.first, to = std::min(range.second, frames);
  if (cuts && (from < 0 || from >= to)) {
    return base::invalid_argument(
        fmt::format("nothing lies between --from and --to: the recording has {} frames, {:.3f} s",
                    frames, (Rational(frames) / rates.recorded).to_double()));
  }
  if (range.second > to) out.missed = Rational(range.second - to) / rates.recorded;
  if (from > 0) out.begins = Rational(from) / rates.recorded;
  out.seconds = Rational(to - from) / (rates.recorded > 0 ? rates.recorded : rates.delivered);
  int64_t begins = 0;
  for (size_t i = 0; i < chapters.size(); ++i) {
    const int64_t length = frames_of(pictures[i], rates.recorded);
    const Stretch shown{.start = std::max(from - begins, int64_t{0}),
                        .end = std::min(to - begins, length),
                        .of = length,
                        .fps = rates.recorded};
    begins += length;
    if (cuts && shown.start >= shown.end) continue;
    document["variables"][variable_of(i)] = chapters[i].path;
    document["tracks"][0].push_back(clip_of(i, shown, fit));
  }
  return out;
}

}  // namespace rushes::app
