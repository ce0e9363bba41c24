#include "engine/task_document.h"

#include <array>
#include <utility>

#include "base/uri.h"
#include "store/file_store.h"

namespace rushes::engine {
namespace {

using nlohmann::json;

base::Error wrong(const std::string& field, std::string_view want) {
  return base::invalid_argument("task: \"" + field + "\" must be " + std::string(want));
}

base::Result<std::string> string_at(const json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return wrong(key, "a string");
  return found->get<std::string>();
}

base::Status check_absolute(const std::string& field, const std::string& path) {
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos) {
    return wrong(field, "an absolute path");
  }
  return {};
}

base::Status check_place(const std::string& field, const std::string& path) {
  if (base::is_uri(path) && path.find('\0') == std::string::npos) return {};
  return check_absolute(field, path);
}

constexpr std::string_view kNamedForms = "an absolute path, or an object of path or key";

base::Result<NamedPath> named_path(const std::string& field, const std::string& name,
                                   const json& value) {
  NamedPath entry{.name = name};
  if (value.is_string()) {
    entry.path = value.get<std::string>();
  } else {
    if (!value.is_object()) return wrong(field, kNamedForms);
    for (const auto& [key, text] : value.items()) {
      bool* const flag = key == "alone"     ? &entry.alone
                         : key == "reuse"   ? &entry.reuse
                         : key == "joined"  ? &entry.joined
                         : key == "once"    ? &entry.once
                         : key == "replace" ? &entry.replace
                                            : nullptr;
      if (flag != nullptr && text.is_boolean()) {
        *flag = text.get<bool>();
        continue;
      }
      std::string* const to = key == "path"       ? &entry.path
                              : key == "key"      ? &entry.key
                              : key == "identity" ? &entry.identity
                                                  : nullptr;
      if (to == nullptr || !text.is_string()) return wrong(field, kNamedForms);
      *to = text.get<std::string>();
    }
  }
  if (entry.path.empty() != entry.key.empty()) {
    if (!entry.key.empty() && !store::is_key(entry.key)) return wrong(field, "a key");
    if (entry.alone && !entry.key.empty()) return wrong(field, kNamedForms);
    if (entry.key.empty()) RETURN_IF_ERROR(check_place(field, entry.path));
    if (entry.reuse && !(entry.alone && base::is_uri(entry.path))) {
      return wrong(field, "a URI and alone, for reuse");
    }
    if (entry.joined && (entry.alone || !base::is_uri(entry.path))) {
      return wrong(field, "a URI and not alone, for joined");
    }
    return entry;
  }
  return wrong(field, kNamedForms);
}

base::Result<std::vector<NamedPath>> named_paths(const json& task, const std::string& key,
                                                 size_t most) {
  std::vector<NamedPath> paths;
  const auto found = task.find(key);
  if (found == task.end()) return paths;
  if (!found->is_object()) return wrong(key, "an object of names and paths");
  size_t files = 0;
  for (const auto& [name, value] : found->items()) {
    ASSIGN_OR_RETURN(NamedPath entry, named_path(key + "/" + name, name, value));
    files += entry.key.empty() && !entry.alone ? 1 : 0;
    paths.push_back(std::move(entry));
  }
  if (files > most) return wrong(key, "at most " + std::to_string(most) + " files");
  if (paths.size() > kMaxObjects) return wrong(key, "fewer objects");
  return paths;
}

// What such outputs need: a name in a store, and a place to remember it, or to write to first.
base::Status check_outputs(const TaskDocument& task) {
  for (const NamedPath& output : task.outputs) {
    if (output.alone && base::is_uri(output.path) && !task.store) {
      return wrong("outputs/" + output.name, "beside a store, for a URI alone");
    }
    if (!output.once && !output.replace) continue;
    const bool fits = output.once && !output.alone && base::is_uri(output.path) && task.store &&
                      task.outputs.size() == 1;
    if (!fits) {
      return wrong("outputs/" + output.name, "a URI and the only output, beside a store, for once");
    }
  }
  return {};
}

base::Result<std::optional<std::string>> store_of(const json& task) {
  const auto found = task.find("store");
  if (found == task.end()) return std::optional<std::string>();
  if (!found->is_string()) return wrong("store", "a folder");
  RETURN_IF_ERROR(check_absolute("store", found->get<std::string>()));
  return std::optional<std::string>(found->get<std::string>());
}

base::Result<std::vector<std::string>> roots_of(const json& task) {
  std::vector<std::string> roots;
  const auto found = task.find("roots");
  if (found == task.end()) return roots;
  if (!found->is_array() || found->size() > kMaxInputs) return wrong("roots", "a list of folders");
  for (const json& root : *found) {
    if (!root.is_string()) return wrong("roots", "a list of folders");
    roots.push_back(root.get<std::string>());
    RETURN_IF_ERROR(check_place("roots", roots.back()));
  }
  return roots;
}

base::Result<std::vector<TaskFont>> fonts_of(const json& task) {
  std::vector<TaskFont> fonts;
  const auto found = task.find("fonts");
  if (found == task.end()) return fonts;
  if (!found->is_array() || found->size() > kMaxFonts) return wrong("fonts", "a list of fonts");
  for (const json& entry : *found) {
    if (!entry.is_object()) return wrong("fonts", "a list of objects");
    TaskFont font;
    ASSIGN_OR_RETURN(font.path, string_at(entry, "path"));
    RETURN_IF_ERROR(check_absolute("fonts/path", font.path));
    ASSIGN_OR_RETURN(font.hash, string_at(entry, "hash"));
    const json& index = entry.contains("index") ? entry["index"] : json(0);
    if (!index.is_number_integer() || index < 0 || index > 0x7fffffff) {
      return wrong("fonts/index", "a number of a face");
    }
    font.index = index.get<int>();
    if (entry.contains("family")) {
      ASSIGN_OR_RETURN(font.family, string_at(entry, "family"));
    }
    fonts.push_back(std::move(font));
  }
  return fonts;
}

base::Result<TaskLimits> limits_of(const json& task) {
  TaskLimits limits;
  const auto found = task.find("limits");
  if (found == task.end()) return limits;
  if (!found->is_object()) return wrong("limits", "an object");
  for (const auto& [key, value] : found->items()) {
    if (key == "processor") {  // the runner's business
      if (!value.is_string()) return wrong("limits/processor", "a name");
      continue;
    }
    if (!value.is_number() || value < 0) return wrong("limits/" + key, "a number, not negative");
    if (key == "memory_bytes" || key == "output_bytes") {
      if (!value.is_number_unsigned()) return wrong("limits/" + key, "a whole number");
      (key == "memory_bytes" ? limits.memory_bytes : limits.output_bytes) = value.get<uint64_t>();
    } else if (key == "idle_seconds") {
      limits.idle_seconds = value.get<double>();
    } else if (key == "wall_seconds") {
      limits.wall_seconds = value.get<double>();
    } else {
      return base::invalid_argument("task: \"limits/" + key + "\" is not known");
    }
  }
  return limits;
}

base::Result<TaskTransfer> transfer_of(const json& task) {
  TaskTransfer transfer;
  const auto found = task.find("transfer");
  if (found == task.end()) return transfer;
  if (!found->is_object()) return wrong("transfer", "an object");
  for (const auto& [key, value] : found->items()) {
    const std::string field = "transfer/" + key;
    if (key == "send_bytes_per_second") {
      if (!value.is_number_unsigned()) return wrong(field, "a whole number");
      transfer.send_bytes_per_second = value.get<uint64_t>();
    } else if (key == "send_limit_file") {
      ASSIGN_OR_RETURN(transfer.send_limit_file, string_at(*found, key));
      RETURN_IF_ERROR(check_absolute(field, transfer.send_limit_file));
    } else if (key == "give_up_seconds") {
      constexpr double kLongest = 366.0 * 24 * 3600;
      if (!value.is_number() || value < 0 || value > kLongest) return wrong(field, "seconds");
      transfer.give_up_seconds = value.get<double>();
    } else {
      return base::invalid_argument("task: \"" + field + "\" is not known");
    }
  }
  return transfer;
}

base::Status check_keys(const json& task) {
  constexpr std::array<std::string_view, 16> kKnown = {
      "version", "kind",    "inputs",  "outputs", "store",   "roots",       "fonts",    "params",
      "limits",  "durable", "partial", "hashes",  "derived", "private_web", "transfer", "devices"};
  for (const auto& [key, value] : task.items()) {
    bool known = false;
    for (std::string_view name : kKnown) known = known || name == key;
    if (!known) return base::invalid_argument("task: \"" + key + "\" is not known");
  }
  return {};
}

}  // namespace

base::Result<TaskDocument> parse_task(std::string_view text) {
  if (text.size() > kMaxTaskBytes) return base::invalid_argument("task: larger than 64 MiB");
  TaskDocument task;
  task.json = json::parse(text, nullptr, false);
  if (task.json.is_discarded()) return base::invalid_argument("task: not valid JSON");
  if (!task.json.is_object()) return base::invalid_argument("task: not a JSON object");
  RETURN_IF_ERROR(check_keys(task.json));
  if (!task.json.contains("version") || task.json["version"] != 1) return wrong("version", "1");
  ASSIGN_OR_RETURN(task.kind, string_at(task.json, "kind"));
  ASSIGN_OR_RETURN(task.inputs, named_paths(task.json, "inputs", kMaxInputs));
  for (const NamedPath& input : task.inputs) {
    if (input.alone || input.once || input.replace || input.joined)
      return wrong("inputs/" + input.name, kNamedForms);
  }
  ASSIGN_OR_RETURN(task.outputs, named_paths(task.json, "outputs", kMaxOutputs));
  ASSIGN_OR_RETURN(task.store, store_of(task.json));
  RETURN_IF_ERROR(check_outputs(task));
  if (task.json.contains("derived")) {
    ASSIGN_OR_RETURN(task.derived, string_at(task.json, "derived"));
    if (task.derived->empty() || !task.store) return wrong("derived", "a class, beside a store");
  }
  ASSIGN_OR_RETURN(task.roots, roots_of(task.json));
  ASSIGN_OR_RETURN(task.fonts, fonts_of(task.json));
  ASSIGN_OR_RETURN(task.limits, limits_of(task.json));
  ASSIGN_OR_RETURN(task.transfer, transfer_of(task.json));
  if (!task.json.contains("params")) task.json["params"] = json::object();
  if (!task.json["params"].is_object()) return wrong("params", "an object");
  for (auto [key, flag] : {std::pair("durable", &task.durable),
                           {"partial", &task.partial},
                           {"hashes", &task.hashes},
                           {"devices", &task.devices},
                           {"private_web", &task.private_web}}) {
    if (!task.json.contains(key)) continue;
    if (!task.json[key].is_boolean()) return wrong(key, "true or false");
    *flag = task.json[key].get<bool>();
  }
  return task;
}

}  // namespace rushes::engine
