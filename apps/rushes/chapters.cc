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
#include "chapter_names.h"
#include "continuation.h"
#include "numbers.h"
#include "task_json.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostChapters = 4096;

// What lies in a folder, by what names say.
struct Listing {
  std::map<std::string, std::map<int, fs::path>> chapters;  // by recording and number
  std::multimap<std::pair<std::string, int>, fs::path> numbered;
};

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

// A folder, and those in which cameras put what they record on a card: DCIM/100GOPRO. By name.
base::Result<std::vector<fs::path>> with_camera_folders(const fs::path& folder) {
  std::vector<fs::path> folders = {folder};
  if (base::is_uri(folder.string())) return folders;
  const bool is_dcim = folder.filename() == "DCIM";
  const fs::path dcim = is_dcim ? folder : folder / "DCIM";
  std::error_code error;
  if (!fs::is_directory(dcim, error)) return folders;
  for (const auto& entry : fs::directory_iterator(dcim, error)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  if (error) return base::from_errno(error.value(), "folder \"" + dcim.string() + "\"");
  std::sort(folders.begin() + 1, folders.end());
  return folders;
}

base::Result<Listing> list(const fs::path& folder, const FarFolders& far) {
  Listing found;
  ASSIGN_OR_RETURN(const std::vector<fs::path> files, files_in(folder, far));
  for (const fs::path& path : files) {
    const std::string name = path.filename().string();
    if (const auto chapter = chapter_name(name)) {
      found.chapters[chapter->recording][chapter->number] = path;
    } else if (const auto file = numbered_name(name)) {
      found.numbered.emplace(std::pair(file->series, file->number), path);
    }
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

class Finder {
 public:
  Finder(const ProbeFile& probe, const FarFolders& far) : probe_(probe), far_(far) {}

  base::Result<std::vector<std::string>> chapters_of(const std::vector<std::string>& named) {
    std::vector<std::string> files;
    for (const std::string& name : named) {
      const bool is_far = base::is_uri(name);
      std::error_code error;
      const fs::path real = is_far ? fs::path(name) : fs::canonical(name, error);
      if (error) return base::from_errno(error.value(), "\"" + name + "\"");
      const std::string folder = far_folder(name);
      if (!folder.empty() || (!is_far && fs::is_directory(real))) {
        if (named.size() > 1) return base::invalid_argument("\"" + name + "\" is a folder");
        return in_folder(is_far ? fs::path(folder) : real);
      }
      files.push_back(real);
    }
    if (files.size() > 1) return files;
    const bool is_far = base::is_uri(files.at(0));
    if (is_far && (files[0].starts_with("http") || !far_.list)) return files;
    return beside(files[0]);
  }

 private:
  // A file, and what goes on with it.
  base::Result<std::vector<std::string>> beside(const fs::path& file) {
    const std::string name = file.filename().string();
    const auto chapter = chapter_name(name);
    const bool is_far = base::is_uri(file.string());
    if (!chapter && (is_far || !numbered_name(name))) return alone(file);
    const std::string text = file.string();
    auto listed =
        listing_of(is_far ? fs::path(text.substr(0, text.rfind('/') + 1)) : file.parent_path());
    if (is_far && !listed.ok() && listed.error().code == base::Code::kPermission) {
      far_.warn(
          "its folder may not be listed, so chapters that follow are not found; name them all",
          text);
      return alone(file);
    }
    ASSIGN_OR_RETURN(const Listing* const listing, std::move(listed));
    if (!chapter) return begins_one(*listing, file) ? chain(*listing, file) : alone(file);
    const auto recording = listing->chapters.find(chapter->recording);
    if (recording == listing->chapters.end() ||
        recording->second.begin()->first != chapter->number) {
      return alone(file);
    }
    return from(recording->second, chapter->number);
  }

  base::Result<std::vector<std::string>> in_folder(const fs::path& folder) {
    ASSIGN_OR_RETURN(const std::vector<fs::path> folders, with_camera_folders(folder));
    std::vector<fs::path> firsts;
    for (const fs::path& within : folders) {
      ASSIGN_OR_RETURN(const Listing* const listing, listing_of(within));
      for (const auto& [name, chapters] : listing->chapters) {
        firsts.push_back(chapters.begin()->second);
      }
      for (const auto& [name, file] : listing->numbered) {
        if (begins_one(*listing, file)) firsts.push_back(file);
      }
    }
    if (firsts.empty()) {
      return base::not_found("folder \"" + folder.string() +
                             "\": no chapters with names that are known; name the files");
    }
    if (firsts.size() == 1) return beside(firsts[0]);
    std::string names;
    constexpr size_t kNamed = 20;
    for (size_t i = 0; i < firsts.size() && i < kNamed; ++i) {
      const bool is_within = folders.size() > 1;
      names += (i == 0 ? "" : ", ") +
               (is_within ? firsts[i].lexically_relative(folder) : firsts[i].filename()).string();
    }
    if (firsts.size() > kNamed) names += ", ...";
    return base::invalid_argument("folder \"" + folder.string() + "\" holds " +
                                  std::to_string(firsts.size()) +
                                  " recordings; name the first chapter of one: " + names);
  }

  static std::vector<std::string> alone(const fs::path& file) { return {file}; }

  std::vector<std::string> chain(const Listing& listing, fs::path file) {
    std::vector<std::string> files = {file};
    while (files.size() < kMostChapters) {
      const auto next = neighbour(listing, file, 1);
      if (!next) break;
      files.push_back(file = *next);
    }
    return files;
  }

  bool begins_one(const Listing& listing, const fs::path& file) {
    return !neighbour(listing, file, -1);
  }

  // The file that goes on with this one (`step` 1), or that this one goes on with (-1).
  std::optional<fs::path> neighbour(const Listing& listing, const fs::path& file, int step) {
    const auto name = numbered_name(file.filename().string());
    const auto [begin, end] = listing.numbered.equal_range({name->series, name->number + step});
    for (auto at = begin; at != end; ++at) {
      if (step > 0 ? goes_on(file, at->second) : goes_on(at->second, file)) return at->second;
    }
    return std::nullopt;
  }

  bool goes_on(const fs::path& first, const fs::path& next) {
    std::error_code error;
    const uint64_t bytes = fs::file_size(first, error);
    if (error || !may_be_continued(bytes)) return false;
    const std::optional<nlohmann::json>&a = facts_of(first), &b = facts_of(next);
    return a && b &&
           continues({*a, numbered_name(first.filename().string())->made},
                     {*b, numbered_name(next.filename().string())->made});
  }

  const std::optional<nlohmann::json>& facts_of(const fs::path& file) {
    const auto found = facts_.find(file);
    if (found != facts_.end()) return found->second;
    return facts_.emplace(file, probe_(file)).first->second;
  }

  base::Result<const Listing*> listing_of(const fs::path& folder) {
    const auto found = listings_.find(folder);
    if (found != listings_.end()) return &found->second;
    ASSIGN_OR_RETURN(Listing listing, list(folder, far_));
    return &listings_.emplace(folder, std::move(listing)).first->second;
  }

  const ProbeFile& probe_;
  const FarFolders& far_;
  std::map<fs::path, Listing> listings_;
  std::map<fs::path, std::optional<nlohmann::json>> facts_;
};

}  // namespace

ProbeFile probe_by(TaskRunner& runner, const std::string& store) {
  return [&runner, store](const std::string& path) -> std::optional<nlohmann::json> {
    auto outcomes = runner.run({{"probe", probe_task(path, store)}});
    if (outcomes.ok()) return std::move((*outcomes)[0].result);
    runner.warn(kChapterUnread,
                "whether it is a part of a recording is not known: " + outcomes.error().message,
                path);
    return std::nullopt;
  };
}

std::string far_folder(const std::string& name) {
  if (!base::is_uri(name) || name.starts_with("http")) return {};
  if (name.ends_with('/')) return name;
  const bool is_bucket = name.find('/', name.find("://") + 3) == std::string::npos;
  return is_bucket ? name + "/" : std::string();
}

base::Result<std::vector<std::string>> chapters_of(const std::vector<std::string>& named,
                                                   const ProbeFile& probe, const FarFolders& far) {
  return Finder(probe, far).chapters_of(named);
}

std::vector<NamedRecording> recordings_of(const std::vector<std::string>& named,
                                          const ProbeFile& probe, const FarFolders& far) {
  Finder finder(probe, far);
  std::vector<NamedRecording> recordings;
  std::set<std::string> parts;
  for (const std::string& name : named) {
    auto chapters = finder.chapters_of({name});
    if (chapters.ok()) parts.insert(chapters->begin() + 1, chapters->end());
    recordings.push_back({base::shown_uri(name), std::move(chapters)});
  }
  std::erase_if(recordings, [&](const NamedRecording& recording) {
    return recording.chapters.ok() && parts.contains(recording.chapters->at(0));
  });
  return recordings;
}

bool is_video_name(const std::string& name) {
  constexpr std::array<std::string_view, 9> kEndings = {".MP4", ".mp4", ".MOV",  ".mov", ".M4V",
                                                        ".m4v", ".360", ".insv", ".INSV"};
  return std::ranges::count(kEndings, fs::path(name).extension().string()) > 0;
}

base::Result<std::vector<std::string>> videos_in(const std::string& folder, const FarFolders& far) {
  std::vector<std::string> videos;
  ASSIGN_OR_RETURN(const std::vector<fs::path> folders, with_camera_folders(folder));
  std::vector<fs::path> files;
  for (const fs::path& within : folders) {
    ASSIGN_OR_RETURN(const std::vector<fs::path> more, files_in(within, far));
    files.insert(files.end(), more.begin(), more.end());
  }
  for (const fs::path& file : files) {
    if (is_video_name(file.string()) && !file.filename().string().starts_with('.'))
      videos.push_back(file);
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
