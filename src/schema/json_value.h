#pragma once

// A JSON document as a tree in which every value and key knows its place, numbers are exact and
// members keep their order.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rational.h"
#include "schema/diagnostic.h"

namespace rushes::schema {

struct Member;

struct Value {
  enum class Type : uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Type type = Type::kNull;
  bool boolean = false;
  Place place;
  std::string text;  // of a string; of a number as it was written ("4.004", "1e3")
  base::Rational number;
  std::vector<Value> items;     // kArray
  std::vector<Member> members;  // kObject; keys differ

  bool is_null() const { return type == Type::kNull; }
  bool is_boolean() const { return type == Type::kBoolean; }
  bool is_number() const { return type == Type::kNumber; }
  bool is_string() const { return type == Type::kString; }
  bool is_array() const { return type == Type::kArray; }
  bool is_object() const { return type == Type::kObject; }

  // Null if this is not an object or has no such member.
  const Value* find(std::string_view key) const;
  const Member* find_member(std::string_view key) const;
  // A number as the nearest double: exactly what strtod makes of its text.
  double to_double() const;

  static Value of_text(std::string_view text);
  static Value of_boolean(bool boolean);
};

struct Member {
  std::string key;
  Place place;  // of the key
  Value value;
};

// "an object", "a string", ...: for messages.
std::string_view name_of(Value::Type type);
// The value as JSON on one line, cut to about `limit` characters: for messages.
std::string excerpt(const Value& value, size_t limit = 40);

// What a JSON pointer leads to, or null.
const Value* find(const Value& root, std::string_view pointer);

// Adds one step to a JSON pointer.
std::string child(std::string_view pointer, std::string_view key);
std::string child(std::string_view pointer, size_t index);

}  // namespace rushes::schema
