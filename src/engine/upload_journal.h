#pragma once

// What is known of uploads, in a folder of the cache: of those that have not come to their end, and
// of outputs that are written once.
//
//   FOLDER/uploads/KEY.json  {"uri", "state"}: docs/formats/upload.md
//   FOLDER/uploads/KEY.lock  locked (flock) by whoever uploads it
//   FOLDER/uploaded/KEY.json {"uri", "version", "bytes"}: what is there under that name
//
// KEY is the hash of the output's URI and of what is written there, so that an upload is gone on
// with only by a task that writes the same bytes.

#include <cstdint>
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

  struct Finished {
    std::string version;  // of the object
    uint64_t bytes = 0;
  };
  std::optional<Finished> finished() const;
  // It survives a power cut from here on; the state is forgotten.
  base::Status finish(const Finished& upload);

  // Of uploads that nobody works at: those of `uri` with another content, and those of anything
  // that are older than a week. `abort` gets the URI and the state; what it returns true for is
  // forgotten.
  void clean(const std::function<bool(const std::string& uri, const std::string& state)>& abort);

 private:
  UploadJournal() = default;
  std::string finished_path() const { return finished_folder_ + "/" + key_ + ".json"; }

  std::string folder_, finished_folder_, key_, uri_;
  base::UniqueFd lock_;
};

}  // namespace rushes::engine
