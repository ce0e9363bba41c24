#include "exact_cut.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "numbers.h"
#include "preset.h"
#include "recording.h"
#include "source_access.h"
#include "task_json.h"

namespace rushes::app {
namespace {

using nlohmann::json;

// As good as what a cut to the frame encodes at its ends.
constexpr int kCrf = 15;

base::Error unsupported(const std::string& path, const std::string& what,
                        const std::string& instead) {
  return of_file(base::unsupported("--mode exact does not take " + what + "; " + instead), path);
}

// Whatever a render would change for good.
base::Status check_picture(const std::string& path, const json& video) {
  const std::string smart = "--mode smart keeps it as it is";
  const std::string codec = video.value("codec", "");
  if (codec != "h264" && codec != "hevc") {
    return unsupported(path, "\"" + codec + "\", but H.264 and HEVC",
                       "rushes transcode makes one of the other");
  }
  if (video.value("hdr", false)) return unsupported(path, "HDR", smart);
  if (video.value("depth", 8) != 8) {
    return unsupported(path, fmt::format("{} bits", video.value("depth", 0)), smart);
  }
  const std::string pixels = video.value("pixel_format", "");
  if (!pixels.starts_with("yuv420p") && !pixels.starts_with("yuvj420p")) {
    return unsupported(path, "other colours than 4:2:0 (" + pixels + ")", smart);
  }
  if (video.value("interlaced", false)) {
    return unsupported(path, "interlaced video", "--mode copy keeps it as it is");
  }
  if (video.value("variable_frame_rate", false)) {
    return unsupported(path, "frames at varying times", smart);
  }
  if (video.value("sample_aspect", "1") != "1") {
    return unsupported(path, "pixels that are not square", smart);
  }
  if (video.value("width", 0) % 2 != 0 || video.value("height", 0) % 2 != 0) {
    return unsupported(path, "an odd width or height", smart);
  }
  return {};
}

// Of the first picture that moves.
base::Result<json> video_of(const RecordedChapter& chapter) {
  for (const json& stream : chapter.info.value("streams", json::array())) {
    if (stream.value("kind", "") == "video" && !stream.value("attached_picture", false)) {
      return stream;
    }
  }
  return of_file(base::invalid_argument("has no picture"), chapter.path);
}

Preset preset_for(const std::string& codec) {
  Preset preset;
  preset.name = "exact";
  preset.document = {{"version", 1},
                     {"video", {{"codec", codec}, {"crf", kCrf}, {"preset", "veryfast"}}},
                     {"audio", false}};
  return preset;
}

}  // namespace

base::Result<json> render_exact(const ExactCut& request, TaskRunner& runner, Console& console,
                                json& report) {
  CutRequest cut = request.cut;
  cut.mode = "frames";
  ASSIGN_OR_RETURN(const json look, cut_task(cut));
  ASSIGN_OR_RETURN(const auto looked, runner.run({{"cut", look}}));
  const json& shown = looked[0].result;

  const std::string& first = cut.chapters.at(0);
  auto probed = runner.run({{"probe", probe_task(first)}});
  if (!probed.ok()) return of_file(std::move(probed).error(), first);
  ASSIGN_OR_RETURN(const json video, video_of({first, (*probed)[0].result}));
  RETURN_IF_ERROR(check_picture(first, video));
  const Preset preset = preset_for(video.value("codec", ""));
  TranscodeSpan span;
  span.from = RecordedTime{.seconds = {}, .frame = shown.at("first").get<int64_t>()};
  span.to = RecordedTime{.seconds = {}, .frame = shown.at("end").get<int64_t>()};
  ASSIGN_OR_RETURN(
      Recording recording,
      read_recording({.input = first, .chapters = cut.chapters, .preset = preset, .span = span},
                     runner));
  // Frames count alike for whoever cuts and whoever renders, or nothing fits.
  if (const auto count = shown.at("count").get<int64_t>(); count != recording.frames) {
    return base::unsupported(
        fmt::format("--mode exact does not take a recording whose index has {} frames in the time "
                    "of {}; --mode smart does",
                    count, recording.frames));
  }

  RenderOptions render_options = request.render;
  render_options.timeline = std::move(recording.timeline);
  render_options.access = std::move(recording.access);
  render_options.output = request.picture;
  render_options.is_part = true;
  json rendered;
  const auto made = render(render_options, console, rendered);
  for (const char* member : {"segments", "workers"}) {
    if (rendered.contains(member)) report[member] = rendered[member];
  }
  report["warnings"] = rendered.value("warnings", json::array());
  if (!made.ok()) return made.error();

  cut.mode = "exact";
  ASSIGN_OR_RETURN(json task, cut_task(cut));
  task["inputs"]["picture"] = request.picture;
  grant(task, {.roots = {std::filesystem::path(request.picture).parent_path().string()}});
  return task;
}

}  // namespace rushes::app
