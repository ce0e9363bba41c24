#include "schema/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "schema/json_explain.h"

namespace rushes::schema {
namespace {

using base::Rational;

// The number that a JSON literal stands for, rounded to 18 decimals and 18 digits where it has
// more. Absent if its magnitude is above 1e18.
std::optional<Rational> exact_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int64_t exponent = 0;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view tail = text.substr(e + 1);
    const bool down = tail.starts_with('-');
    if (down || tail.starts_with('+')) tail.remove_prefix(1);
    for (const char c : tail)
      exponent = std::min<int64_t>(exponent * 10 + (c - '0'), 1'000'000'000);
    if (down) exponent = -exponent;
    text = text.substr(0, e);
  }
  std::string digits;
  int64_t decimals = -exponent;
  bool after_point = false;
  for (const char c : text) {
    if (c == '.') {
      after_point = true;
      continue;
    }
    decimals += after_point ? 1 : 0;
    if (c != '0' || !digits.empty()) digits += c;
  }
  if (digits.empty()) return Rational(0);
  int64_t surplus = std::max<int64_t>(decimals - 18, 0);
  surplus =
      std::max(surplus, std::min<int64_t>(static_cast<int64_t>(digits.size()) - 18, decimals));
  if (surplus > static_cast<int64_t>(digits.size())) return Rational(0);
  bool round_up = false;
  if (surplus > 0) {
    const size_t kept = digits.size() - static_cast<size_t>(surplus);
    round_up = digits[kept] >= '5';
    digits.resize(kept);
    decimals -= surplus;
  }
  if (static_cast<int64_t>(digits.size()) - decimals > 19) return std::nullopt;
  for (; decimals < 0; ++decimals) digits += '0';
  if (digits.size() > 19) return std::nullopt;
  uint64_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<uint64_t>(c - '0');
  number += round_up ? 1 : 0;
  int64_t scale = 1;
  for (int64_t i = 0; i < decimals; ++i) scale *= 10;
  if (number > 1'000'000'000'000'000'000u) return std::nullopt;
  return Rational(negative ? -static_cast<int64_t>(number) : static_cast<int64_t>(number), scale);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Walks over the text behind the library's lexer, which checks it but does not say where it is.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {
    if (text.starts_with("\xef\xbb\xbf")) at_ = counted_ = 3;
  }

  // Steps over the token that comes next and what separates it from the last. It is known to be
  // well formed.
  std::string_view take() {
    at_ = text_.find_first_not_of(" \t\r\n,:", at_);
    start_ = at_;
    const char c = text_[at_];
    if (c == '"') {
      for (++at_; text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\' ? 1 : 0;
      ++at_;
    } else if (c == '{' || c == '}' || c == '[' || c == ']') {
      ++at_;
    } else if (c == 't' || c == 'n') {
      at_ += 4;
    } else if (c == 'f') {
      at_ += 5;
    } else {
      take_number();
    }
    return text_.substr(start_, at_ - start_);
  }

  size_t end() const { return at_; }
  Place place() { return place_of(start_); }

  // Offsets must not go back.
  Place place_of(size_t offset) {
    for (; counted_ < offset && counted_ < text_.size(); ++counted_) {
      const auto byte = static_cast<unsigned char>(text_[counted_]);
      if (byte == '\n') {
        ++place_.line;
        place_.column = 1;
      } else if ((byte & 0xc0) != 0x80) {
        ++place_.column;
      }
    }
    return place_;
  }

 private:
  // As far as the lexer reads: what follows a number need not be a separator.
  void take_number() {
    const auto digits = [&] {
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    };
    const auto skip = [&](std::string_view any) {
      const bool found = at_ < text_.size() && any.find(text_[at_]) != any.npos;
      at_ += found ? 1 : 0;
      return found;
    };
    skip("-");
    if (!skip("0")) digits();
    if (skip(".")) digits();
    if (skip("eE")) {
      skip("+-");
      digits();
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t start_ = 0;
  size_t counted_ = 0;
  Place place_{1, 1};
};

class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, std::string_view file, const JsonLimits& limits)
      : text_(text), file_(file), limits_(limits), cursor_(text) {}

  ParsedJson result(bool complete) && {
    ParsedJson out;
    if (complete) out.value = std::move(root_);
    out.diagnostics = std::move(diagnostics_);
    return out;
  }

  bool null() override { return scalar(Value::Type::kNull) != nullptr; }
  bool boolean(bool value) override {
    Value* v = scalar(Value::Type::kBoolean);
    if (v != nullptr) v->boolean = value;
    return v != nullptr;
  }
  bool number_integer(int64_t) override { return number(); }
  bool number_unsigned(uint64_t) override { return number(); }
  bool number_float(double, const std::string&) override { return number(); }
  bool string(std::string& value) override {
    Value* v = scalar(Value::Type::kString);
    if (v != nullptr) v->text = std::move(value);
    return v != nullptr;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Value::Type::kObject); }
  bool start_array(size_t) override { return open(Value::Type::kArray); }
  bool key(std::string& name) override {
    cursor_.take();
    key_ = std::move(name);
    key_place_ = cursor_.place();
    last_ = ReadSoFar::Last::kKey;
    return true;
  }
  bool end_object() override {
    cursor_.take();
    drop_repeated_keys();
    return close();
  }
  bool end_array() override {
    cursor_.take();
    return close();
  }
  bool parse_error(size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) {
      report(103, fmt::format("the number {} is too large", token.substr(0, 40)),
             cursor_.place_of(cursor_.end()));
      return false;
    }
    ReadSoFar so_far{.end = cursor_.end(), .last = last_, .open = stack_.size()};
    if (!stack_.empty()) {
      so_far.inside =
          stack_.back()->is_array() ? ReadSoFar::Inside::kArray : ReadSoFar::Inside::kObject;
    }
    const Explanation why = explain_syntax(text_, so_far, position);
    report(100, why.message, cursor_.place_of(why.offset));
    return false;
  }

 private:
  std::string pointer() const {
    std::string out;
    for (const Value* value : stack_) {
      if (value->is_array()) {
        if (!value->items.empty()) out = child(out, value->items.size() - 1);
      } else if (!value->members.empty()) {
        out = child(out, value->members.back().key);
      }
    }
    return out;
  }

  void report(int number, std::string message, Place place, std::string at = "") {
    diagnostics_.push_back({.number = number,
                            .file = std::string(file_),
                            .place = place,
                            .pointer = std::move(at),
                            .message = std::move(message)});
  }

  // A new value at the present place in the tree; null where there are too many.
  Value* scalar(Value::Type type) {
    token_ = cursor_.take();
    last_ = ReadSoFar::Last::kValue;
    if (++values_ > limits_.values) {
      report(102, fmt::format("more than {} values", limits_.values), cursor_.place());
      return nullptr;
    }
    Value* value = &root_;
    if (!stack_.empty()) {
      Value& parent = *stack_.back();
      if (parent.is_array()) {
        value = &parent.items.emplace_back();
      } else {
        value = &parent.members.emplace_back(Member{std::move(key_), key_place_, {}}).value;
      }
    }
    value->type = type;
    value->place = cursor_.place();
    return value;
  }

  bool number() {
    Value* value = scalar(Value::Type::kNumber);
    if (value == nullptr) return false;
    value->text = token_;
    if (const auto exact = exact_number(token_)) {
      value->number = *exact;
    } else {
      report(103, fmt::format("the number {} is too large", token_.substr(0, 40)), value->place,
             pointer());
    }
    return true;
  }

  bool open(Value::Type type) {
    if (stack_.size() >= static_cast<size_t>(limits_.depth)) {
      cursor_.take();
      report(102, fmt::format("more than {} levels of nesting", limits_.depth), cursor_.place());
      return false;
    }
    Value* value = scalar(type);
    if (value == nullptr) return false;
    stack_.push_back(value);
    last_ = ReadSoFar::Last::kOpening;
    return true;
  }

  bool close() {
    stack_.pop_back();
    last_ = ReadSoFar::Last::kValue;
    return true;
  }

  void drop_repeated_keys() {
    std::vector<Member>& members = stack_.back()->members;
    if (members.size() < 2) return;
    std::set<std::string_view> seen;
    std::vector<size_t> repeated;
    for (size_t i = 0; i < members.size(); ++i) {
      if (!seen.insert(members[i].key).second) repeated.push_back(i);
    }
    if (repeated.empty()) return;
    const std::string last_child = pointer();
    const std::string here =
        last_child.substr(0, last_child.size() - child("", members.back().key).size());
    for (const size_t i : repeated) {
      if (diagnostics_.size() >= 100) break;
      report(101,
             fmt::format("the key {} is given twice", json_quoted(members[i].key.substr(0, 60))),
             members[i].place, child(here, members[i].key));
    }
    size_t kept = 0;
    size_t next = 0;
    for (size_t i = 0; i < members.size(); ++i) {
      if (next < repeated.size() && repeated[next] == i) {
        ++next;
        continue;
      }
      if (kept != i) members[kept] = std::move(members[i]);
      ++kept;
    }
    members.resize(kept);
  }

  std::string_view text_;
  std::string_view file_;
  const JsonLimits limits_;
  Cursor cursor_;
  Value root_;
  std::vector<Value*> stack_;  // the open arrays and objects; each is its parent's last child
  std::string_view token_;
  std::string key_;
  Place key_place_;
  size_t values_ = 0;
  ReadSoFar::Last last_ = ReadSoFar::Last::kNone;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

ParsedJson parse_json(std::string_view text, std::string_view file, const JsonLimits& limits) {
  const auto refuse = [&](int number, std::string message) {
    ParsedJson out;
    out.diagnostics.push_back({.number = number,
                               .file = std::string(file),
                               .place = {1, 1},
                               .message = std::move(message)});
    return out;
  };
  if (text.size() > limits.bytes) {
    return refuse(
        102, fmt::format("the document has {} bytes; the limit is {}", text.size(), limits.bytes));
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return refuse(100, "the document is UTF-16; save it as UTF-8");
  }
  Builder builder(text, file, limits);
  const bool complete = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).result(complete);
}

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace rushes::schema
