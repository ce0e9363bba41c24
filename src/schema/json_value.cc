#include "schema/json_value.h"

#include <charconv>

#include "schema/json_text.h"

namespace rushes::schema {
namespace {

void append(const Value& value, size_t limit, std::string& out) {
  if (out.size() > limit) return;
  switch (value.type) {
    case Value::Type::kNull: out += "null"; break;
    case Value::Type::kBoolean: out += value.boolean ? "true" : "false"; break;
    case Value::Type::kNumber: out += value.text.substr(0, limit); break;
    case Value::Type::kString: out += json_quoted(value.text.substr(0, limit)); break;
    case Value::Type::kArray: {
      out += '[';
      for (size_t i = 0; i < value.items.size() && out.size() <= limit; ++i) {
        if (i > 0) out += ", ";
        append(value.items[i], limit, out);
      }
      out += ']';
      break;
    }
    case Value::Type::kObject: {
      out += '{';
      for (size_t i = 0; i < value.members.size() && out.size() <= limit; ++i) {
        if (i > 0) out += ", ";
        out += json_quoted(value.members[i].key.substr(0, limit)) + ": ";
        append(value.members[i].value, limit, out);
      }
      out += '}';
      break;
    }
  }
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

const Member* Value::find_member(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

const Value* Value::find(std::string_view key) const {
  const Member* member = find_member(key);
  return member != nullptr ? &member->value : nullptr;
}

const Value* find(const Value& root, std::string_view pointer) {
  const Value* at = &root;
  while (at != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);  // the slash
    std::string key(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(key.size());
    if (at->is_array()) {
      size_t index = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
      const bool good = error == std::errc() && end == key.data() + key.size();
      at = good && index < at->items.size() ? &at->items[index] : nullptr;
      continue;
    }
    for (size_t i = 0; (i = key.find('~', i)) != std::string::npos; ++i) {
      key.replace(i, 2, key.compare(i, 2, "~1") == 0 ? "/" : "~");
    }
    at = at->find(key);
  }
  return at;
}

double Value::to_double() const {
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

Value Value::of_text(std::string_view text) {
  Value value;
  value.type = Type::kString;
  value.text = text;
  return value;
}

Value Value::of_boolean(bool boolean) {
  Value value;
  value.type = Type::kBoolean;
  value.boolean = boolean;
  return value;
}

std::string_view name_of(Value::Type type) {
  switch (type) {
    case Value::Type::kNull: return "null";
    case Value::Type::kBoolean: return "true or false";
    case Value::Type::kNumber: return "a number";
    case Value::Type::kString: return "a string";
    case Value::Type::kArray: return "a list";
    case Value::Type::kObject: return "an object";
  }
  return "a value";
}

std::string excerpt(const Value& value, size_t limit) {
  std::string out;
  append(value, limit, out);
  if (out.size() <= limit + 4) return out;
  size_t end = limit;
  while (end > 0 && continues_character(out[end])) --end;
  return out.substr(0, end) + "...";
}

std::string child(std::string_view pointer, std::string_view key) {
  std::string out(pointer);
  out += '/';
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string child(std::string_view pointer, size_t index) {
  return std::string(pointer) + '/' + std::to_string(index);
}

}  // namespace rushes::schema
