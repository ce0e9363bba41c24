#include "source_access.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <system_error>

#include "base/uri.h"
#include "numbers.h"

namespace rushes::app {

namespace fs = std::filesystem;

void add_access_options(CLI::App& command, SourceAccess& access) {
  command
      .add_option("--root", access.roots,
                  "a folder whose files may be used beside those of the timeline's own, or\n"
                  "s3://bucket/folder, gs://bucket/folder; repeatable")
      ->allow_extra_args(false);
  command.add_flag(
      "--private-network", access.private_web,
      "web addresses of the timeline may lead to this machine and to private networks");
}

base::Status check(const SourceAccess& access) {
  for (const std::string& root : access.roots) {
    std::error_code unknown;
    if (base::is_uri(root) || fs::is_directory(root, unknown)) continue;
    return usage_error("--root \"" + root + "\" is not a folder");
  }
  return {};
}

void grant(nlohmann::json& task, const SourceAccess& access) {
  for (const std::string& root : access.roots) {
    task["roots"].push_back(base::is_uri(root) ? root
                                               : fs::absolute(root).lexically_normal().string());
  }
  if (access.private_web) task["private_web"] = true;
}

}  // namespace rushes::app
