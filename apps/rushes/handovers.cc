#include "handovers.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/pending_file.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

fs::path path_of(const std::string& folder, const Handover& handover) {
  std::string text = "handed 1";
  for (const std::string& part : {handover.uri, handover.version, handover.command}) {
    text += " " + std::to_string(part.size()) + ":" + part;
  }
  return fs::path(folder) / "handed" / (base::hash_of(text) + ".json");
}

}  // namespace

bool is_handed_over(const std::string& folder, const Handover& handover) {
  std::error_code unknown;
  return fs::is_regular_file(path_of(folder, handover), unknown);
}

base::Status note_handover(const std::string& folder, const Handover& handover) {
  const fs::path path = path_of(folder, handover);
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return base::from_errno(error.value(), "\"" + path.parent_path().string() + "\"");
  const std::string text =
      nlohmann::json{{"uri", handover.uri}, {"version", handover.version}}.dump(
          -1, ' ', false, nlohmann::json::error_handler_t::replace);
  ASSIGN_OR_RETURN(store::PendingFile file, store::PendingFile::create({.path = path.string()}));
  RETURN_IF_ERROR(base::fd_sink(file.fd())->write_at(0, std::as_bytes(std::span(text))));
  return file.commit();
}

}  // namespace rushes::app
