#include "chapters.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <regex>

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

// Which chapter of which recording a file's name says it is.
struct Chapter {
  std::string recording;
  int number = 0;
};

std::optional<Chapter> chapter_of(const std::string& name) {
  // Beside them lie small copies and thumbnails of the same names (.LRV, .THM).
  static const std::regex kGoPro(R"((G[HX])(\d\d)(\d{4})(\.(?:MP4|mp4|MOV|mov|360)))");
  static const std::regex kOldGoPro(R"(G(OPR|P\d\d)(\d{4})(\.(?:MP4|mp4)))");
  std::smatch m;
  if (std::regex_match(name, m, kGoPro)) {
    return Chapter{m[1].str() + m[3].str() + m[4].str(), std::stoi(m[2])};
  }
  if (std::regex_match(name, m, kOldGoPro)) {
    return Chapter{"GOPR" + m[2].str() + m[3].str(),
                   m[1] == "OPR" ? 0 : std::stoi(m[1].str().substr(1))};
  }
  return std::nullopt;
}

using Recordings = std::map<std::string, std::map<int, fs::path>>;

base::Result<Recordings> recordings_in(const fs::path& folder) {
  Recordings found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto chapter = chapter_of(entry.path().filename());
    if (chapter && !entry.is_directory()) found[chapter->recording][chapter->number] = entry.path();
  }
  if (error) return base::from_errno(error.value(), "folder \"" + folder.string() + "\"");
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

base::Result<std::vector<std::string>> in_folder(const fs::path& folder) {
  ASSIGN_OR_RETURN(const Recordings found, recordings_in(folder));
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

base::Result<std::vector<std::string>> chapters_of(const std::vector<std::string>& named) {
  std::vector<std::string> files;
  for (const std::string& name : named) {
    std::error_code error;
    const fs::path real = fs::canonical(name, error);
    if (error) return base::from_errno(error.value(), "\"" + name + "\"");
    if (fs::is_directory(real)) {
      if (named.size() > 1) return base::invalid_argument("\"" + name + "\" is a folder");
      return in_folder(real);
    }
    files.push_back(real);
  }
  if (files.size() > 1) return files;
  const fs::path only = files.at(0);
  const auto chapter = chapter_of(only.filename());
  if (!chapter) return files;
  ASSIGN_OR_RETURN(const Recordings found, recordings_in(only.parent_path()));
  const auto recording = found.find(chapter->recording);
  if (recording == found.end() || recording->second.begin()->first != chapter->number) return files;
  return from(recording->second, chapter->number);
}

}  // namespace rushes::app
