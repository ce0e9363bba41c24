#pragma once

// What the sources of a timeline may be, beside the files of its own folder.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace rushes::app {

struct SourceAccess {
  // Folders, and folders or objects of buckets: "s3://bucket/folder".
  std::vector<std::string> roots;
  // Web addresses may lead to this machine and to private networks.
  bool private_web = false;
};

// --root and --private-network. `access` must outlive the command line.
void add_access_options(CLI::App& command, SourceAccess& access);
// That roots on this machine are folders.
base::Status check(const SourceAccess& access);
// The task may read them.
void grant(nlohmann::json& task, const SourceAccess& access);

}  // namespace rushes::app
