#pragma once

// What all parts of resolving share: the document's values with their pointers, the frame that
// percentages refer to, and where errors go.

#include <string>
#include <string_view>
#include <vector>

#include "base/rational.h"
#include "schema/diagnostic.h"
#include "schema/json_value.h"
#include "timeline/seconds.h"

namespace rushes::timeline {

using base::Rational;

// A value of the document, or nothing, with its JSON pointer. The document outlives it.
class Node {
 public:
  Node() = default;
  Node(const schema::Value* value, std::string pointer)
      : value_(value), pointer_(std::move(pointer)) {}

  explicit operator bool() const { return value_ != nullptr; }
  const schema::Value& operator*() const { return *value_; }
  const schema::Value* operator->() const { return value_; }
  const std::string& pointer() const { return pointer_; }

  Node operator[](std::string_view key) const;
  Node operator[](size_t index) const;
  size_t size() const { return value_ != nullptr ? value_->items.size() : 0; }
  bool is_object() const { return value_ != nullptr && value_->is_object(); }
  bool is_array() const { return value_ != nullptr && value_->is_array(); }
  bool is_string() const { return value_ != nullptr && value_->is_string(); }
  bool is_number() const { return value_ != nullptr && value_->is_number(); }

  // The value, or `fallback` where there is none or it has another type.
  std::string_view text(std::string_view fallback = {}) const;
  double number(double fallback = 0) const;
  int integer(int fallback) const;
  bool boolean(bool fallback) const;
  Rational time(const Rational& fallback = Rational(0)) const { return seconds(value_, fallback); }

 private:
  const schema::Value* value_ = nullptr;
  std::string pointer_;
};

struct Context {
  std::string file;
  int width = 0, height = 0;  // of the output
  Rational fps = 30;
  Node styles;
  std::vector<schema::Diagnostic> diagnostics;
  size_t errors = 0;

  double shorter_side() const { return width < height ? width : height; }

  void error(int number, const Node& at, std::string message, std::string hint = "");
  void error(schema::Diagnostic diagnostic, const Node& at);
  void error(schema::Diagnostic diagnostic);  // of another place
  void warning(int number, const Node& at, std::string message, std::string hint = "");

 private:
  void add(schema::Diagnostic diagnostic, const Node& at);
};

// "2.5 s": for messages.
std::string shown(const Rational& seconds);

}  // namespace rushes::timeline
