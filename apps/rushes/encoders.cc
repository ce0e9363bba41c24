#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "console.h"
#include "schema/codecs.h"
#include "settle_encoder.h"

namespace rushes::app {
namespace {

using nlohmann::json;

struct Options {
  bool json = false;
};

// A usual picture of a codec.
json picture_of(const schema::VideoCodec& codec) {
  return {{"codec", codec.name},         {"width", 1920},          {"height", 1080}, {"fps", "30"},
          {"preset", codec.usual_speed}, {"crf", codec.usual_crf}, {"gop", 250}};
}

json line(const schema::VideoCodec& codec, std::string_view device, const TriedDevice& tried) {
  json out = {{"codec", codec.name},
              {"device", device},
              {"encoder", codec.encoder},
              {"works", tried.works()}};
  if (!tried.driver.empty()) out["driver"] = tried.driver;
  if (!tried.works()) out["reason"] = tried.reason;
  return out;
}

// Of each codec software, which always works, and then the devices.
base::Result<json> all_encoders(Console& console) {
  Progress progress(console, ProgressStyle::kNone);
  ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console, progress));
  json list = json::array();
  for (const schema::VideoCodec& codec : schema::video_codecs()) {
    list.push_back(line(codec, schema::kSoftwareEncoder, {}));
    for (const std::string_view device : schema::encoder_devices()) {
      const schema::VideoCodec* by_device = schema::find_video_codec(codec.name, device);
      if (by_device == nullptr) continue;
      ASSIGN_OR_RETURN(const TriedDevice tried,
                       try_device(runner, device, json::array({picture_of(*by_device)})));
      list.push_back(line(*by_device, device, tried));
    }
  }
  return list;
}

int list_encoders(const Options& options) {
  Console console;
  const auto encoders = all_encoders(console);
  if (!encoders.ok()) {
    console.error(encoders.error());
    return base::exit_code(encoders.error().code);
  }
  if (options.json) {
    print_json({{"version", 1}, {"encoders", *encoders}});
    return 0;
  }
  for (const json& e : *encoders) {
    const std::string note = e.value("driver", e.value("reason", std::string()));
    print(fmt::format("{:<7} {:<9} {:<11} {:<4}{}{}\n", e.at("codec").get<std::string>(),
                      e.at("device").get<std::string>(), e.at("encoder").get<std::string>(),
                      e.at("works").get<bool>() ? "yes" : "no", note.empty() ? "" : " ",
                      printable(note)));
  }
  return 0;
}

}  // namespace

void add_encoders(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("encoders", "Try which encoders work here, hardware included");
  command->footer("examples:\n  rushes encoders\n  rushes transcode game.mp4 --encoder auto");
  auto options = std::make_shared<Options>();
  command->add_flag("--json", options->json, "as JSON");
  command->callback([options, &action] { action = [options] { return list_encoders(*options); }; });
}

}  // namespace rushes::app
