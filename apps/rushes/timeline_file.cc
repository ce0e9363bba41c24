#include "timeline_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

// Finds places in a text, each behind the one before.
class PlaceFinder {
 public:
  explicit PlaceFinder(const std::string& text) : text_(text) {}

  size_t find(const schema::Place& place) {
    const std::pair wanted(place.line, place.column);
    for (; at_ < text_.size() && (std::pair(line_, column_) < wanted || is_inside()); ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else if (!is_inside()) {
        ++column_;
      }
    }
    return at_;
  }

 private:
  // Of a character of several bytes, not its first.
  bool is_inside() const { return (static_cast<unsigned char>(text_[at_]) & 0xc0) == 0x80; }

  const std::string& text_;
  size_t at_ = 0;
  int line_ = 1, column_ = 1;
};

// What stands for an address is as long as it is: places in messages stay what they are.
void hide_addresses(TimelineFile& timeline) {
  std::vector<timeline::SourceRef> refs = timeline::sources(timeline.loaded);
  std::ranges::stable_sort(refs, {}, [](const timeline::SourceRef& ref) {
    return std::pair(ref.place.line, ref.place.column);
  });
  std::set<std::string> taken;
  for (const timeline::SourceRef& ref : refs) taken.insert(ref.src);
  std::map<std::string, std::string> hidden;  // by address
  PlaceFinder places(timeline.text);
  size_t n = 0;
  for (const timeline::SourceRef& ref : refs) {
    if (base::shown_uri(ref.src) == ref.src) continue;
    const size_t at = places.find(ref.place);
    // Made of variables, or written in another way.
    if (timeline.text.compare(at, ref.src.size() + 2, "\"" + ref.src + "\"") != 0) continue;
    const auto [found, is_new] = hidden.try_emplace(ref.src);
    std::string& src = found->second;
    while (is_new && (src.empty() || taken.contains(src))) {
      src = hidden_address(ref.src, ++n);
      if (src.size() > ref.src.size()) break;
      src.resize(ref.src.size(), '_');
    }
    if (src.size() > ref.src.size()) continue;
    timeline.addresses[src] = ref.src;
    timeline.text.replace(at + 1, src.size(), src);
  }
}

void list_sources(TimelineFile& timeline) {
  std::set<std::string> seen;
  timeline.sources.clear();
  for (const timeline::SourceRef& source : timeline::sources(timeline.loaded)) {
    if (seen.insert(source.src).second) timeline.sources.push_back(source.src);
  }
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
  const auto hidden = addresses.find(src);
  if (hidden != addresses.end()) return hidden->second;
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
                        .sources = {},
                        .addresses = {}};
  timeline.loaded = timeline::load(timeline.text, timeline.name, {.set = set});
  hide_addresses(timeline);
  if (!timeline.addresses.empty()) {
    timeline.loaded = timeline::load(timeline.text, timeline.name, {.set = set});
  }
  list_sources(timeline);
  return timeline;
}

std::string hidden_address(const std::string& address, size_t n) {
  return base::shown_uri(address) + "?" + std::to_string(n);
}

}  // namespace rushes::app
