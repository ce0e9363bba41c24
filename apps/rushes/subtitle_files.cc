#include "subtitle_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/hash.h"
#include "file_identity.h"
#include "numbers.h"
#include "timeline_file.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// "en", "pt-br", "zh-hant": what names of such files end in.
bool is_language(const std::string& text) {
  const size_t dash = std::min(text.find('-'), text.size());
  const auto letters = [](std::string_view part) {
    return part.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == part.npos;
  };
  const std::string_view region = std::string_view(text).substr(std::min(dash + 1, text.size()));
  return (dash == 2 || dash == 3) && letters(std::string_view(text).substr(0, dash)) &&
         (dash == text.size() || ((region.size() == 2 || region.size() == 4) && letters(region)));
}

}  // namespace

base::Result<std::vector<SubtitleFile>> subtitle_files(const std::vector<std::string>& names) {
  std::vector<SubtitleFile> out;
  for (const std::string& name : names) {
    const fs::path named(name);
    SubtitleFile file{
        .path = {}, .format = lower(named.extension()), .language = {}, .hash = {}, .identity = {}};
    if (file.format != ".srt" && file.format != ".vtt") {
      return usage_error("--subtitles wants files that end in .srt or .vtt (is \"" + name + "\")");
    }
    file.format.erase(0, 1);
    ASSIGN_OR_RETURN(const std::string text, read_document(name, "subtitles"));
    file.hash = base::hash_of(text);
    std::error_code error;
    file.path = fs::canonical(named, error).string();
    if (error) return base::from_errno(error.value(), "subtitles \"" + name + "\"");
    ASSIGN_OR_RETURN(file.identity, file_identity(file.path));
    const std::string last = lower(named.stem().extension());
    if (last.size() > 1 && is_language(last.substr(1))) file.language = last.substr(1);
    const bool twice = std::ranges::any_of(
        out, [&](const SubtitleFile& other) { return other.language == file.language; });
    if (twice) {
      return usage_error("--subtitles names two files of one language: \"" + name +
                         "\"; game.en.srt is in English, game.fr.srt in French");
    }
    out.push_back(std::move(file));
  }
  return out;
}

}  // namespace rushes::app
