#include "preset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "numbers.h"
#include "schema/json_text.h"
#include "schema/schemas.h"
#include "schema/validate.h"
#include "timeline_file.h"

namespace rushes::app {
namespace {

using nlohmann::json;

base::Result<std::string> text_of(const std::string& name) {
  if (const auto text = schema::preset_text(name); !text.empty()) return std::string(text);
  if (name.ends_with(".json")) return read_document(name, "preset");
  const auto known = schema::preset_names();
  std::string meant = schema::did_you_mean(name, known);
  if (meant.empty()) meant = fmt::format("there is {}", fmt::join(known, ", "));
  return usage_error("there is no preset \"" + name + "\"; " + meant +
                     "; or a file that ends in .json");
}

// Of these only one can be said: the field that is set takes the place of the others.
void drop_rivals(json& place, const std::string& key) {
  for (const auto& choice : {std::vector<std::string>{"lines", "size"},
                             std::vector<std::string>{"crf", "bitrate", "lossless", "quality"}}) {
    if (std::ranges::find(choice, key) == choice.end()) continue;
    for (const std::string& other : choice) {
      if (other != key) place.erase(other);
    }
  }
}

// "video.crf=23".
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

base::Result<Preset> load_preset(const std::string& name, const std::vector<std::string>& set) {
  Preset preset;
  preset.name = std::filesystem::path(name).filename().string();
  if (preset.name.ends_with(".json")) preset.name.resize(preset.name.size() - 5);
  ASSIGN_OR_RETURN(std::string text, text_of(name));
  const std::string label = "preset \"" + name + "\"";
  schema::ParsedJson parsed = schema::parse_json(text, label);
  if (parsed.value && parsed.value->is_object() && !set.empty()) {
    // Checked as it is with its fields set; places are told by their names then.
    preset.document = json::parse(text);
    for (const std::string& field : set) RETURN_IF_ERROR(set_field(preset.document, field));
    drop_nulls(preset.document);
    text = preset.document.dump(-1, ' ', false, json::error_handler_t::replace);
    parsed.value = schema::parse_json(text, label).value;
  }
  preset.diagnostics = std::move(parsed.diagnostics);
  if (!parsed.value) return preset;
  for (auto& d : schema::validate(*parsed.value, *schema::builtin_schema("preset"), label)) {
    if (!set.empty()) d.place = {};
    preset.diagnostics.push_back(std::move(d));
  }
  if (schema::has_errors(preset.diagnostics)) return preset;
  preset.document = json::parse(text);
  if (preset.document.contains("lines") && preset.document.contains("size")) {
    return usage_error(label + ": \"lines\" and \"size\" are two ways to say the same");
  }
  return preset;
}

}  // namespace rushes::app
