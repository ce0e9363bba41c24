// rushes cache: what is kept of earlier renders.

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cache_folder.h"
#include "commands.h"
#include "console.h"

namespace rushes::app {
namespace {

using nlohmann::json;

struct Options {
  CacheOptions cache;
  bool json = false;
};

json json_of(const store::StoreStatus& s) {
  return {{"objects", s.objects}, {"bytes", s.bytes}, {"pinned", s.pinned}};
}
json json_of(const store::Removed& r) { return {{"objects", r.objects}, {"bytes", r.bytes}}; }

std::string objects_text(uint64_t objects) {
  return objects == 1 ? "1 object" : fmt::format("{} objects", objects);
}

// Fills in the report; the text is for people.
using Work = base::Result<std::string> (*)(const store::FileStore&, uint64_t limit, json& report);

base::Result<std::string> status(const store::FileStore& store, uint64_t limit, json& report) {
  ASSIGN_OR_RETURN(const store::StoreStatus s, store.status());
  report.update(json_of(s));
  report["limit"] = limit;
  std::string text = fmt::format("{}: {}, {} of {}", store.folder(), objects_text(s.objects),
                                 size_text(s.bytes), size_text(limit));
  if (s.pinned > 0) text += fmt::format("; {} in use", s.pinned);
  return text;
}

base::Result<std::string> prune_to(const store::FileStore& store, uint64_t limit, json& report) {
  ASSIGN_OR_RETURN(const store::Removed removed, store.prune(limit));
  report["removed"] = json_of(removed);
  return fmt::format("{}: removed {}, {}", store.folder(), objects_text(removed.objects),
                     size_text(removed.bytes));
}

base::Result<std::string> clear(const store::FileStore& store, uint64_t, json& report) {
  return prune_to(store, 0, report);
}

base::Result<std::string> verify(const store::FileStore& store, uint64_t, json& report) {
  ASSIGN_OR_RETURN(const store::Verified v, store.verify());
  report.update(json_of(v.kept));
  report["damaged"] = json_of(v.damaged);
  report["leftovers"] = v.leftovers;
  std::string text = fmt::format("{}: {}, {}, whole", store.folder(), objects_text(v.kept.objects),
                                 size_text(v.kept.bytes));
  if (v.damaged.objects > 0) {
    text += fmt::format("; {} damaged, removed", objects_text(v.damaged.objects));
  }
  if (v.leftovers > 0) text += fmt::format("; {} leftovers removed", v.leftovers);
  return text;
}

base::Result<std::string> run(const Options& options, Work work, json& report) {
  ASSIGN_OR_RETURN(const std::string folder, cache_folder(options.cache));
  ASSIGN_OR_RETURN(const uint64_t limit, cache_limit(options.cache));
  report["folder"] = folder;
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(folder + "/objects", error)) {
    // Nothing is made of what may be somebody's home. Where caches lie by default, work files do
    // too.
    if (folder != usual_cache_folder() && fs::exists(folder, error) &&
        !fs::is_empty(folder, error)) {
      return base::invalid_argument("\"" + folder + "\" is not a cache");
    }
    report["objects"] = 0;
    report["bytes"] = 0;
    return folder + ": there is no cache yet";
  }
  ASSIGN_OR_RETURN(const store::FileStore store, store::FileStore::open(folder));
  return work(store, limit, report);
}

int cache(const Options& options, const char* command, Work work) {
  Console console;
  json report = {{"version", 1}, {"command", command}};
  const auto text = run(options, work, report);
  if (text.ok() && !options.json) print(*text + "\n");
  const base::Status outcome = text.ok() ? base::Status() : base::Status(text.error());
  return end_command(console, outcome, report, options.json);
}

}  // namespace

void add_cache(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("cache", "What is kept of earlier renders");
  command->footer(
      "examples:\n"
      "  rushes cache                              where it is, and how large\n"
      "  rushes cache prune --cache-size 5G        keeps what was used last, up to 5 GiB\n"
      "  rushes cache verify                       reads all of it, removes what is damaged\n"
      "\n"
      "Nothing in it is ever needed: what is missing is rendered again. What a running render\n"
      "needs is not removed.");
  auto options = std::make_shared<Options>();
  command->require_subcommand(0, 1);
  const auto add_options = [options](CLI::App* to) {
    to->add_option("--cache", options->cache.folder,
                   "the folder; default: $RUSHES_CACHE, else ~/.cache/rushes");
    to->add_option("--cache-size", options->cache.size,
                   "its limit; default: $RUSHES_CACHE_SIZE, else 20G");
    to->add_flag("--json", options->json, "as JSON");
  };
  add_options(command);
  struct Sub {
    const char* name;
    const char* help;
    Work work;
  };
  for (const Sub& sub :
       {Sub{"status", "how large it is (the default)", status},
        Sub{"prune", "remove what was used least recently, down to the limit", prune_to},
        Sub{"clear", "remove everything", clear},
        Sub{"verify", "read everything, remove what is damaged", verify}}) {
    CLI::App* added = command->add_subcommand(sub.name, sub.help);
    add_options(added);
    added->callback([options, sub, &action] {
      action = [options, sub] { return cache(*options, "cache", sub.work); };
    });
  }
  command->callback([options, command, &action] {
    if (command->get_subcommands().empty()) {
      action = [options] { return cache(*options, "cache", status); };
    }
  });
}

}  // namespace rushes::app
