#include "delete_sources.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/unique_fd.h"
#include "base/uri.h"
#include "file_identity.h"
#include "signals.h"
#include "store/pending_file.h"

namespace rushes::app {
namespace {

// Whether both are there and one file.
bool is_same_file(const std::string& a, const std::string& b) {
  struct stat one = {}, other = {};
  if (stat(a.c_str(), &one) != 0 || stat(b.c_str(), &other) != 0) return a == b;
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

base::Error because(const std::string& path, const std::string& reason) {
  return base::invalid_argument("\"" + path + "\" " + reason);
}

bool is_link(const std::string& path) {
  struct stat info = {};
  return lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

bool has_passed(const MadeOf& recording) {
  return recording.rendered != nullptr && recording.rendered->verdict == qc::Verdict::kPass;
}

base::Status check_outputs(const MadeOf& recording, const std::vector<MadeOf>& all,
                           const IdentityOf& identity_of) {
  if (recording.rendered == nullptr) {
    return because(recording.named, "has no output that has passed");
  }
  if (!has_passed(recording)) {
    return because(recording.rendered->output, "was verified with warnings");
  }
  if (!recording.left_out.empty()) return because(recording.named, recording.left_out);
  ASSIGN_OR_RETURN(const std::string now, identity_of(recording.rendered->output));
  if (now != recording.rendered->output_identity) {
    return because(recording.rendered->output, "has changed since it was verified");
  }
  for (const MadeOf& other : all) {
    if (has_passed(other)) continue;
    for (const std::string& chapter : recording.chapters) {
      const auto same = [&](const std::string& its) { return is_same_file(its, chapter); };
      if (!std::ranges::any_of(other.chapters, same)) continue;
      return because(chapter, "is also what \"" + other.named +
                                  "\" should be made of, and that "
                                  "has not passed");
    }
  }
  return {};
}

base::Status check_file(const std::string& path, const std::vector<MadeOf>& all) {
  if (base::is_uri(path)) {
    return because(base::shown_uri(path), "does not lie on this machine");
  }
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0) return base::from_errno(errno, "\"" + path + "\"");
  if (!S_ISREG(info.st_mode)) return because(path, "is a link");
  if (info.st_nlink > 1) return because(path, "has other names");
  for (const MadeOf& other : all) {
    if (other.rendered != nullptr && is_same_file(other.rendered->output, path)) {
      return because(path, "is an output");
    }
  }
  return {};
}

base::Status is_cancelled(uint64_t, uint64_t) {
  pollfd stop = {.fd = cancel_fd(), .events = POLLIN, .revents = 0};
  if (poll(&stop, 1, 0) > 0) return base::Error{base::Code::kCancelled, "cancelled"};
  return {};
}

// Reads all of it once more.
base::Status check_content(const std::string& path, const Rendered& rendered) {
  const auto pinned = std::ranges::find(rendered.sources, path, &Rendered::Source::path);
  if (pinned == rendered.sources.end()) return because(path, "was not read");
  const base::Error changed = because(path, "has changed since it was read");
  const auto unchanged = [&] {
    const auto now = file_identity(path);
    return now.ok() && *now == pinned->identity;
  };
  if (!unchanged()) return changed;
  const base::UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info = {};
  if (!fd || fstat(fd.get(), &info) != 0) return base::from_errno(errno, "\"" + path + "\"");
  const auto source = base::fd_source(fd.get(), static_cast<uint64_t>(info.st_size));
  ASSIGN_OR_RETURN(const std::string hash, base::content_hash(*source, is_cancelled));
  if (hash != pinned->hash || !unchanged()) return changed;
  return {};
}

base::Status check(const MadeOf& recording, const std::vector<MadeOf>& all,
                   const IdentityOf& identity_of) {
  RETURN_IF_ERROR(check_outputs(recording, all, identity_of));
  if (!base::is_uri(recording.named) && is_link(recording.named)) {
    return because(recording.named, "is a link");
  }
  for (const std::string& path : recording.chapters) RETURN_IF_ERROR(check_file(path, all));
  for (const std::string& path : recording.chapters) {
    RETURN_IF_ERROR(check_content(path, *recording.rendered));
  }
  return {};
}

}  // namespace

base::Result<std::vector<Fate>> delete_sources(const std::vector<MadeOf>& recordings,
                                               const IdentityOf& identity_of) {
  std::vector<Fate> fates;
  for (const MadeOf& recording : recordings) {
    Fate& fate = fates.emplace_back();
    const base::Status status = check(recording, recordings, identity_of);
    if (!status.ok() && status.error().code == base::Code::kCancelled) return status.error();
    if (!status.ok()) {
      fate.kept = status.error().message;
      continue;
    }
    for (const std::string& path : recording.chapters) {
      if (unlink(path.c_str()) != 0) {
        fate.kept = "\"" + path + "\": " + std::strerror(errno);
        break;
      }
      fate.deleted.push_back(path);
      const std::string folder = std::filesystem::path(path).parent_path();
      if (const base::Status synced = store::sync_folder(folder); !synced.ok()) {
        fate.kept = synced.error().message;
      }
    }
  }
  return fates;
}

}  // namespace rushes::app
