#include "net/aws_profile.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/bytes.h"
#include "base/unique_fd.h"
#include "net/ascii.h"

namespace rushes::net {
namespace {

// "[profile  work]" names "profile work".
std::string section_name(std::string_view line) {
  line = line.substr(1, std::min(line.find(']'), line.size()) - 1);
  std::string out;
  for (const char c : trimmed(line)) {
    const bool space = c == ' ' || c == '\t';
    if (!space || out.back() != ' ') out += space ? ' ' : c;
  }
  return out;
}

std::string path_from(const Environment& environment, const std::string& variable,
                      const std::string& in_home) {
  if (const auto path = environment(variable)) return *path;
  const auto home = environment("HOME");
  return home ? *home + in_home : std::string();
}

// Empty if there is no such file.
base::Result<std::string> read_if_there(const std::string& path) {
  if (path.empty()) return std::string();
  auto text = read_small_file(path);
  if (!text.ok() && text.error().code == base::Code::kNotFound) return std::string();
  return text;
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
}

base::Result<std::string> read_small_file(const std::string& path) {
  constexpr uint64_t kLimit = 1 << 20;
  const std::string what = "file \"" + path + "\"";
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info = {};
  if (!fd || fstat(fd.get(), &info) != 0) return base::from_errno(errno, what);
  if (!S_ISREG(info.st_mode)) return base::invalid_argument(what + " is not a file");
  auto bytes =
      base::read_all(*base::fd_source(fd.get(), static_cast<uint64_t>(info.st_size)), kLimit);
  if (!bytes.ok()) return std::move(bytes).error().in(what);
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::optional<AwsProfile> find_profile(std::string_view file, std::string_view section) {
  std::optional<AwsProfile> profile;
  bool inside = false;
  while (!file.empty()) {
    const std::string_view raw = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(raw.size() + 1, file.size()));
    const std::string_view line = trimmed(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      inside = section_name(line) == section;
      if (inside && !profile) profile.emplace();
      continue;
    }
    const size_t equals = line.find('=');
    const bool indented = raw.front() == ' ' || raw.front() == '\t';
    if (!inside || indented || equals == std::string_view::npos) continue;
    (*profile)[lower(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
  }
  return profile;
}

base::Result<AwsProfiles> load_profile(const Environment& environment, const std::string& profile) {
  AwsProfiles out;
  out.name = !profile.empty() ? profile : environment("AWS_PROFILE").value_or("default");
  ASSIGN_OR_RETURN(const std::string config,
                   read_if_there(path_from(environment, "AWS_CONFIG_FILE", "/.aws/config")));
  ASSIGN_OR_RETURN(
      const std::string credentials,
      read_if_there(path_from(environment, "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials")));
  auto configured = find_profile(config, "profile " + out.name);
  if (!configured && out.name == "default") configured = find_profile(config, "default");
  auto found = find_profile(credentials, out.name);
  out.found = configured || found;
  if (found) out.settings = *std::move(found);
  if (configured) out.settings.merge(*configured);  // what is there stays
  return out;
}

base::Result<std::string> aws_region(const Environment& environment, const std::string& profile) {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = environment(name)) return *std::move(region);
  }
  ASSIGN_OR_RETURN(const AwsProfiles profiles, load_profile(environment, profile));
  const auto region = profiles.settings.find("region");
  return region != profiles.settings.end() ? region->second : std::string();
}

}  // namespace rushes::net
