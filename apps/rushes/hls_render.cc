#include "hls_render.h"

#include "base/hash.h"

namespace rushes::app {
namespace {

std::string version_of(const std::string& text) { return base::hash_of(text).substr(0, 8); }

Rendition video_of(const RenderPlan& plan) {
  Rendition out{.name = "video", .version = {}, .durations = {}};
  std::string keys;
  for (size_t i = 0; i < plan.pieces.segments.size(); ++i) {
    keys += plan.pieces.keys[i];
    out.durations.push_back(base::Rational(plan.pieces.segments[i].frames()) /
                            plan.now.program.fps);
  }
  out.version = version_of(keys);
  return out;
}

Rendition sound_of(const RenderPlan& plan, const std::string& name) {
  Rendition out{.name = name, .version = {}, .durations = {}};
  std::string text = *plan.pieces.audio_key;
  for (const plan::SoundPiece& p : plan.pieces.sound) {
    text += " " + std::to_string(p.end);
    out.durations.emplace_back(p.end - p.first, plan.now.program.audio.sample_rate);
  }
  out.version = version_of(text);
  return out;
}

std::vector<Rendition> renditions_of(const RenderPlan& plan) {
  std::vector<Rendition> out = {video_of(plan)};
  if (plan.pieces.audio_key) out.push_back(sound_of(plan, "audio"));
  if (plan.pieces.sound_is_preview) out.push_back(sound_of(plan, "preview"));
  return out;
}

constexpr std::string_view kTaskPrefix = "hls ";

}  // namespace

base::Status HlsRender::start() const {
  const schema::Program& program = plan.now.program;
  plan::MasterPlaylist master{
      .width = program.canvas_width(), .height = program.canvas_height(), .fps = program.fps};
  if (plan.pieces.audio_key) {
    master.sound.emplace().channels = program.audio.channels;
  }
  return folder.start(master, renditions_of(plan));
}

void HlsRender::add_to(exec::RenderRequest& request) const {
  request.order = plan::Order::kTime;
  for (const Rendition& r : renditions_of(plan)) {
    request.side_tasks.push_back(
        {.name = std::string(kTaskPrefix) + r.name, .keys = {}, .document = [*this, name = r.name] {
           return hls_task(sources, plan.pieces, folder, name);
         }});
  }
  request.on_event = [*this](const std::string& task, const nlohmann::json& event) -> base::Status {
    if (!task.starts_with(kTaskPrefix) || !event.contains("piece")) return {};
    return folder.take(task.substr(kTaskPrefix.size()), event["piece"]);
  };
}

}  // namespace rushes::app
