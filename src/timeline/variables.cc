#include "timeline/variables.h"

#include <fmt/format.h>

#include <optional>

#include "schema/formats.h"
#include "schema/json_text.h"
#include "schema/limits.h"

namespace rushes::timeline {
namespace {

using schema::Member;
using schema::Place;
using schema::Value;

struct Variable {
  std::string type = "string";
  std::optional<Value> value;
  Place place;
  bool broken = false;  // its declaration is reported already
  bool used = false;
};

std::string_view type_of(const Value& value) {
  if (value.is_number()) return "number";
  if (value.is_boolean()) return "boolean";
  return "string";
}

std::string_view with_article(std::string_view type) {
  if (type == "number") return "a number";
  if (type == "boolean") return "true or false";
  if (type == "color") return "a colour";
  return "a string";
}

bool fits(const Value& value, std::string_view type) {
  if (type == "color") return value.is_string() && schema::parse_color(value.text).ok();
  return type_of(value) == type && (value.is_string() || !value.text.empty() || value.is_boolean());
}

std::optional<Value> converted(std::string_view text, std::string_view type) {
  if (type == "number") {
    schema::ParsedJson json = schema::parse_json(text, "");
    if (!json.value || !json.value->is_number() || !json.diagnostics.empty()) return std::nullopt;
    return json.value;
  }
  if (type == "boolean") {
    if (text != "true" && text != "false") return std::nullopt;
    return Value::of_boolean(text == "true");
  }
  Value value = Value::of_text(text);
  if (type == "color" && !fits(value, type)) return std::nullopt;
  return value;
}

class Expander {
 public:
  explicit Expander(std::string_view file) : file_(file) {}

  void declare(const Value& variables) {
    for (const Member& member : variables.members) declare(member);
  }

  void set(const std::map<std::string, std::string>& values) {
    for (const auto& [name, text] : values) {
      const auto it = variables_.find(name);
      if (it == variables_.end()) {
        report(123, {}, "", fmt::format("--set {}: the document has no such variable", name),
               suggestion(name));
        continue;
      }
      Variable& variable = it->second;
      variable.value = converted(text, variable.type);
      if (!variable.value) {
        variable.broken = true;
        report(122, {}, "",
               fmt::format("--set {}: must be {} (is {})", name, with_article(variable.type),
                           schema::json_quoted(text.substr(0, 60))));
      }
    }
  }

  void expand(Value& value, const std::string& pointer) {
    if (value.is_string()) return expand_string(value, pointer);
    for (size_t i = 0; i < value.items.size(); ++i) {
      expand(value.items[i], schema::child(pointer, i));
    }
    for (Member& member : value.members) {
      const bool skipped = member.key == "note" || (pointer.empty() && member.key == "variables");
      if (!skipped) expand(member.value, schema::child(pointer, member.key));
    }
  }

  Expansion finish() && {
    for (const auto& [name, variable] : variables_) {
      if (variable.used || variable.broken) continue;
      report(185, variable.place, schema::child("/variables", name),
             fmt::format("the variable \"{}\" is never used", name));
      out_.diagnostics.back().severity = schema::Severity::kWarning;
    }
    return std::move(out_);
  }

 private:
  void report(int number, Place place, std::string pointer, std::string message,
              std::string hint = "") {
    out_.diagnostics.push_back({.number = number,
                                .file = file_,
                                .place = place,
                                .pointer = std::move(pointer),
                                .message = std::move(message),
                                .hint = std::move(hint)});
  }

  std::string suggestion(std::string_view name) const {
    std::vector<std::string_view> known;
    for (const auto& entry : variables_) known.push_back(entry.first);
    return schema::did_you_mean(name, known);
  }

  void declare(const Member& member) {
    Variable variable{.place = member.place};
    const Value* value = &member.value;
    if (member.value.is_object()) {
      value = member.value.find("default");
      const Value* type = member.value.find("type");
      if (type != nullptr && type->is_string()) {
        variable.type = type->text;
      } else if (value != nullptr) {
        variable.type = type_of(*value);
      }
    } else {
      variable.type = type_of(*value);
    }
    if (value != nullptr) variable.value = *value;
    if (value != nullptr && !fits(*value, variable.type)) {
      variable.broken = true;
      const bool scalar = value->is_string() || value->is_number() || value->is_boolean();
      if (scalar) {
        report(122, value->place, schema::child("/variables", member.key),
               fmt::format("the default must be {} (is {})", with_article(variable.type),
                           schema::excerpt(*value)));
      }
    }
    variables_.emplace(member.key, std::move(variable));
  }

  // The variable's value; null if it has none, which is then reported.
  const Value* look_up(std::string_view name, const Value& at, const std::string& pointer) {
    const auto it = variables_.find(name);
    if (it == variables_.end()) {
      report(121, at.place, pointer, fmt::format("\"variables\" has no \"{}\"", name),
             suggestion(name));
      return nullptr;
    }
    Variable& variable = it->second;
    const bool first = !variable.used;
    variable.used = true;
    if (variable.broken) return nullptr;
    if (!variable.value && first) {
      report(120, at.place, pointer, fmt::format("the variable \"{}\" has no value", name),
             fmt::format("give one with --set {}=...", name));
    }
    return variable.value ? &*variable.value : nullptr;
  }

  void expand_string(Value& value, const std::string& pointer) {
    const std::string_view text = value.text;
    if (text.find("{{") == text.npos) return;
    std::string result;
    const Value* last = nullptr;
    size_t placeholders = 0;
    bool filled = true;
    size_t at = 0;
    while (at < text.size()) {
      const size_t open = text.find("{{", at);
      if (open == text.npos) break;
      if (open > at && text[open - 1] == '\\') {
        result += text.substr(at, open - 1 - at);
        result += "{{";
        at = open + 2;
        continue;
      }
      result += text.substr(at, open - at);
      const size_t close = text.find("}}", open);
      std::string_view name = text.substr(open + 2, close == text.npos ? 0 : close - open - 2);
      while (name.starts_with(' ')) name.remove_prefix(1);
      while (name.ends_with(' ')) name.remove_suffix(1);
      if (close == text.npos || !schema::is_name(name)) {
        report(124, value.place, pointer,
               close == text.npos
                   ? "a placeholder is opened with {{ and not closed with }}"
                   : "a placeholder must hold the name of a variable, as in {{name}}");
        filled = false;
        break;
      }
      last = look_up(name, value, pointer);
      filled = filled && last != nullptr;
      ++placeholders;
      if (last != nullptr)
        result += last->is_boolean() ? (last->boolean ? "true" : "false") : last->text;
      at = close + 2;
      expanded_bytes_ += last != nullptr ? last->text.size() : 0;
      if (expanded_bytes_ > schema::kMaxExpandedBytes) break;
      if (placeholders == 1 && open == 0 && at == text.size() && last != nullptr) {
        const Place place = value.place;
        value = *last;
        value.place = place;
        return;
      }
    }
    if (expanded_bytes_ > schema::kMaxExpandedBytes) {
      if (!too_large_)
        report(102, value.place, pointer,
               "the document becomes too large when its variables are filled in");
      too_large_ = true;
      filled = false;
    }
    if (!filled) {
      out_.unfilled.emplace_back(value.place.line, value.place.column);
      return;
    }
    if (at < text.size()) result += text.substr(at);
    value.text = std::move(result);
  }

  const std::string file_;
  std::map<std::string, Variable, std::less<>> variables_;
  Expansion out_;
  size_t expanded_bytes_ = 0;
  bool too_large_ = false;
};

}  // namespace

Expansion expand_variables(Value& document, std::string_view file,
                           const std::map<std::string, std::string>& set) {
  Expander expander{file};
  if (const Value* variables = document.find("variables")) expander.declare(*variables);
  expander.set(set);
  expander.expand(document, "");
  return std::move(expander).finish();
}

}  // namespace rushes::timeline
