#include "output_path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/uri.h"
#include "numbers.h"
#include "utf8.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) { return "output \"" + path.string() + "\""; }

base::Status check_extension(const fs::path& path, const std::vector<std::string>& wanted) {
  const std::string ending = path.extension().string();
  const bool known = std::ranges::any_of(
      wanted, [&](const auto& e) { return strcasecmp(e.c_str(), ending.c_str()) == 0; });
  if (known) return {};
  return unusable(base::unsupported(
      fmt::format("{}: only {} files are written", quoted(path), fmt::join(wanted, ", "))));
}

base::Error is_read(const fs::path& path) {
  base::Error same = base::invalid_argument(
      quoted(path) + " is a file that the render reads; choose another name with -o");
  same.number = kOutputIsInput;
  return same;
}

base::Status check_not_read(const fs::path& path, const fs::path& read) {
  std::error_code error;
  if (!fs::equivalent(path, read, error)) return {};
  return is_read(path);
}

base::Result<std::string> output_uri(const OutputRequest& request, const TimelineFile& timeline) {
  if (request.wanted.starts_with("http")) {
    return unusable(
        base::unsupported(quoted(fs::path(base::shown_uri(request.wanted))) +
                          ": files of web servers can only be read; s3:// and gs:// are written"));
  }
  RETURN_IF_ERROR(check_extension(request.wanted, request.extensions));
  for (const std::string& src : timeline.sources) {
    if (timeline.path_of(src) == request.wanted) return is_read(request.wanted);
  }
  return request.wanted;
}

}  // namespace

base::Status check_name(const std::string& path, const std::string& what) {
  if (is_utf8(path)) return {};
  return unusable(base::invalid_argument(what + ": its name is not UTF-8; choose another"));
}

base::Status check_place(const std::string& named, const std::string& what) {
  const fs::path path = named;
  const fs::path folder = path.parent_path();
  std::error_code error;
  if (!fs::exists(folder, error)) {
    return unusable(
        base::not_found(what + ": there is no folder \"" + folder.string() + "\"; make it first"));
  }
  if (fs::is_directory(path, error)) {
    return unusable(base::invalid_argument(what + " is a folder; name a file in it"));
  }
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    return unusable(base::invalid_argument(what + " is not a file"));
  }
  if (access(folder.c_str(), W_OK) != 0) {
    return unusable(base::from_errno(errno, what + ": its folder cannot be written"));
  }
  if (fs::exists(path, error) && access(path.c_str(), W_OK) != 0) {
    return unusable(base::from_errno(errno, what));
  }
  return {};
}

base::Result<std::string> output_path(const OutputRequest& request, const TimelineFile& timeline) {
  RETURN_IF_ERROR(check_name(request.wanted, quoted(fs::path(request.wanted))));
  if (base::is_uri(request.wanted)) return output_uri(request, timeline);
  fs::path path = request.wanted;
  if (path.empty()) {
    if (timeline.name == "<stdin>") {
      return usage_error("a timeline from stdin needs -o FILE");
    }
    path = fs::path(timeline.name).replace_extension(request.extensions.at(0));
  }
  std::error_code error;
  path = fs::absolute(path, error).lexically_normal();
  RETURN_IF_ERROR(check_extension(path, request.extensions));
  RETURN_IF_ERROR(check_place(path, quoted(path)));
  if (timeline.name != "<stdin>") RETURN_IF_ERROR(check_not_read(path, timeline.name));
  for (const std::string& src : timeline.sources) {
    RETURN_IF_ERROR(check_not_read(path, timeline.path_of(src)));
  }
  return path.string();
}

}  // namespace rushes::app
