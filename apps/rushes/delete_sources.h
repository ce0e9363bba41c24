#pragma once

// Recordings that are deleted once what was made of them has been verified.
//
// One is deleted only if
//   - its output, and every other output of the same command that was made of one of its files, has
//     been committed and verified with the verdict "pass";
//   - nothing that it holds is missing in its output;
//   - the output still is the file, or the object in a store, that was verified;
//   - each of its files is a file on this machine, no link and without other names (hard links),
//     and none is an output;
//   - each is what was read: of the same device, inode, size and time of change, and, read once
//     more, of the same hash.
// All of this is looked at before the first of its files goes. Else all of them stay.

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "file_identity.h"
#include "render_job.h"

namespace rushes::app {

// A recording, and what was made of it.
struct MadeOf {
  std::string named;                   // as on the command line
  std::vector<std::string> chapters;   // its files, absolute
  const Rendered* rendered = nullptr;  // null: there is no output
  std::string left_out = {};           // as of left_out.h
};

struct Fate {
  std::vector<std::string> deleted;
  std::string kept;  // why; empty if all were deleted
};

// Of an output, wherever it lies: what Rendered::output_identity is compared with.
using IdentityOf = std::function<base::Result<std::string>(const std::string& output)>;

// One for each recording. An error: it was cancelled; those that were deleted were to go.
base::Result<std::vector<Fate>> delete_sources(const std::vector<MadeOf>& recordings,
                                               const IdentityOf& identity_of = file_identity);

}  // namespace rushes::app
