#pragma once

// What is known of uploads that have not come to their end, in a folder of the cache:
//
//   FOLDER/uploads/KEY.json  {"uri", "state"}: docs/formats/upload.md
//   FOLDER/uploads/KEY.lock  locked (flock) by whoever uploads it
//
// KEY is the hash of the output's URI and of what is written there, so that an upload is gone on
// with only by a task that writes the same bytes.

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace rushes::engine {

class UploadJournal {
 public:
  // Empty where somebody else uploads the same at this moment.
  static base::Result<std::optional<UploadJournal>> open(const std::string& folder,
                                                         const std::string& uri,
                                                         const std::string& content);

  // The state that was kept; empty if there is none that can be read.
  std::string state() const;
  base::Status keep(const std::string& state) const;
  void forget();

  // Of uploads that nobody works at: those of `uri` with another content, and those of anything
  // that are older than a week. `abort` gets the URI and the state; what it returns true for is
  // forgotten.
  void clean(const std::function<bool(const std::string& uri, const std::string& state)>& abort);

 private:
  UploadJournal() = default;
  std::string folder_, key_, uri_;
  base::UniqueFd lock_;
};

}  // namespace rushes::engine
