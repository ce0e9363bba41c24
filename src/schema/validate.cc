#include "schema/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "schema/formats.h"
#include "schema/json_text.h"
#include "schema/schemas.h"

namespace rushes::schema {
namespace {

using base::Rational;

std::string joined(const std::vector<std::string>& parts, std::string_view last_word) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? fmt::format(" {} ", last_word) : ", ";
    out += parts[i];
  }
  return out;
}

bool equal_scalars(const Value& a, const Value& b) {
  if (a.type != b.type) return false;
  if (a.is_number()) return a.number == b.number;
  if (a.is_boolean()) return a.boolean == b.boolean;
  return a.text == b.text;
}

bool is_type(const Value& value, std::string_view type) {
  switch (value.type) {
    case Value::Type::kNull: return type == "null";
    case Value::Type::kBoolean: return type == "boolean";
    case Value::Type::kNumber:
      return type == "number" || (type == "integer" && value.number.den() == 1);
    case Value::Type::kString: return type == "string";
    case Value::Type::kArray: return type == "array";
    case Value::Type::kObject: return type == "object";
  }
  return false;
}

// A fraction is a number to us, but not to JSON.
bool is_json_number(std::string_view text) {
  return text.find('/') == std::string_view::npos && Rational::parse(text).ok();
}

std::string plain_type(std::string_view type) {
  if (type == "integer") return "a whole number";
  if (type == "number") return "a number";
  if (type == "string") return "a string";
  if (type == "boolean") return "true or false";
  if (type == "array") return "a list";
  return "an object";
}

// The form that the string (or, for rates, the number) must have.
base::Status check_format(const Value& value, std::string_view format) {
  const auto status = [](const auto& result) {
    return result.ok() ? base::Status() : base::Status(result.error());
  };
  const std::string_view text = value.text;
  if (format == "fps") return status(parse_fps(text));
  if (format == "bitrate") return status(parse_bitrate(text));
  if (!value.is_string()) return {};
  if (format == "color") return status(parse_color(text));
  if (format == "easing") return status(parse_easing(text));
  if (format == "size") return status(parse_size(text));
  if (format == "gain") return status(parse_gain(text));
  if (format == "percent") return status(parse_percent(text));
  if (format == "path") return check_path(text);
  if (format == "rendition" && !is_rendition_name(text)) {
    return base::invalid_argument(
        "must be a name of small letters, digits and \"-\", 24 at most (is " + excerpt(value) +
        ")");
  }
  if (format == "name" && !is_name(text)) {
    return base::invalid_argument("must be a name of letters, digits, \"_\", \"-\" and \".\" (is " +
                                  excerpt(value) + ")");
  }
  return {};
}

class Walker {
 public:
  Walker(const Value& schema, std::string_view file, size_t limit)
      : schema_(schema), file_(file), limit_(limit) {}

  std::vector<Diagnostic> run(const Value& document, std::string_view definition) && {
    const Value* start = &schema_;
    if (!definition.empty()) {
      const Value* definitions = schema_.find("definitions");
      start = definitions != nullptr ? definitions->find(definition) : nullptr;
      RUSHES_CHECK(start != nullptr);
    }
    check(document, *start);
    if (found_ > limit_ && !out_.empty()) {
      out_.back().hint = "there are more errors after this one";
    }
    return std::move(out_);
  }

 private:
  const Value& deref(const Value& schema) const {
    const Value* at = &schema;
    for (int i = 0; i < 16; ++i) {
      const Value* ref = at->find("$ref");
      if (ref == nullptr) break;
      constexpr std::string_view kPrefix = "#/definitions/";
      const Value* definitions = schema_.find("definitions");
      at = definitions != nullptr && ref->text.starts_with(kPrefix)
               ? definitions->find(std::string_view(ref->text).substr(kPrefix.size()))
               : nullptr;
      if (at == nullptr) return schema;
    }
    return *at;
  }

  void report(int number, Place place, std::string message, std::string hint = "") {
    if (++found_; full()) return;
    Diagnostic d{.number = number, .place = place, .message = std::move(message)};
    d.hint = std::move(hint);
    d.file = file_;
    d.pointer = pointer_;
    if (number == 170) d.code = base::Code::kUnsupported;
    out_.push_back(std::move(d));
  }

  bool full() const { return found_ > limit_; }

  void check(const Value& value, const Value& any_schema) {
    if (full()) return;
    const Value& schema = deref(any_schema);
    if (const Value* format = schema.find("format"); format != nullptr && has_type(value, schema)) {
      return check_form(value, schema, format->text);
    }
    if (!has_type(value, schema)) return wrong_type(value, schema);
    for (const char* key : {"oneOf", "anyOf"}) {
      if (const Value* list = schema.find(key)) return check_alternatives(value, schema, *list);
    }
    check_listed(value, schema);
    if (value.is_number()) check_number(value, schema);
    if (value.is_string()) check_length(value, schema, value.text.size(), "minLength", "maxLength");
    if (value.is_array()) check_array(value, schema);
    if (value.is_object()) check_object(value, schema);
  }

  // True if the schema does not exclude values of this type.
  bool has_type(const Value& value, const Value& schema) const {
    const Value* type = schema.find("type");
    if (type != nullptr) {
      if (type->is_string()) return is_type(value, type->text);
      return std::ranges::any_of(type->items,
                                 [&](const Value& t) { return is_type(value, t.text); });
    }
    for (const char* key : {"oneOf", "anyOf"}) {
      if (const Value* list = schema.find(key)) {
        return std::ranges::any_of(list->items,
                                   [&](const Value& s) { return has_type(value, deref(s)); });
      }
    }
    if (const Value* listed = schema.find("enum")) {
      return std::ranges::any_of(listed->items,
                                 [&](const Value& v) { return v.type == value.type; });
    }
    if (const Value* only = schema.find("const")) return only->type == value.type;
    return true;
  }

  std::vector<std::string> wanted_types(const Value& schema) const {
    if (const Value* plain = schema.find("x-plain")) return {plain->text};
    std::vector<std::string> out;
    if (const Value* type = schema.find("type")) {
      if (type->is_string()) return {plain_type(type->text)};
      for (const Value& t : type->items) out.push_back(plain_type(t.text));
      return out;
    }
    for (const char* key : {"oneOf", "anyOf"}) {
      const Value* list = schema.find(key);
      if (list == nullptr) continue;
      for (const Value& s : list->items) {
        for (std::string& wanted : wanted_types(deref(s))) {
          if (std::ranges::find(out, wanted) == out.end()) out.push_back(std::move(wanted));
        }
      }
    }
    if (out.empty()) out.emplace_back("another type");
    return out;
  }

  void wrong_type(const Value& value, const Value& schema) {
    const bool number_wanted = has_type(zero(), schema);
    std::string hint;
    if (value.is_null()) hint = "leave the key out if there is nothing to say";
    if (value.is_string() && number_wanted && is_json_number(value.text)) {
      hint = fmt::format("write {} without quotes", value.text.substr(0, 40));
    }
    if (value.is_number() && !number_wanted && has_type(Value::of_text(""), schema)) {
      hint = "put it in double quotes";
    }
    std::string what(name_of(value.type));
    if (value.is_number() || value.is_string()) what = excerpt(value);
    if (value.is_boolean()) what = value.boolean ? "true" : "false";
    report(112, value.place,
           fmt::format("must be {} (is {})", joined(wanted_types(schema), "or"), what),
           std::move(hint));
  }

  // A number, to ask whether one would do.
  static Value zero() {
    Value value;
    value.type = Value::Type::kNumber;
    value.text = "0";
    return value;
  }

  void check_form(const Value& value, const Value& schema, std::string_view format) {
    if (const auto status = check_format(value, format); !status.ok()) {
      const bool later = status.error().code == base::Code::kUnsupported;
      const bool range = status.error().message.starts_with("must be >") ||
                         status.error().message.starts_with("must be from");
      report(later ? 170 : range ? 113 : 115, value.place, status.error().message);
    } else if (value.is_number()) {
      check_number(value, schema);
    }
  }

  void check_alternatives(const Value& value, const Value& schema, const Value& list) {
    std::vector<const Value*> candidates;
    for (const Value& s : list.items) {
      const Value& alternative = deref(s);
      if (has_type(value, alternative)) candidates.push_back(&alternative);
    }
    if (candidates.size() == 1) return check_only(value, schema, *candidates.front());
    if (value.is_object()) return check_kinds(value, schema, candidates);

    const Value* listed = nullptr;
    for (const Value* candidate : candidates) {
      if (candidate->find("enum") != nullptr) listed = candidate;
      if (fits(value, *candidate)) return;
    }
    // Of several kinds of string, a list is meant only by what nearly stands in it.
    if (listed != nullptr && value.is_string()) {
      std::vector<std::string_view> words;
      for (const Value& item : listed->find("enum")->items) words.push_back(item.text);
      if (nearest(value.text, words).empty() && meaning(value.text, *listed).empty()) {
        listed = nullptr;
      }
    }
    if (listed == nullptr) {
      const auto other = std::ranges::find_if(
          candidates, [](const Value* c) { return c->find("enum") == nullptr; });
      listed = other != candidates.end() ? *other : candidates.front();
    }
    check_only(value, schema, *listed);
  }

  // Of the alternatives only this one may hold such a value; but where that is a string and a
  // number would do as well, the string is likely to be a number in disguise, and all are named.
  void check_only(const Value& value, const Value& schema, const Value& alternative) {
    const Value* plain = schema.find("x-plain");
    if (!value.is_string() || plain == nullptr || !has_type(zero(), schema)) {
      return check(value, alternative);
    }
    Walker trial(schema_, file_, 1);
    trial.check(value, alternative);
    if (trial.found_ == 0) return;
    const Diagnostic& wrong = trial.out_.front();
    const bool shapeless = wrong.number == 115 || (wrong.number == 114 && wrong.hint.empty());
    if (!shapeless) return check(value, alternative);
    std::string_view digits = value.text;
    for (const std::string_view unit : {"px", "s", " "}) {
      if (digits.ends_with(unit)) digits.remove_suffix(unit.size());
    }
    report(
        115, value.place, fmt::format("must be {} (is {})", plain->text, excerpt(value)),
        is_json_number(digits) ? fmt::format("write {} without quotes", digits.substr(0, 40)) : "");
  }

  bool fits(const Value& value, const Value& schema) const {
    Walker trial(schema_, file_, 1);
    trial.check(value, schema);
    return trial.found_ == 0;
  }

  static std::string_view kind_key(const Value& schema) {
    const Value* required = schema.find("required");
    return required != nullptr && !required->items.empty()
               ? std::string_view(required->items.front().text)
               : std::string_view();
  }

  void check_kinds(const Value& value, const Value& schema,
                   const std::vector<const Value*>& candidates) {
    std::vector<std::string_view> kinds;
    std::vector<const Value*> meant;
    std::vector<std::string> quoted_kinds;
    std::vector<std::string> present;
    for (const Value* candidate : candidates) {
      const std::string_view key = kind_key(*candidate);
      kinds.push_back(key);
      quoted_kinds.push_back(fmt::format("\"{}\"", key));
      if (value.find(key) != nullptr) {
        meant.push_back(candidate);
        present.push_back(quoted_kinds.back());
      }
    }
    if (meant.size() == 1) return check(value, *meant.front());
    if (std::ranges::any_of(meant, [&](const Value* kind) { return fits(value, *kind); })) return;
    const Value* hint = schema.find("x-hint");
    std::string advice = hint != nullptr ? hint->text : "";
    if (!meant.empty()) {
      if (const Value* together = schema.find("x-together")) {
        std::string both;
        for (const std::string& p : present) both += p.substr(1, p.size() - 2) + " ";
        both.pop_back();
        if (const Value* known = together->find(both)) advice = known->text;
      }
      report(116, value.place,
             fmt::format("has {}, and may have only one of them", joined(present, "and")), advice);
      return;
    }
    for (const Member& member : value.members) {
      const bool known = std::ranges::any_of(candidates, [&](const Value* candidate) {
        const Value* properties = candidate->find("properties");
        return properties != nullptr && properties->find(member.key) != nullptr;
      });
      if (known) continue;
      if (const auto near = nearest(member.key, kinds); !near.empty()) {
        advice = fmt::format("did you mean \"{}\" in place of {}?", near, json_quoted(member.key));
        break;
      }
    }
    if (const Value* later = schema.find("x-not-yet-kinds")) {
      for (const Member& member : value.members) {
        if (const Value* known = later->find(member.key)) {
          return report(170, member.place, known->text);
        }
      }
    }
    report(116, value.place, fmt::format("needs {}", joined(quoted_kinds, "or")), advice);
  }

  void check_listed(const Value& value, const Value& schema) {
    if (const Value* only = schema.find("const"); only != nullptr && !equal_scalars(*only, value)) {
      report(114, value.place, fmt::format("must be {} (is {})", excerpt(*only), excerpt(value)));
    }
    const Value* listed = schema.find("enum");
    if (listed == nullptr) return;
    std::vector<std::string_view> words;
    std::vector<std::string> shown;
    for (const Value& item : listed->items) {
      if (equal_scalars(item, value)) return;
      if (item.is_string()) words.push_back(item.text);
      shown.push_back(excerpt(item));
    }
    if (const Value* later = schema.find("x-not-yet-values")) {
      for (const Value& item : later->items) {
        if (!equal_scalars(item, value)) continue;
        return report(
            170, value.place,
            fmt::format("{} is not supported yet; use {}", excerpt(value), joined(shown, "or")));
      }
    }
    std::string hint;
    if (value.is_string()) hint = meaning(value.text, schema);
    if (hint.empty() && value.is_string()) hint = did_you_mean(value.text, words);
    report(114, value.place, fmt::format("must be {} (is {})", joined(shown, "or"), excerpt(value)),
           hint);
  }

  // What people who know other programs mean by a word.
  static std::string meaning(std::string_view word, const Value& schema) {
    const Value* means = schema.find("x-means");
    const Value* known = means != nullptr ? means->find(word) : nullptr;
    return known != nullptr ? known->text : "";
  }

  void check_number(const Value& value, const Value& schema) {
    const auto wrong = [&](const char* key, const char* sign, auto&& fits) {
      const Value* bound = schema.find(key);
      if (bound == nullptr || fits(value.number, bound->number)) return false;
      report(113, value.place,
             fmt::format("must be {} {} (is {})", sign, bound->text, value.text.substr(0, 40)));
      return true;
    };
    wrong("minimum", ">=", [](const Rational& v, const Rational& b) { return v >= b; }) ||
        wrong("exclusiveMinimum", ">",
              [](const Rational& v, const Rational& b) { return v > b; }) ||
        wrong("maximum", "<=", [](const Rational& v, const Rational& b) { return v <= b; }) ||
        wrong("exclusiveMaximum", "<", [](const Rational& v, const Rational& b) { return v < b; });
  }

  void check_length(const Value& value, const Value& schema, size_t length, const char* least,
                    const char* most) {
    const Value* low = schema.find(least);
    const Value* high = schema.find(most);
    const auto size = Rational(static_cast<int64_t>(length));
    const char* unit = value.is_string() ? "characters" : "entries";
    if (low != nullptr && size < low->number) {
      report(117, value.place,
             length == 0
                 ? "must not be empty"
                 : fmt::format("must have at least {} {} (has {})", low->text, unit, length));
    } else if (high != nullptr && size > high->number) {
      report(117, value.place,
             fmt::format("must have at most {} {} (has {})", high->text, unit, length));
    }
  }

  void check_array(const Value& value, const Value& schema) {
    check_length(value, schema, value.items.size(), "minItems", "maxItems");
    const Value* items = schema.find("items");
    if (items == nullptr) return;
    const size_t length = pointer_.size();
    for (size_t i = 0; i < value.items.size() && !full(); ++i) {
      const Value* of_item = items;
      if (items->is_array()) {
        if (i >= items->items.size()) break;
        of_item = &items->items[i];
      }
      pointer_ = child(pointer_, i);
      check(value.items[i], *of_item);
      pointer_.resize(length);
    }
  }

  void check_object(const Value& value, const Value& schema) {
    const Value* properties = schema.find("properties");
    const Value* others = schema.find("additionalProperties");
    const size_t length = pointer_.size();
    for (const Member& member : value.members) {
      if (full()) return;
      const Value* known = properties != nullptr ? properties->find(member.key) : nullptr;
      pointer_ = child(pointer_, member.key);
      if (known != nullptr) {
        if (const Value* later = deref(*known).find("x-not-yet")) {
          report(170, member.place, later->text);
        } else {
          check(member.value, *known);
        }
      } else if (others != nullptr && others->is_boolean() && !others->boolean) {
        unknown_key(member, schema);
      } else if (others != nullptr && others->is_object()) {
        if (schema.find("propertyNames") != nullptr && !is_name(member.key)) {
          report(115, member.place,
                 "must be a name of letters, digits, \"_\", \"-\" and \".\" (is " +
                     json_quoted(member.key.substr(0, 40)) + ")");
        }
        check(member.value, *others);
      }
      pointer_.resize(length);
    }
    const Value* required = schema.find("required");
    if (required == nullptr) return;
    for (const Value& key : required->items) {
      if (value.find(key.text) != nullptr) continue;
      report(111, value.place, fmt::format("needs \"{}\"", key.text),
             missing_advice(key.text, schema));
    }
  }

  std::string missing_advice(std::string_view key, const Value& schema) const {
    const Value* properties = schema.find("properties");
    const Value* of_key = properties != nullptr ? properties->find(key) : nullptr;
    const Value* hint = of_key != nullptr ? deref(*of_key).find("x-missing") : nullptr;
    return hint != nullptr ? hint->text : "";
  }

  void unknown_key(const Member& member, const Value& schema) {
    std::vector<std::string_view> known;
    if (const Value* properties = schema.find("properties")) {
      for (const Member& property : properties->members) {
        if (deref(property.value).find("x-not-yet") == nullptr) known.push_back(property.key);
      }
    }
    std::string hint = meaning(member.key, schema);
    if (hint.empty()) hint = did_you_mean(member.key, known);
    if (hint.empty() && known.size() <= 12) {
      std::vector<std::string> all;
      all.reserve(known.size());
      for (const std::string_view key : known) all.push_back(fmt::format("\"{}\"", key));
      hint = "known here: " + joined(all, "and");
    }
    report(110, member.place, "unknown key " + json_quoted(member.key.substr(0, 60)), hint);
  }

  const Value& schema_;
  std::string_view file_;
  size_t limit_;
  std::string pointer_;
  std::vector<Diagnostic> out_;
  size_t found_ = 0;
};

}  // namespace

std::vector<Diagnostic> validate(const Value& document, const Value& schema, std::string_view file,
                                 std::string_view definition, size_t limit) {
  return Walker(schema, file, limit).run(document, definition);
}

const Value* builtin_schema(std::string_view name) {
  static const std::map<std::string_view, Value> kParsed = [] {
    std::map<std::string_view, Value> out;
    for (const std::string_view known : schema_names()) {
      ParsedJson json = parse_json(schema_text(known), known);
      if (json.value.has_value()) out.emplace(known, std::move(*json.value));
    }
    return out;
  }();
  const auto it = kParsed.find(name);
  return it != kParsed.end() ? &it->second : nullptr;
}

}  // namespace rushes::schema
