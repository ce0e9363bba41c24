#include "media/probe.h"

#include "mp4/movie.h"
#include "render/files.h"
#include "render/media_json.h"
#include "render/tasks.h"

namespace rushes::render {

base::Status probe_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const auto source, open_input(context, "media"));
  ASSIGN_OR_RETURN(const media::MediaInfo info, media::probe(*source, {.keyframes = false}));
  for (const std::string& w : info.warnings) context.events.warning({.text = w});
  nlohmann::json out = json_of(info);
  out["size"] = source->size();
  if (context.params().value("behind", false) &&
      (info.container == "mp4" || info.container == "mov")) {
    const auto behind = mp4::bytes_behind(*source);
    if (!behind.ok()) {
      context.events.warning(
          {.text = "what lies behind its last box is not known: " + behind.error().message});
    }
    out["behind"] = behind.ok() ? nlohmann::json(*behind) : nlohmann::json();
  }
  context.events.result(std::move(out));
  return {};
}

}  // namespace rushes::render
