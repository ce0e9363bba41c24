#include "render_options.h"

#include <CLI/CLI.hpp>

#include "schema/codecs.h"

namespace rushes::app {

void add_render_options(CLI::App& command, RenderOptions& options) {
  command.add_option("--workers", options.workers, "processes that render; default: by the cores")
      ->check(CLI::Range(1, 256));
  std::vector<std::string> encoders = {std::string(schema::kSoftwareEncoder),
                                       std::string(schema::kAutoEncoder)};
  for (const std::string_view device : schema::encoder_devices()) encoders.emplace_back(device);
  command
      .add_option("--encoder", options.encoder,
                  "auto: hardware, if some works; default: as the timeline says, or software")
      ->check(CLI::IsMember(encoders));
  command.add_option("--segment", options.segment,
                     "about so many seconds are rendered as one piece (\"2s\"); default: 8 or so");
  command.add_option("--memory", options.memory,
                     "for all workers together (\"2G\"); default: 70 % of what there is");
  command.add_option("--cache", options.cache.folder,
                     "where pieces are kept; default: $RUSHES_CACHE, else ~/.cache/rushes");
  command.add_option("--cache-size", options.cache.size,
                     "how large it may grow; default: $RUSHES_CACHE_SIZE, else 20G");
  add_limit_rate(command, options.transfer);
  command.add_option("--progress", options.progress, "auto, json (events on stderr) or none")
      ->check(CLI::IsMember({"auto", "json", "none"}))
      ->capture_default_str();
  command.add_flag("--json", options.json, "one object with the result on stdout");
}

CLI::Option* add_subtitles(CLI::App& command, RenderOptions& options) {
  return command
      .add_option("--subtitles", options.subtitles,
                  "an .srt or .vtt file that players may show; game.en.srt is in English;\n"
                  "repeatable")
      ->allow_extra_args(false);
}

CLI::Option* add_verify_options(CLI::App& command, RenderOptions& options) {
  // Its value needs a "=": what follows may be the name of an input.
  CLI::Option* verify =
      command.add_flag(std::string("--verify{") + kBesideOutput + "}", options.verify,
                       "decode the output and compare it with what it was made of; the report is\n"
                       "OUT.qc.json, or FILE.json with --verify=FILE.json. Exit 7: it failed");
  command.add_option("--verify-ssim", options.verify_limits.least_ssim, kSsimHelp)
      ->check(CLI::Range(0.0, 1.0))
      ->needs(verify);
  return verify;
}

}  // namespace rushes::app
