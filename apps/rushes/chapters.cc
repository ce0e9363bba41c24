#include "chapters.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/uri.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

// Which chapter of which recording a file's name says it is.
struct Chapter {
  std::string recording;
  int number = 0;
};

// The number in `count` digits, or nothing.
std::optional<int> digits(std::string_view text, size_t at, size_t count) {
  int number = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

// Eight characters and what they end with. Small copies and thumbnails of the same names (.LRV,
// .THM) lie beside them.
std::optional<Chapter> chapter_of(std::string_view name) {
  constexpr size_t kLength = 8;
  constexpr std::array<std::string_view, 5> kEndings = {".MP4", ".mp4", ".MOV", ".mov", ".360"};
  if (name.size() != kLength + 4 || name[0] != 'G') return std::nullopt;
  const std::string_view ending = name.substr(kLength);
  if (std::ranges::count(kEndings, ending) == 0 || !digits(name, 4, 4)) return std::nullopt;
  const std::string rest(name.substr(4));
  if (name.starts_with("GOPR")) return Chapter{"GOPR" + rest, 0};
  const auto number = digits(name, 2, 2);
  if (!number) return std::nullopt;
  if (name[1] == 'P') return Chapter{"GOPR" + rest, *number};
  if (name[1] != 'H' && name[1] != 'X') return std::nullopt;
  return Chapter{std::string(name.substr(0, 2)) + rest, *number};
}

using Recordings = std::map<std::string, std::map<int, fs::path>>;

base::Result<std::vector<fs::path>> files_in(const fs::path& folder, const FarFolders& far) {
  std::vector<fs::path> files;
  if (base::is_uri(folder.string())) {
    if (!far.list) return base::unsupported("\"" + folder.string() + "\": folders are not listed");
    ASSIGN_OR_RETURN(const std::vector<std::string> uris, far.list(folder.string()));
    files.assign(uris.begin(), uris.end());
    return files;
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!entry.is_directory()) files.push_back(entry.path());
  }
  if (error) return base::from_errno(error.value(), "folder \"" + folder.string() + "\"");
  return files;
}

base::Result<Recordings> recordings_in(const fs::path& folder, const FarFolders& far) {
  Recordings found;
  ASSIGN_OR_RETURN(const std::vector<fs::path> files, files_in(folder, far));
  for (const fs::path& file : files) {
    const auto chapter = chapter_of(file.filename().string());
    if (chapter) found[chapter->recording][chapter->number] = file;
  }
  return found;
}

// From chapter `first` on.
base::Result<std::vector<std::string>> from(const std::map<int, fs::path>& recording, int first) {
  std::vector<std::string> files;
  int expected = first;
  for (auto at = recording.find(first); at != recording.end(); ++at, ++expected) {
    if (at->first != expected) {
      return base::not_found("chapter " + std::to_string(expected) + " is missing before \"" +
                             at->second.filename().string() +
                             "\"; name the files that are to be joined, if the gap is meant");
    }
    files.push_back(at->second);
  }
  return files;
}

base::Result<std::vector<std::string>> in_folder(const fs::path& folder, const FarFolders& far) {
  ASSIGN_OR_RETURN(const Recordings found, recordings_in(folder, far));
  if (found.empty()) {
    return base::not_found("folder \"" + folder.string() +
                           "\": no chapters with names that are known; name the files");
  }
  if (found.size() > 1) {
    std::string names;
    for (const auto& [name, chapters] : found) {
      names += (names.empty() ? "" : ", ") + chapters.begin()->second.filename().string();
    }
    return base::invalid_argument("folder \"" + folder.string() + "\" holds " +
                                  std::to_string(found.size()) +
                                  " recordings; name the first chapter of one: " + names);
  }
  const auto& chapters = found.begin()->second;
  return from(chapters, chapters.begin()->first);
}

}  // namespace

std::string far_folder(const std::string& name) {
  if (!base::is_uri(name) || name.starts_with("http")) return {};
  if (name.ends_with('/')) return name;
  const bool is_bucket = name.find('/', name.find("://") + 3) == std::string::npos;
  return is_bucket ? name + "/" : std::string();
}

base::Result<std::vector<std::string>> chapters_of(const std::vector<std::string>& named,
                                                   const FarFolders& far) {
  std::vector<std::string> files;
  for (const std::string& name : named) {
    const bool is_far = base::is_uri(name);
    std::error_code error;
    const fs::path real = is_far ? fs::path(name) : fs::canonical(name, error);
    if (error) return base::from_errno(error.value(), "\"" + name + "\"");
    const std::string folder = far_folder(name);
    if (!folder.empty() || (!is_far && fs::is_directory(real))) {
      if (named.size() > 1) return base::invalid_argument("\"" + name + "\" is a folder");
      return in_folder(is_far ? fs::path(folder) : real, far);
    }
    files.push_back(real);
  }
  if (files.size() > 1) return files;
  const bool is_far = base::is_uri(files.at(0));
  if (is_far && (files[0].starts_with("http") || !far.list)) return files;
  const fs::path only = files[0];
  const auto chapter = chapter_of(only.filename().string());
  if (!chapter) return files;
  const std::string folder =
      is_far ? files[0].substr(0, files[0].rfind('/') + 1) : only.parent_path().string();
  auto found = recordings_in(folder, far);
  if (is_far && !found.ok() && found.error().code == base::Code::kPermission) {
    far.warn("its folder may not be listed, so chapters that follow are not found; name them all",
             files[0]);
    return files;
  }
  if (!found.ok()) return std::move(found).error();
  const auto recording = found->find(chapter->recording);
  if (recording == found->end() || recording->second.begin()->first != chapter->number) {
    return files;
  }
  return from(recording->second, chapter->number);
}

std::vector<NamedRecording> recordings_of(const std::vector<std::string>& named,
                                          const FarFolders& far) {
  std::vector<NamedRecording> recordings;
  std::set<std::string> parts;
  for (const std::string& name : named) {
    auto chapters = chapters_of({name}, far);
    if (chapters.ok()) parts.insert(chapters->begin() + 1, chapters->end());
    recordings.push_back({base::shown_uri(name), std::move(chapters)});
  }
  std::erase_if(recordings, [&](const NamedRecording& recording) {
    return recording.chapters.ok() && parts.contains(recording.chapters->at(0));
  });
  return recordings;
}

base::Result<std::vector<std::string>> videos_in(const std::string& folder, const FarFolders& far) {
  constexpr std::array<std::string_view, 7> kEndings = {".MP4", ".mp4", ".MOV", ".mov",
                                                        ".M4V", ".m4v", ".360"};
  std::vector<std::string> videos;
  ASSIGN_OR_RETURN(const std::vector<fs::path> files, files_in(folder, far));
  for (const fs::path& file : files) {
    const bool is_video = std::ranges::count(kEndings, file.extension().string()) > 0;
    if (is_video && !file.filename().string().starts_with('.')) videos.push_back(file);
  }
  if (videos.empty()) {
    return base::not_found("folder \"" + folder + "\": there are no videos in it");
  }
  std::ranges::sort(videos);
  return videos;
}

std::string folder_of(const std::string& chapter) {
  return base::is_uri(chapter) ? chapter : fs::path(chapter).parent_path().string();
}

}  // namespace rushes::app
