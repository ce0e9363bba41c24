#include "hls_render.h"

#include "base/hash.h"

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

std::vector<HlsTrack> tracks_of(const RenderPlan& plan) {
  std::vector<HlsTrack> out;
  for (const PicturePieces& picture : plan.pieces.pictures) {
    // Of a ladder, that of the file is not a rung.
    if (plan.ladder() && picture.as.name.empty()) continue;
    out.push_back(picture_of(plan, picture));
  }
  if (plan.pieces.audio_key) out.push_back(sound_of(plan, "audio"));
  if (plan.pieces.sound_is_preview) out.push_back(sound_of(plan, "preview"));
  return out;
}

constexpr std::string_view kTaskPrefix = "hls ";

}  // namespace

base::Status HlsRender::start() const {
  const schema::Program& program = plan.now.program;
  return folder.start({.fps = program.fps,
                       .channels = program.audio.channels,
                       .sample_rate = program.audio.sample_rate},
                      tracks_of(plan));
}

void HlsRender::add_to(exec::RenderRequest& request) const {
  request.order = plan::Order::kTime;
  for (const HlsTrack& track : tracks_of(plan)) {
    request.side_tasks.push_back({.name = std::string(kTaskPrefix) + track.name,
                                  .keys = {},
                                  .document = [*this, name = track.name] {
                                    return hls_task(sources, plan.pieces, folder, name);
                                  }});
  }
  request.on_event = [*this](const std::string& task, const nlohmann::json& event) -> base::Status {
    if (!task.starts_with(kTaskPrefix) || !event.contains("piece")) return {};
    return folder.take(task.substr(kTaskPrefix.size()), event["piece"]);
  };
}

}  // namespace rushes::app
