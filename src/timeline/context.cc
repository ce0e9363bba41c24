#include "timeline/context.h"

#include <fmt/format.h>

#include <limits>

namespace rushes::timeline {

using schema::Diagnostic;
using schema::Severity;

namespace {
constexpr size_t kMaxDiagnostics = 200;
}

Node Node::operator[](std::string_view key) const {
  const schema::Value* found = value_ != nullptr ? value_->find(key) : nullptr;
  return found != nullptr ? Node(found, schema::child(pointer_, key)) : Node();
}

Node Node::operator[](size_t index) const {
  if (value_ == nullptr || index >= value_->items.size()) return {};
  return {&value_->items[index], schema::child(pointer_, index)};
}

std::string_view Node::text(std::string_view fallback) const {
  return is_string() ? std::string_view(value_->text) : fallback;
}

double Node::number(double fallback) const { return is_number() ? value_->to_double() : fallback; }

int Node::integer(int fallback) const {
  if (!is_number() || value_->number < std::numeric_limits<int>::min() ||
      value_->number > std::numeric_limits<int>::max()) {
    return fallback;
  }
  return static_cast<int>(value_->number.round());
}

bool Node::boolean(bool fallback) const {
  return value_ != nullptr && value_->is_boolean() ? value_->boolean : fallback;
}

void Context::add(Diagnostic diagnostic, const Node& at) {
  errors += diagnostic.severity == Severity::kError ? 1 : 0;
  if (diagnostics.size() > kMaxDiagnostics) return;
  if (diagnostics.size() == kMaxDiagnostics) {
    diagnostic.hint = "and more after this one";
  }
  diagnostic.file = file;
  diagnostic.pointer = at.pointer();
  if (at) diagnostic.place = at->place;
  diagnostics.push_back(std::move(diagnostic));
}

void Context::error(int number, const Node& at, std::string message, std::string hint) {
  Diagnostic d{.number = number, .message = std::move(message), .hint = std::move(hint)};
  if (number >= 170 && number < 180) d.code = base::Code::kUnsupported;
  add(std::move(d), at);
}

void Context::error(Diagnostic diagnostic, const Node& at) { add(std::move(diagnostic), at); }

void Context::error(Diagnostic diagnostic) {
  ++errors;
  diagnostics.push_back(std::move(diagnostic));
}

void Context::warning(int number, const Node& at, std::string message, std::string hint) {
  add({.number = number,
       .severity = Severity::kWarning,
       .message = std::move(message),
       .hint = std::move(hint)},
      at);
}

std::string shown(const Rational& seconds) {
  // Six decimals are enough to tell times apart, and to see that they differ.
  std::string text = fmt::format("{:.6f}", seconds.to_double());
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " s";
}

}  // namespace rushes::timeline
