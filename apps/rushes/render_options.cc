#include "render_options.h"

namespace rushes::app {

void add_render_options(CLI::App& command, RenderOptions& options) {
  command.add_option("--workers", options.workers, "processes that render; default: by the cores")
      ->check(CLI::Range(1, 256));
  command.add_option("--segment", options.segment,
                     "about so many seconds are rendered as one piece (\"2s\"); default: 8 or so");
  command.add_option("--memory", options.memory,
                     "for all workers together (\"2G\"); default: 70 % of what there is");
  command.add_option("--cache", options.cache.folder,
                     "where pieces are kept; default: $RUSHES_CACHE, else ~/.cache/rushes");
  command.add_option("--cache-size", options.cache.size,
                     "how large it may grow; default: $RUSHES_CACHE_SIZE, else 20G");
  command.add_option("--progress", options.progress, "auto, json (events on stderr) or none")
      ->check(CLI::IsMember({"auto", "json", "none"}))
      ->capture_default_str();
  command.add_flag("--json", options.json, "one object with the result on stdout");
}

}  // namespace rushes::app
