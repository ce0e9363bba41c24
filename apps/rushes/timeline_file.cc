#include "timeline_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include "base/unique_fd.h"
#include "base/uri.h"
#include "numbers.h"
#include "schema/json_text.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

base::Result<std::string> read_up_to(int fd, size_t limit) {
  std::string text;
  char bytes[65536];
  for (;;) {
    const ssize_t n = read(fd, bytes, sizeof(bytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::from_errno(errno, "cannot be read");
    if (n == 0) return text;
    text.append(bytes, static_cast<size_t>(n));
    if (text.size() > limit) {
      return base::invalid_argument("is larger than " + std::to_string(limit >> 20) + " MB");
    }
  }
}

base::Result<std::string> read_file(const std::string& file) {
  const size_t limit = schema::JsonLimits{}.bytes;
  if (file == "-") return read_up_to(STDIN_FILENO, limit);
  const base::UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return base::from_errno(errno, "cannot be opened");
  struct stat info = {};
  if (fstat(fd.get(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return base::invalid_argument("is a folder");
  }
  return read_up_to(fd.get(), limit);
}

}  // namespace

base::Result<Variables> parse_variables(const std::vector<std::string>& texts,
                                        const std::string& option) {
  Variables variables;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return usage_error(option + " wants name=value (is \"" + text + "\")");
    }
    variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

std::string TimelineFile::path_of(const std::string& src) const {
  if (base::is_uri(src)) return src;
  return (fs::path(folder) / src).lexically_normal().string();
}

base::Result<std::string> read_document(const std::string& file, const std::string& kind) {
  auto text = read_file(file);
  if (text.ok()) return text;
  base::Error error = std::move(text).error();
  error.number = kDocumentUnreadable;
  return std::move(error).in(kind + " \"" + (file == "-" ? "<stdin>" : file) + "\"");
}

base::Result<TimelineFile> read_timeline(const std::string& file, const Variables& set) {
  ASSIGN_OR_RETURN(std::string text, read_document(file, "timeline"));
  std::error_code error;
  const fs::path path = file == "-" ? fs::path("stdin") : fs::path(file);
  std::string folder = fs::absolute(path, error).lexically_normal().parent_path().string();
  if (error) return base::internal("the current folder is not known: " + error.message());
  return timeline_of(std::move(text), file == "-" ? "<stdin>" : file, std::move(folder), set);
}

TimelineFile timeline_of(std::string text, std::string name, std::string folder,
                         const Variables& set) {
  TimelineFile timeline{.name = std::move(name),
                        .text = std::move(text),
                        .folder = std::move(folder),
                        .loaded = {},
                        .sources = {}};
  timeline.loaded = timeline::load(timeline.text, timeline.name, {.set = set});
  std::set<std::string> seen;
  for (const timeline::SourceRef& source : timeline::sources(timeline.loaded)) {
    if (seen.insert(source.src).second) timeline.sources.push_back(source.src);
  }
  return timeline;
}

}  // namespace rushes::app
