#include "preset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "numbers.h"
#include "schema/codecs.h"
#include "schema/json_text.h"
#include "schema/schemas.h"
#include "schema/validate.h"
#include "timeline_file.h"

namespace rushes::app {
namespace {

using nlohmann::json;
using schema::Container;

constexpr std::string_view kUsualPreset = "1080p-h264";

std::string text_at(const json& place, const char* key, std::string_view otherwise) {
  const auto at = place.is_object() ? place.find(key) : place.end();
  return at != place.end() && at->is_string() ? at->get<std::string>() : std::string(otherwise);
}

// Of what a preset makes in such a file; null: no picture, or nothing that is known.
const schema::VideoCodec* codec_of(const json& preset, const Container& file) {
  const json video = preset.value("video", json::object());
  if (!video.is_object() || file.video.empty()) return nullptr;
  return schema::find_video_codec(text_at(video, "codec", file.video[0]));
}

std::string presets_for(const Container& file) {
  std::vector<std::string_view> names;
  for (const std::string_view name : schema::preset_names()) {
    const json preset = json::parse(schema::preset_text(name));
    if (preset.contains("renditions") || text_at(preset, "format", file.name) != file.name) {
      continue;
    }
    const schema::VideoCodec* codec = codec_of(preset, file);
    const bool holds = codec != nullptr && file.holds_video(codec->name);
    if (holds || file.video.empty()) names.push_back(name);
  }
  return fmt::format("presets for .{}: {}", file.name, fmt::join(names, ", "));
}

constexpr std::string_view kCodecField = "video.codec=";

// What an encoder's scale says means another thing on that of another.
void drop_other_scale(json& document, const std::vector<std::string>& set) {
  const Container* file = schema::find_container(text_at(document, "format", "mp4"));
  if (!document.contains("video") || !document["video"].is_object() || file == nullptr) return;
  json& video = document["video"];
  const std::string own = text_at(video, "codec", file->video.empty() ? "" : file->video[0]);
  for (const std::string& field : set) {
    if (!field.starts_with(kCodecField) || field.substr(kCodecField.size()) == own) continue;
    for (const char* key : {"crf", "preset"}) video.erase(key);
    const auto* other = schema::find_video_codec(field.substr(kCodecField.size()));
    // Another sound beside it, too.
    const bool has_sound = document.contains("audio") && document["audio"].is_object();
    if (other != nullptr && !other->sound.empty() && has_sound) document["audio"].erase("bitrate");
  }
}

base::Result<std::string> text_of(const std::string& name) {
  if (const auto text = schema::preset_text(name); !text.empty()) return std::string(text);
  if (name.ends_with(".json")) return read_document(name, "preset");
  const auto known = schema::preset_names();
  std::string meant = schema::did_you_mean(name, known);
  if (meant.empty()) meant = fmt::format("there is {}", fmt::join(known, ", "));
  return usage_error("there is no preset \"" + name + "\"; " + meant +
                     "; or a file that ends in .json");
}

// Of these only one can be said; empty: it excludes nothing.
std::vector<std::string> rivals_of(const std::string& key) {
  for (const auto& choice : {std::vector<std::string>{"lines", "size"},
                             std::vector<std::string>{"crf", "bitrate", "lossless", "quality"}}) {
    if (std::ranges::find(choice, key) == choice.end()) continue;
    std::vector<std::string> rivals = choice;
    std::erase(rivals, key);
    return rivals;
  }
  return {};
}

// The field that is set takes the place of its rivals.
void drop_rivals(json& place, const std::string& key) {
  for (const std::string& other : rivals_of(key)) place.erase(other);
}

// "video.crf=23".
struct Field {
  std::string path, value;
  explicit Field(const std::string& text)
      : path(text.substr(0, text.find('='))),
        value(text.substr(std::min(path.size() + 1, text.size()))) {}
  bool takes_away() const { return value == "null" || value == "false"; }
  bool is_within(const std::string& place) const {
    return path == place || path.starts_with(place + ".");
  }
};

// The path of the first field of `set` that excludes the one of this path; empty: there is none.
std::string rival_in(const std::vector<std::string>& set, const std::string& path) {
  for (size_t dot = path.find('.'), begin = 0;; begin = dot + 1, dot = path.find('.', begin)) {
    const std::string folder = path.substr(0, begin);
    for (const std::string& rival : rivals_of(path.substr(begin, dot - begin))) {
      for (const std::string& text : set) {
        const Field field(text);
        if (!field.takes_away() && field.is_within(folder + rival)) return field.path;
      }
    }
    if (dot == std::string::npos) return {};
  }
}

base::Error exclude_each_other(const std::string& one, const std::string& other) {
  return usage_error(one + " and " + other + " exclude each other");
}

base::Status check_rivals(const std::vector<std::string>& set) {
  for (const std::string& text : set) {
    const Field field(text);
    const std::string rival = rival_in(set, field.path);
    if (rival.empty() || field.takes_away()) continue;
    return exclude_each_other("--set " + field.path, "--set " + rival);
  }
  return {};
}

base::Status set_field(json& document, const std::string& text) {
  const size_t equals = text.find('=');
  json* place = &document;
  std::string path = text.substr(0, equals);
  for (bool last = false; !last;) {
    const size_t dot = path.find('.');
    last = dot == std::string::npos;
    const std::string key = path.substr(0, dot);
    if (equals == std::string::npos || key.empty()) {
      return usage_error("--set wants field=value, as \"video.crf=23\" (is \"" + text + "\")");
    }
    // "audio": false has no fields, until it is given one.
    if (!place->is_object()) *place = json::object();
    if (text.substr(equals + 1) != "null") drop_rivals(*place, key);
    place = &(*place)[key];
    path = last ? "" : path.substr(dot + 1);
  }
  const std::string value = text.substr(equals + 1);
  *place = json::parse(value, nullptr, false);
  if (place->is_discarded()) *place = value;
  return {};
}

void drop_nulls(json& value) {
  if (!value.is_object()) return;
  for (auto at = value.begin(); at != value.end();) {
    if (at->is_null()) {
      at = value.erase(at);
    } else {
      drop_nulls(*at++);
    }
  }
}

}  // namespace

std::string usual_preset(const std::string& output, const std::vector<std::string>& set) {
  constexpr std::string_view kFormat = "format=";
  const Container* file = schema::container_of(output);
  for (const std::string& field : set) {
    if (file == nullptr && field.starts_with(kFormat)) {
      file = schema::find_container(field.substr(kFormat.size()));
    }
  }
  const json usual = json::parse(schema::preset_text(kUsualPreset));
  if (file == nullptr || file->video.empty()) return std::string(kUsualPreset);
  if (file->holds_video(codec_of(usual, *file)->name)) return std::string(kUsualPreset);
  for (const std::string_view name : schema::preset_names()) {
    const json preset = json::parse(schema::preset_text(name));
    if (text_at(preset, "format", "") == file->name) return std::string(name);
  }
  return std::string(kUsualPreset);
}

base::Result<std::string> quality_field(const std::string& quality,
                                        const std::vector<std::string>& set) {
  constexpr std::string_view kSsim = "ssim=";
  if (quality.empty()) return std::string();
  if (!quality.starts_with(kSsim)) {
    return usage_error("--quality wants ssim=0.98 or the like (is \"" + quality + "\")");
  }
  std::string rival = rival_in(set, "video.quality");
  for (const std::string& text : set) {
    const Field field(text);
    if (field.is_within("video.quality")) rival = field.path;
  }
  if (!rival.empty()) return exclude_each_other("--quality", "--set " + rival);
  return std::string(kQualityPath) + "=" + quality.substr(kSsim.size());
}

base::Result<Preset> load_preset(const std::string& name, const std::vector<std::string>& set) {
  RETURN_IF_ERROR(check_rivals(set));
  Preset preset;
  preset.name = std::filesystem::path(name).filename().string();
  if (preset.name.ends_with(".json")) preset.name.resize(preset.name.size() - 5);
  ASSIGN_OR_RETURN(std::string text, text_of(name));
  const std::string label = "preset \"" + name + "\"";
  schema::ParsedJson parsed = schema::parse_json(text, label);
  if (parsed.value && parsed.value->is_object() && !set.empty()) {
    // Checked as it is with its fields set; places are told by their names then.
    preset.document = json::parse(text);
    drop_other_scale(preset.document, set);
    for (const std::string& field : set) {
      RETURN_IF_ERROR(set_field(preset.document, field));
      const std::string path = Field(field).path;
      preset.set[path] = "--set " + path;
    }
    drop_nulls(preset.document);
    text = preset.document.dump(-1, ' ', false, json::error_handler_t::replace);
    parsed.value = schema::parse_json(text, label).value;
  }
  preset.diagnostics = std::move(parsed.diagnostics);
  if (!parsed.value) return preset;
  for (auto& d : schema::validate(*parsed.value, *schema::builtin_schema("preset"), label)) {
    if (!set.empty()) name_place(preset, std::string(d.pointer), d);
    preset.diagnostics.push_back(std::move(d));
  }
  if (schema::has_errors(preset.diagnostics)) return preset;
  preset.document = json::parse(text);
  if (preset.document.contains("lines") && preset.document.contains("size")) {
    return usage_error(label + ": \"lines\" and \"size\" are two ways to say the same");
  }
  return preset;
}

void name_place(const Preset& preset, const std::string& pointer, schema::Diagnostic& d) {
  std::string path = pointer.substr(std::min<size_t>(1, pointer.size()));
  std::ranges::replace(path, '/', '.');
  d.place = {};
  d.pointer = pointer;
  d.file = "preset \"" + preset.name + "\"";
  for (const auto& [field, option] : preset.set) {
    if (field != path && !path.starts_with(field + ".")) continue;
    d.file = option;
    d.pointer = path.substr(field.size());
    std::ranges::replace(d.pointer, '.', '/');
  }
}

base::Status fit_to_file(Preset& preset, const std::string& output) {
  const Container* file = schema::container_of(output);
  if (file == nullptr) return {};
  const auto refused = [&](const std::string& why) {
    return usage_error(fmt::format("preset \"{}\" {}; {}", preset.name, why, presets_for(*file)));
  };
  json& document = preset.document;
  if (const std::string format = text_at(document, "format", file->name); format != file->name) {
    return refused(fmt::format("is for .{} files, and the output ends in .{}", format, file->name));
  }
  if (file->video.empty()) {
    document["video"] = false;
    return {};
  }
  const schema::VideoCodec* codec = codec_of(document, *file);
  if (codec == nullptr) return {};  // whoever compiles it says so
  if (!file->holds_video(codec->name)) {
    return refused(fmt::format("makes {}, and a .{} file does not hold {}", codec->title,
                               file->name, codec->title));
  }
  const json& video = document.value("video", json::object());
  const std::string speed = text_at(video, "preset", codec->usual_speed);
  if (!video.contains("codec") && codec->speed(speed) == nullptr) {
    return refused(fmt::format("names no codec, and {}, which a .{} file holds, has no \"{}\"",
                               codec->title, file->name, speed));
  }
  return {};
}

}  // namespace rushes::app
