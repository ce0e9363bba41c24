#include "left_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/rational.h"
#include "numbers.h"
#include "schema/codecs.h"

namespace rushes::app {
namespace {

using base::Rational;
using nlohmann::json;

constexpr std::array<std::pair<Content, std::string_view>, 4> kNames = {
    {{Content::kPicture, "picture"},
     {Content::kSound, "sound"},
     {Content::kSubtitles, "subtitles"},
     {Content::kData, "data"}}};

std::string_view name_of(Content content) {
  return std::ranges::find(kNames, content, &decltype(kNames)::value_type::first)->second;
}

// Nothing for covers, which are no part of what was recorded.
std::optional<Content> content_of(const json& stream) {
  const std::string kind = stream.value("kind", "");
  if (kind == "audio") return Content::kSound;
  if (kind == "subtitle") return Content::kSubtitles;
  if (kind != "video") return Content::kData;
  if (stream.value("attached_picture", false)) return std::nullopt;
  return Content::kPicture;
}

// When a stream begins and ends, by the clock of its file.
struct Extent {
  Rational from, to;
};
std::optional<Extent> extent_of(const json& stream, const json& file) {
  const auto start = Rational::parse(stream.value("start", "0"));
  const auto length = Rational::parse(stream.value("duration", file.value("duration", "0")));
  if (!start.ok() || !length.ok()) return std::nullopt;
  return Extent{*start, *start + *length};
}

class Chapter {
 public:
  Chapter(const json& info, const std::set<Content>& held) : info_(info), held_(held) {
    for (const json& stream : info.value("streams", json::array())) {
      if (const auto content = content_of(stream)) look_at(stream, *content);
    }
    compare_lengths();
    // Where some cameras write what their sensors said.
    const bool has_more = info.contains("behind") && info["behind"] != json(0);
    if (has_more) add(Content::kData, "data behind its last box");
  }

  // In words, with what it belongs to.
  const std::vector<std::pair<Content, std::string>>& lost() const { return lost_; }

 private:
  void look_at(const json& stream, Content content) {
    const bool is_first = seen_.insert(content).second;
    const std::string codec = stream.value("codec", "");
    switch (content) {
      case Content::kPicture:
        if (!is_first) return add(content, "another picture (" + codec + ")");
        if (!held_.contains(content)) return add(content, "a picture (" + codec + ")");
        picture_ = extent_of(stream, info_);
        return;
      case Content::kSound:
        if (!is_first) return add(content, "another sound track (" + codec + ")");
        if (!held_.contains(content)) return add(content, "sound (" + codec + ")");
        sound_ = extent_of(stream, info_);
        return;
      case Content::kSubtitles: return add(content, "subtitles (" + codec + ")");
      case Content::kData: return add(content, "data of the camera or a timecode");
    }
  }

  void compare_lengths() {
    if (!picture_ || !sound_) return;
    const auto longer = [&](const Rational& by, const char* where) {
      // What verify calls the same length.
      if (by <= Rational(1, 10)) return;
      add(Content::kSound, fmt::format("{:.3f} s of sound {} its picture", by.to_double(), where));
    };
    longer(picture_->from - sound_->from, "before");
    longer(sound_->to - picture_->to, "after");
  }

  void add(Content content, const std::string& text) { lost_.emplace_back(content, text); }

  const json& info_;
  const std::set<Content>& held_;
  std::set<Content> seen_;
  std::optional<Extent> picture_, sound_;  // that are carried over
  std::vector<std::pair<Content, std::string>> lost_;
};

}  // namespace

base::Result<std::set<Content>> parse_contents(const std::string& text) {
  std::set<Content> out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string name = text.substr(begin, end - begin);
    const auto found = std::ranges::find(kNames, name, &decltype(kNames)::value_type::second);
    if (found == kNames.end()) {
      return usage_error("--may-lose takes picture, sound, subtitles and data (is \"" + name +
                         "\")");
    }
    out.insert(found->first);
    begin = end + 1;
  }
  return out;
}

std::set<Content> held_by(const std::string& output, const json& preset) {
  const auto wants = [&](const char* key) {
    const auto found = preset.find(key);
    return found == preset.end() || *found != json(false);
  };
  const schema::Container* const kind = schema::container_of(output);
  std::set<Content> held;
  if (wants("video") && (kind == nullptr || !kind->video.empty())) held.insert(Content::kPicture);
  if (wants("audio") && (kind == nullptr || !kind->audio.empty())) held.insert(Content::kSound);
  return held;
}

std::string left_out(const std::vector<RecordedChapter>& chapters, const std::set<Content>& held,
                     const std::set<Content>& may_lose) {
  std::set<std::string> texts;
  std::set<Content> contents;
  for (const RecordedChapter& chapter : chapters) {
    const Chapter looked_at(chapter.info, held);
    for (const auto& [content, text] : looked_at.lost()) {
      if (may_lose.contains(content)) continue;
      contents.insert(content);
      texts.insert(text);
    }
  }
  if (texts.empty()) return {};
  std::string all, names;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  for (const Content content : contents) {
    names += (names.empty() ? "" : ",") + std::string(name_of(content));
  }
  return "holds what is in no output: " + all + "; --may-lose " + names + " lets it go";
}

}  // namespace rushes::app
