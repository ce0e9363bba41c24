#include <fmt/format.h>

#include <memory>

#include "base/uri.h"
#include "commands.h"
#include "console.h"
#include "numbers.h"
#include "task_json.h"
#include "task_runner.h"

namespace rushes::app {
namespace {

using nlohmann::json;

struct Options {
  std::string file;
  bool json = false;
};

base::Result<json> probe_file(const std::string& file, Console& console) {
  Progress progress(console, ProgressStyle::kNone);
  ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console, progress));
  auto outcomes = runner.run({{"probe", probe_task(file)}});
  if (!outcomes.ok()) return of_file(std::move(outcomes).error(), file);
  json result = std::move((*outcomes)[0].result);
  result["file"] = base::shown_uri(file);
  result["warnings"] = runner.warnings();
  return result;
}

// A member as text; "" if there is none.
std::string at(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "";
  return printable(found->is_string() ? found->get<std::string>() : found->dump());
}

std::string stream_line(const json& stream) {
  const std::string kind = at(stream, "kind");
  std::string line = fmt::format("  {}: {} {}", at(stream, "index"), kind, at(stream, "codec"));
  const auto add = [&](const std::string& text) {
    if (!text.empty()) line += ", " + text;
  };
  if (kind == "video") {
    add(at(stream, "display_width") + "x" + at(stream, "display_height"));
    if (stream.contains("frame_rate")) add(at(stream, "frame_rate") + " fps");
    add(at(stream, "pixel_format"));
    add(at(stream, "matrix"));
    add(at(stream, "range"));
    if (stream.value("rotation", 0) != 0) add("turned by " + at(stream, "rotation") + " degrees");
    for (const char* flag : {"alpha", "hdr", "interlaced", "variable_frame_rate"}) {
      if (stream.value(flag, false)) add(flag);
    }
  } else if (kind == "audio") {
    add(at(stream, "sample_rate") + " Hz");
    add(stream.contains("layout") ? at(stream, "layout") : at(stream, "channels") + " channels");
  }
  if (stream.contains("duration")) add(at(stream, "duration") + " s");
  add(at(stream, "language"));
  return line + "\n";
}

std::string as_text(const json& info) {
  std::string text = fmt::format("{}: {}", at(info, "file"), at(info, "container"));
  if (!info.value("still", false)) text += ", " + at(info, "duration") + " s";
  text += ", " + at(info, "size") + " bytes\n";
  for (const json& stream : info.value("streams", json::array())) text += stream_line(stream);
  return text;
}

int probe(const Options& options) {
  Console console;
  const auto info = probe_file(options.file, console);
  if (!info.ok()) {
    console.error(info.error());
    if (options.json)
      print_json({{"version", 1}, {"ok", false}, {"error", error_json(info.error())}});
    return base::exit_code(info.error().code);
  }
  if (options.json) {
    print_json(*info);
  } else {
    print(as_text(*info));
  }
  return 0;
}

}  // namespace

void add_probe(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("probe", "Say what a media file holds");
  command->footer("examples:\n  rushes probe clip.mov\n  rushes probe clip.mov --json");
  auto options = std::make_shared<Options>();
  command->add_option("MEDIA", options->file, "a picture, a video or a sound")->required();
  command->add_flag("--json", options->json, "everything, as JSON");
  command->callback([options, &action] { action = [options] { return probe(*options); }; });
}

}  // namespace rushes::app
