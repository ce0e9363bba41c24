#include "hls_render.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/hash.h"
#include "numbers.h"
#include "schema/codecs.h"

namespace rushes::app {
namespace {

std::string version_of(const std::string& text) { return base::hash_of(text).substr(0, 8); }

HlsTrack picture_of(const RenderPlan& plan, const PicturePieces& picture) {
  const schema::Program& program = plan.now.program;
  HlsTrack out{.name = track_name(picture.as),
               .version = {},
               .durations = {},
               .width = schema::Program::scaled(program.width, picture.as.scale),
               .height = schema::Program::scaled(program.height, picture.as.scale)};
  std::string keys;
  for (size_t i = 0; i < plan.pieces.segments.size(); ++i) {
    keys += picture.keys[i];
    out.durations.push_back(base::Rational(plan.pieces.segments[i].frames()) / program.fps);
  }
  out.version = version_of(keys);
  return out;
}

HlsTrack sound_of(const RenderPlan& plan, const std::string& name) {
  HlsTrack out{.name = name, .version = {}, .durations = {}};
  std::string text = *plan.pieces.audio_key;
  for (const plan::SoundPiece& p : plan.pieces.sound) {
    text += " " + std::to_string(p.end);
    out.durations.emplace_back(p.end - p.first, plan.now.program.audio.sample_rate);
  }
  out.version = version_of(text);
  return out;
}

// `begins`: seconds of the file that come before.
HlsTrack subtitles_of(const HlsTrack& picture, const SubtitleFile& file,
                      const base::Rational& begins) {
  HlsTrack out{.name = file.track(), .version = {}, .durations = picture.durations};
  out.language = file.language;
  std::string text = file.hash + file.format + begins.to_string();
  for (const base::Rational& d : picture.durations) text += " " + d.to_string();
  out.version = version_of(text);
  return out;
}

std::vector<HlsTrack> tracks_of(const HlsRender& render) {
  const RenderPlan& plan = render.plan;
  std::vector<HlsTrack> out;
  for (const PicturePieces& picture : plan.pieces.pictures) {
    // Of a ladder, that of the file is not a rung.
    if (plan.ladder() && picture.as.name.empty()) continue;
    out.push_back(picture_of(plan, picture));
  }
  if (plan.pieces.audio_key) out.push_back(sound_of(plan, "audio"));
  if (plan.pieces.sound_is_preview) out.push_back(sound_of(plan, "preview"));
  for (const SubtitleFile& file : render.subtitles) {
    const base::Rational before = base::Rational(plan.pieces.range.first) / plan.now.program.fps;
    out.push_back(subtitles_of(out.front(), file, render.subtitles_begin + before));
  }
  return out;
}

// Of a ladder: small pictures of the smallest rung.
std::optional<SheetOptions> thumbnails_of(const RenderPlan& plan) {
  if (!plan.ladder()) return std::nullopt;
  const auto& pictures = plan.pieces.pictures;
  const auto smallest = std::ranges::min_element(
      pictures, {}, [](const PicturePieces& picture) { return picture.as.scale; });
  SheetOptions out{.picture = static_cast<size_t>(smallest - pictures.begin()),
                   .segments = plan::thumbnail_segments(plan.pieces.segments.size()),
                   .layout = {},
                   .outputs = {}};
  const schema::Program& program = plan.now.program;
  plan::set_size(out.layout, schema::Program::scaled(program.width, smallest->as.scale),
                 schema::Program::scaled(program.height, smallest->as.scale));
  const auto time = [&](int64_t frame) {
    return base::Rational(frame - plan.pieces.range.first) / program.fps;
  };
  for (const size_t i : out.segments) {
    out.layout.starts.push_back(time(plan.pieces.segments[i].first));
  }
  out.layout.end = time(plan.pieces.range.end);
  out.layout.stem = "thumbnails_" + picture_of(plan, *smallest).version;
  return out;
}

// A picture of the largest rung, a tenth into the video: beginnings are often black.
SheetOptions poster_of(const RenderPlan& plan) {
  const auto& pictures = plan.pieces.pictures;
  const auto largest = std::ranges::max_element(
      pictures, {}, [](const PicturePieces& picture) { return picture.as.scale; });
  const schema::Program& program = plan.now.program;
  SheetOptions out{.picture = static_cast<size_t>(largest - pictures.begin()),
                   .segments = {plan.pieces.segments.size() / 10},
                   .layout = {.columns = 1, .rows = 1, .starts = {}, .end = {}, .stem = {}},
                   .outputs = {}};
  out.layout.width = schema::Program::scaled(program.width, largest->as.scale);
  out.layout.height = schema::Program::scaled(program.height, largest->as.scale);
  return out;
}

constexpr char kTaskPrefix[] = "hls ";

}  // namespace

base::Status check_hls(const RenderPlan& plan) {
  if (!plan.picture()) return usage_error("HLS wants a picture, and there is sound alone");
  for (const PicturePieces& picture : plan.pieces.pictures) {
    const std::string& codec = picture.as.video.codec;
    if (schema::find_video_codec(codec)->hls) continue;
    return usage_error("HLS wants H.264, HEVC or AV1, and \"video\": {\"codec\"} says \"" + codec +
                       "\"");
  }
  const std::string& sound = plan.now.program.audio.codec;
  if (!plan.pieces.audio_key || schema::find_audio_codec(sound)->hls) return {};
  return usage_error("HLS wants sound in AAC, and \"audio\": {\"codec\"} says \"" + sound + "\"");
}

base::Status HlsRender::start() const {
  const schema::Program& program = plan.now.program;
  const auto thumbnails = thumbnails_of(plan);
  return folder.start({.fps = program.fps,
                       .channels = program.audio.channels,
                       .sample_rate = program.audio.sample_rate},
                      tracks_of(*this),
                      thumbnails ? std::optional(thumbnails->layout) : std::nullopt);
}

void HlsRender::add_to(exec::RenderRequest& request) const {
  // Of a ladder segments are short, and a task for each would cost more than it is worth.
  request.order = plan.ladder() ? plan::Order::kFront : plan::Order::kTime;
  const auto add = [&](const std::string& name, std::function<nlohmann::json()> document) {
    auto whole = [make = std::move(document), also = transfer] {
      nlohmann::json task = make();
      if (!also.is_null()) task["transfer"] = also;
      return task;
    };
    request.side_tasks.push_back({.name = name, .keys = {}, .document = std::move(whole)});
  };
  for (const SubtitleFile& file : subtitles) {
    add(std::string(kTaskPrefix) + file.track(), [*this, &file] {
      return subtitles_task(sources, plan.pieces, folder, file, subtitles_begin);
    });
  }
  for (const HlsTrack& track : tracks_of(*this)) {
    if (track.is_text()) continue;
    add(std::string(kTaskPrefix) + track.name,
        [*this, name = track.name] { return hls_task(sources, plan.pieces, folder, name); });
  }
  if (auto thumbnails = thumbnails_of(plan)) {
    for (size_t i = 0; i < plan::sheet_count(thumbnails->layout); ++i) {
      thumbnails->outputs.push_back(folder.sheet_path(i));
    }
    SheetOptions poster = poster_of(plan);
    poster.outputs = {folder.poster_path()};
    add("thumbnails", [*this, options = *std::move(thumbnails)] {
      return thumbnails_task(sources, plan.pieces, options);
    });
    add("poster", [*this, options = std::move(poster)] {
      return thumbnails_task(sources, plan.pieces, options);
    });
  }
  request.on_event = [*this](const std::string& task, const nlohmann::json& event) -> base::Status {
    if (!task.starts_with(kTaskPrefix) || !event.contains("piece")) return {};
    return folder.take(task.substr(std::string_view(kTaskPrefix).size()), event["piece"]);
  };
}

}  // namespace rushes::app
