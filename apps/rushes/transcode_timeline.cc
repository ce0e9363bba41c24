#include "transcode_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/uri.h"
#include "time_text.h"

namespace rushes::app {
namespace {

using base::Rational;
using nlohmann::json;

constexpr int64_t kMostFps = 240;
constexpr int64_t kNano = 1'000'000'000;

struct Picture {
  int64_t width = 0, height = 0;
  Rational fps;
  bool varies = false;
  int64_t frames = 0;
};

std::string name_of(const RecordedChapter& chapter) {
  const std::filesystem::path shown = base::shown_uri(chapter.path);
  return "\"" + shown.filename().string() + "\"";
}

base::Result<Picture> picture_of(const RecordedChapter& chapter) {
  if (chapter.info.value("still", false))
    return base::unsupported(name_of(chapter) + " is a still");
  for (const json& stream : chapter.info.value("streams", json::array())) {
    if (stream.value("kind", "") != "video" || stream.value("attached_picture", false)) continue;
    Picture out;
    out.width = stream.value("display_width", 0);
    out.height = stream.value("display_height", 0);
    out.varies = stream.value("variable_frame_rate", false);
    ASSIGN_OR_RETURN(out.fps, Rational::parse(stream.value("frame_rate", "0")));
    ASSIGN_OR_RETURN(
        const Rational duration,
        Rational::parse(stream.value("duration", chapter.info.value("duration", "0"))));
    out.frames = (duration * out.fps).round();
    if (out.fps > 0 && out.frames == 0) out.frames = 1;
    if (out.width > 0 && out.height > 0) return out;
  }
  return base::unsupported(name_of(chapter) + " has no picture that moves");
}

// Rates that things are recorded and shown at.
Rational nearest_rate(const Rational& fps) {
  static const std::array kRates = {
      Rational(24000, 1001), Rational(24), Rational(25),          Rational(30000, 1001),
      Rational(30),          Rational(48), Rational(50),          Rational(60000, 1001),
      Rational(60),          Rational(90), Rational(100),         Rational(120000, 1001),
      Rational(120),         Rational(15), Rational(15000, 1001), Rational(240)};
  const auto off = [&](const Rational& rate) { return rate > fps ? rate - fps : fps - rate; };
  return *std::ranges::min_element(kRates, {}, off);
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
    return base::invalid_argument(name_of(first) + " does not say when it was recorded");
  }
  ASSIGN_OR_RETURN(const Rational began, Rational::parse((*made)["clock"].get<std::string>()));
  return std::max<int64_t>(((*time.clock - began) * fps).floor(), 0);
}

// [from, to) of a recording of so many frames.
base::Result<std::pair<int64_t, int64_t>> frames_within(const TranscodeSpan& span,
                                                        const Rational& fps, int64_t frames,
                                                        const RecordedChapter& first) {
  std::pair<int64_t, int64_t> range = {0, frames};
  if (span.from) {
    ASSIGN_OR_RETURN(range.first, frame_of(*span.from, fps, first));
  }
  if (span.to) {
    ASSIGN_OR_RETURN(range.second, frame_of(*span.to, fps, first));
    range.second = std::min(range.second, frames);
  }
  return range;
}

}  // namespace

base::Result<TranscodeTimeline> transcode_timeline(const json& preset,
                                                   const std::vector<RecordedChapter>& chapters,
                                                   const TranscodeSpan& span) {
  TranscodeTimeline out;
  std::vector<Picture> pictures;
  int64_t frames = 0;
  for (const RecordedChapter& chapter : chapters) {
    ASSIGN_OR_RETURN(const Picture picture, picture_of(chapter));
    if (!pictures.empty() &&
        (picture.width != pictures[0].width || picture.height != pictures[0].height ||
         picture.fps != pictures[0].fps)) {
      return base::invalid_argument(
          fmt::format("{} is {}x{} at {} fps, and the first chapter {}x{} at {}", name_of(chapter),
                      picture.width, picture.height, picture.fps.to_string(), pictures[0].width,
                      pictures[0].height, pictures[0].fps.to_string()));
    }
    frames += picture.frames;
    pictures.push_back(picture);
  }
  out.frames = frames;
  const Picture& first = pictures.at(0);
  Rational fps = first.fps;
  if (fps <= 0) {
    fps = 30;
    out.warnings.emplace_back("the frame rate is not known: delivered at 30 frames a second");
  } else if (first.varies) {
    fps = nearest_rate(fps);
    out.warnings.push_back(
        fmt::format("frames come at varying times, {:.3f} a second: delivered at {} a second",
                    first.fps.to_double(), fps.to_string()));
  }
  Rational most = kMostFps;
  if (preset.contains("max_fps")) {
    ASSIGN_OR_RETURN(most, Rational::parse(preset["max_fps"].dump()));
  }
  fps = fps / std::max<int64_t>((fps / most).ceil(), 1);

  json& document = out.document;
  document = {{"version", 1}, {"variables", json::object()}, {"tracks", {json::array()}}};
  json& output = document["output"];
  output = {{"fps", fps.to_string()}};
  output["size"] = preset.contains("size") ? preset["size"].get<std::string>()
                                           : reduced_size(first, preset.value("lines", json()));
  for (const char* key : {"format", "video", "renditions", "audio", "loudness"}) {
    if (preset.contains(key)) output[key] = preset[key];
  }
  // Recordings have segments enough to fill the cores.
  if (!output.contains("video")) output["video"] = json::object();
  if (output["video"].is_object()) output["video"].emplace("threads", 1);
  // By "lines" the shape is the picture's, to less than a pixel.
  const std::string fit = preset.contains("size") ? preset.value("fit", "contain") : "fill";

  // In frames of the recording, since these are what is to be cut between.
  const bool cuts = span.from || span.to;
  if (cuts && first.fps <= 0) return base::unsupported("a recording of no frame rate is not cut");
  ASSIGN_OR_RETURN(const auto range, frames_within(span, first.fps, frames, chapters[0]));
  const auto [from, to] = range;
  if (cuts && (from < 0 || from >= to)) {
    return base::invalid_argument(
        fmt::format("nothing lies between --from and --to: the recording has {} frames, {:.3f} s",
                    frames, (Rational(frames) / first.fps).to_double()));
  }
  if (from > 0) out.begins = Rational(from) / first.fps;
  out.seconds = Rational(to - from) / (first.fps > 0 ? first.fps : fps);
  int64_t begins = 0;
  for (size_t i = 0; i < chapters.size(); begins += pictures[i++].frames) {
    const int64_t ends = begins + pictures[i].frames;
    if (cuts && (ends <= from || begins >= to)) continue;
    const std::string variable = "chapter" + std::to_string(i);
    document["variables"][variable] = chapters[i].path;
    json clip = {{"video", "{{" + variable + "}}"}, {"fit", fit}};
    const int64_t start = std::max(from - begins, int64_t{0});
    const int64_t end = std::min(to - begins, pictures[i].frames);
    if (start > 0) clip["trim"]["start"] = ceiled(Rational(start) / first.fps).to_double();
    if (start > 0 || end < pictures[i].frames) {
      const Rational length =
          floored(Rational(end) / first.fps) - ceiled(Rational(start) / first.fps);
      clip["duration"] = length.to_double();
    }
    document["tracks"][0].push_back(std::move(clip));
  }
  return out;
}

}  // namespace rushes::app
