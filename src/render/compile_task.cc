// A timeline to a program: sources probed and hashed, times settled, fonts pinned.

#include <algorithm>
#include <tuple>

#include "base/uri.h"
#include "compose/settle_captions.h"
#include "render/facts.h"
#include "render/files.h"
#include "render/numeric_class.h"
#include "render/program_fonts.h"
#include "render/tasks.h"
#include "schema/codecs.h"
#include "schema/program_json.h"
#include "timeline/document.h"
#include "timeline/resolve.h"

namespace rushes::render {
namespace {

using base::Status;

constexpr uint64_t kMaxTimelineBytes = 32 << 20;

// Sends all, those of the timeline before those of other files; the error of the task if any is
// one.
Status report(engine::TaskContext& context, std::vector<schema::Diagnostic> diagnostics,
              std::string_view timeline) {
  std::ranges::stable_sort(diagnostics, {}, [&](const schema::Diagnostic& d) {
    return std::tuple(d.file != timeline, d.file, d.place.line, d.place.column);
  });
  for (const schema::Diagnostic& d : diagnostics) context.events.diagnostic(d);
  if (schema::has_errors(diagnostics)) return schema::to_error(diagnostics);
  return {};
}

timeline::LoadOptions load_options(const nlohmann::json& params) {
  timeline::LoadOptions options;
  if (const auto set = params.find("set"); set != params.end() && set->is_object()) {
    for (const auto& [key, value] : set->items()) {
      if (value.is_string()) options.set[key] = value.get<std::string>();
    }
  }
  return options;
}

// Half the size and the quickest encoder: to see how it goes.
void make_preview(schema::Program& program) {
  program.scale = base::Rational(1, 2);
  program.renditions.clear();
  if (program.video.codec == schema::kNoPicture) return;
  const schema::VideoCodec& codec =
      *schema::find_video_codec(program.video.codec, program.video.device);
  program.video.preset = codec.quickest;
  program.video.lossless = false;
  program.video.bitrate.reset();
  program.video.target_ssim.reset();
  program.video.maxrate.reset();
  program.video.bufsize.reset();
  program.video.crf = codec.preview_crf;
}

nlohmann::json summary(const engine::TaskContext& context, const schema::Program& program) {
  nlohmann::json inputs = nlohmann::json::array();
  for (const schema::Input& input : program.inputs) {
    const std::string name = "source:" + std::to_string(source_index(context, input.src));
    inputs.push_back({{"src", input.src}, {"identity", context.input(name)->identity}});
  }
  nlohmann::json fonts = nlohmann::json::array();
  for (const schema::Font& f : program.fonts) {
    fonts.push_back({{"path", f.path}, {"hash", f.hash}, {"index", f.index}, {"family", f.family}});
  }
  return {{"width", program.canvas_width()},
          {"height", program.canvas_height()},
          {"fps", program.fps.to_string()},
          {"frames", program.frames},
          {"duration", program.duration().to_string()},
          {"audio", !program.audio.sounds.empty()},
          {"inputs", std::move(inputs)},
          {"numeric_class", numeric_class()},
          {"fonts", std::move(fonts)}};
}

Status group_captions(engine::TaskContext& context, std::vector<text::FontFile> files,
                      schema::Program& program) {
  text::FontShelf fonts(std::move(files));
  return compose::settle_captions(program, fonts, place_warning(context));
}

Status write_all(base::ByteSink& sink, const std::string& text) {
  return sink.write_at(0, std::as_bytes(std::span(text)));
}

}  // namespace

Status compile_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const auto source, open_input(context, "timeline"));
  ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, kMaxTimelineBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string name = context.params().value("filename", std::string("timeline"));

  const timeline::Loaded loaded = timeline::load(text, name, load_options(context.params()));
  // A mistake of the document hides none of its files, and a bad file no font.
  ASSIGN_OR_RETURN(const timeline::Facts facts, gather_facts(context, loaded));
  timeline::Resolved resolved =
      timeline::resolve(loaded, facts,
                        {.container = context.params().value("container", std::string()),
                         .encoder = context.params().value("encoder", std::string())});
  ASSIGN_OR_RETURN(ProgramFonts fonts, find_program_fonts(context, loaded, resolved.program));
  std::vector<schema::Diagnostic> all = loaded.diagnostics;
  all.insert(all.end(), resolved.diagnostics.begin(), resolved.diagnostics.end());
  all.insert(all.end(), fonts.missing.begin(), fonts.missing.end());
  RETURN_IF_ERROR(report(context, std::move(all), name));
  if (context.params().value("preview", false)) make_preview(resolved.program);
  RETURN_IF_ERROR(group_captions(context, std::move(fonts.files), resolved.program));

  nlohmann::json result = summary(context, resolved.program);
  // From here on names are for messages: what may be a secret in them goes no further.
  for (schema::Input& input : resolved.program.inputs) input.src = base::shown_uri(input.src);
  ASSIGN_OR_RETURN(const auto sink, open_output(context, "program"));
  RETURN_IF_ERROR(write_all(*sink, schema::write_program(resolved.program)));
  context.events.result(std::move(result));
  return {};
}

}  // namespace rushes::render
