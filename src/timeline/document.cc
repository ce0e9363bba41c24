#include "timeline/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "schema/json_text.h"
#include "schema/validate.h"
#include "timeline/variables.h"

namespace rushes::timeline {
namespace {

using base::Rational;
using schema::Diagnostic;
using schema::Value;

constexpr int kVersion = 1;

// Documents of older versions would be brought up to date here, one version at a time.
bool check_version(const Value& document, Loaded& out) {
  const Value* version = document.find("version");
  if (version == nullptr || !version->is_number() || version->number == Rational(kVersion)) {
    return true;  // what is missing or of another type, validation reports
  }
  out.diagnostics.push_back(
      {.number = 118,
       .file = out.file,
       .place = version->place,
       .pointer = "/version",
       .message = fmt::format("version {} is not known; this program reads version {}",
                              version->text.substr(0, 20), kVersion)});
  return false;
}

SourceKind caption_kind(std::string_view src) {
  return src.ends_with(".json") ? SourceKind::kWords : SourceKind::kCaptions;
}

class SourceList {
 public:
  void add(const Value* src, SourceKind kind, std::string pointer) {
    if (src == nullptr || !src->is_string() || src->text.empty()) return;
    list_.push_back({src->text, kind, std::move(pointer), src->place});
  }

  void add_clip(const Value& clip, const std::string& pointer) {
    add(clip.find("image"), SourceKind::kImage, schema::child(pointer, "image"));
    add(clip.find("video"), SourceKind::kVideo, schema::child(pointer, "video"));
    add(clip.find("audio"), SourceKind::kAudio, schema::child(pointer, "audio"));
    if (const Value* captions = clip.find("captions")) {
      add(captions, caption_kind(captions->text), schema::child(pointer, "captions"));
    }
    if (const Value* transition = clip.find("transition")) {
      add(transition->find("luma"), SourceKind::kLuma, pointer + "/transition/luma");
    }
  }

  void add_track(const Value& track, std::string pointer) {
    const Value* clips = &track;
    if (track.is_object()) {
      clips = track.find("clips");
      pointer += "/clips";
    }
    if (clips == nullptr) return;
    for (size_t i = 0; i < clips->items.size(); ++i) {
      add_clip(clips->items[i], schema::child(pointer, i));
    }
  }

  std::vector<SourceRef> take() && { return std::move(list_); }

 private:
  std::vector<SourceRef> list_;
};

}  // namespace

std::string_view name_of(SourceKind kind) {
  switch (kind) {
    case SourceKind::kImage: return "image";
    case SourceKind::kVideo: return "video";
    case SourceKind::kAudio: return "audio";
    case SourceKind::kCaptions: return "captions";
    case SourceKind::kWords: return "words";
    case SourceKind::kFont: return "font";
    case SourceKind::kLuma: return "luma";
  }
  return "file";
}

Loaded load(std::string_view text, std::string_view file, const LoadOptions& options) {
  Loaded out{.file = std::string(file)};
  schema::ParsedJson json = schema::parse_json(text, file);
  out.diagnostics = std::move(json.diagnostics);
  if (!json.value.has_value()) return out;
  out.document = std::move(*json.value);
  if (!check_version(out.document, out)) return out;

  Expansion expansion = expand_variables(out.document, file, options.set);
  std::ranges::move(expansion.diagnostics, std::back_inserter(out.diagnostics));
  // What could not be filled in says nothing about the document, and what is wrong is said once.
  std::set<std::pair<int, int>> settled(expansion.unfilled.begin(), expansion.unfilled.end());
  for (const Diagnostic& d : out.diagnostics) {
    if (d.number == 103 || d.number == 122) settled.insert({d.place.line, d.place.column});
  }
  for (Diagnostic& d : schema::validate(out.document, *schema::builtin_schema("timeline"), file)) {
    if (!settled.contains({d.place.line, d.place.column})) out.diagnostics.push_back(std::move(d));
  }
  std::ranges::stable_sort(out.diagnostics, {}, [](const Diagnostic& d) {
    return std::pair(d.place.line, d.place.column);
  });
  return out;
}

std::vector<SourceRef> sources(const Loaded& loaded) {
  SourceList list;
  if (const Value* fonts = loaded.document.find("fonts")) {
    for (size_t i = 0; i < fonts->items.size(); ++i) {
      list.add(&fonts->items[i], SourceKind::kFont, schema::child("/fonts", i));
    }
  }
  if (const Value* tracks = loaded.document.find("tracks")) {
    for (size_t i = 0; i < tracks->items.size(); ++i) {
      list.add_track(tracks->items[i], schema::child("/tracks", i));
    }
  }
  return std::move(list).take();
}

}  // namespace rushes::timeline
