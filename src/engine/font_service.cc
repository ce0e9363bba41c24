#include "engine/font_service.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "engine/child_event.h"
#include "engine/font_json.h"

namespace rushes::engine {
namespace {

constexpr size_t kMaxOpenFonts = 1024;

// Where systems keep fonts. Files there need no look at the catalog, which takes time to open.
const Roots& usual_folders() {
  static const Roots kFolders({"/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/texmf"});
  return kFolders;
}

}  // namespace

void FontService::add_entry(FontPackage& package, const text::FontFile& file, bool sent) {
  const Open& opened = open_.at(file.path);
  package.json["files"].push_back({{"file", file.path},
                                   {"family", file.family},
                                   {"hash", opened.hash},
                                   {"size", opened.size},
                                   {"index", file.index},
                                   {"sent", sent}});
  if (sent) package.fds.push_back(opened.fd.get());
}

base::Status FontService::append(FontPackage& package, const text::FontFile& file,
                                 OpenedFile opened) {
  if (open_.size() >= kMaxOpenFonts) return base::resource("too many font files in one task");
  if (opened.size > static_cast<uint64_t>(text::kMaxFontBytes)) {
    return base::resource("the font file is too large");
  }
  const auto source = base::fd_source(opened.fd.get(), opened.size);
  ASSIGN_OR_RETURN(std::string hash, base::hash_of(*source));
  open_.emplace(file.path, Open{std::move(opened.fd), opened.size, std::move(hash)});
  add_entry(package, file, true);
  return {};
}

base::Status FontService::append(FontPackage& package, const text::FontFile& file) {
  if (open_.contains(file.path)) {
    add_entry(package, file, false);
    return {};
  }
  ASSIGN_OR_RETURN(OpenedFile opened, open_regular(file.path));
  return append(package, file, std::move(opened));
}

base::Result<bool> FontService::is_installed(const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<text::FamilyInfo> families, catalog_.list());
  for (const text::FamilyInfo& family : families) {
    for (const text::FontFace& face : family.faces) {
      if (face.file.path == path) return true;
    }
  }
  return false;
}

base::Result<FontPackage> FontService::open_pinned(const std::vector<TaskFont>& fonts) {
  FontPackage package;
  package.json["files"] = nlohmann::json::array();
  for (const TaskFont& font : fonts) {
    const std::string name = "font \"" + font.path + "\"";
    const text::FontFile wanted = {font.path, font.index, font.family};
    if (open_.contains(font.path)) {
      add_entry(package, wanted, false);
    } else {
      auto file = open_regular(font.path);
      if (!file.ok()) return std::move(file).error().in(name);
      // Where it really lies counts, and it is asked before a byte is read.
      if (!roots_.contain(file->path) && !usual_folders().contain(file->path)) {
        ASSIGN_OR_RETURN(const bool installed, is_installed(font.path));
        if (!installed) {
          return base::permission(name +
                                  ": it is not installed, and outside the folders that may "
                                  "be read; --root adds one");
        }
      }
      base::Status appended = append(package, wanted, *std::move(file));
      if (!appended.ok()) return std::move(appended).error().in(name);
    }
    if (open_.at(font.path).hash != font.hash) {
      return base::invalid_argument(name + ": it is not the file that the program was made with");
    }
  }
  return package;
}

base::Status FontService::find_installed(const text::FontRequest& request, FontPackage& package) {
  ASSIGN_OR_RETURN(const text::FontMatch match, catalog_.find(request));
  package.json = {{"families", match.families},
                  {"warnings", match.warnings},
                  {"uncovered", nlohmann::json::array()},
                  {"files", nlohmann::json::array()}};
  for (char32_t c : match.uncovered) {
    package.json["uncovered"].push_back(static_cast<uint32_t>(c));
  }
  for (const text::FontFile& file : match.files) {
    if (own_.contains(file.path)) {
      package.json["files"].push_back(
          {{"own", file.path}, {"index", file.index}, {"family", file.family}});
      continue;
    }
    base::Status appended = append(package, file);
    if (!appended.ok()) return std::move(appended).error().in("font \"" + file.path + "\"");
  }
  return {};
}

base::Result<FontPackage> FontService::find(const nlohmann::json& line) {
  ASSIGN_OR_RETURN(const text::FontRequest request, request_from_json(line));
  FontPackage package;
  base::Status found = find_installed(request, package);
  if (found.ok()) return package;
  // What was opened for this answer has not reached the child.
  for (int fd : package.fds) {
    std::erase_if(open_, [&](const auto& entry) { return entry.second.fd.get() == fd; });
  }
  return FontPackage{{{"error", error_to_json(found.error())}}, {}};
}

base::Status FontService::add(const nlohmann::json& line) {
  ASSIGN_OR_RETURN(std::vector<text::FontFace> faces, faces_from_json(line));
  for (const text::FontFace& face : faces) own_.insert(face.file.path);
  if (own_.size() > kMaxOpenFonts) return base::resource("too many font files in one task");
  catalog_.add(std::move(faces));
  return {};
}

}  // namespace rushes::engine
