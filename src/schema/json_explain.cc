#include "schema/json_explain.h"

#include <fmt/format.h>

#include <algorithm>

namespace rushes::schema {
namespace {

using Inside = ReadSoFar::Inside;
using Last = ReadSoFar::Last;

size_t skip_space(std::string_view text, size_t at) {
  at = text.find_first_not_of(" \t\r\n", at);
  return at == std::string_view::npos ? text.size() : at;
}

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

std::string_view word_at(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && end - at < 30 &&
         (starts_word(text[end]) || (text[end] >= '0' && text[end] <= '9'))) {
    ++end;
  }
  return text.substr(at, end - at);
}

Explanation at_end(std::string_view text, const ReadSoFar& so_far) {
  if (so_far.last == Last::kNone) return {text.size(), "the document is empty"};
  const char closing = so_far.inside == Inside::kArray ? ']' : '}';
  return {text.size(),
          fmt::format("the document ends too early: {} {} not closed, '{}' is wanted", so_far.open,
                      so_far.open == 1 ? "bracket is" : "brackets are", closing)};
}

Explanation in_string(std::string_view text, size_t opening, size_t failed_at) {
  size_t i = opening + 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n' || byte == '\r') {
      return {opening, "the string is not closed on its line (a line break is written \\n)"};
    }
    if (byte < 0x20) return {i, "a control character stands in a string (a tab is written \\t)"};
    if (byte != '\\') continue;
    ++i;
    if (i < text.size() && std::string_view("\"\\/bfnrtu").find(text[i]) == text.npos) {
      return {i - 1, "a backslash before this character means nothing (write \\\\ for one)"};
    }
  }
  if (i >= text.size()) return {opening, "the string is never closed"};
  if (text.substr(opening, i - opening).find("\\u") != text.npos) {
    return {opening,
            "the string has a broken \\u escape (four hexadecimal digits, pairs complete)"};
  }
  // Where the lexer stopped is just behind the byte it disliked.
  return {std::clamp(failed_at, opening + 1, i) - 1, "the text is not valid UTF-8 here"};
}

Explanation no_comments(size_t at) {
  return {at, "comments are not allowed in JSON; free remarks can go into \"note\""};
}

Explanation wanted_key(std::string_view text, size_t at, size_t failed_at) {
  const char c = text[at];
  if (c == '"') return in_string(text, at, failed_at);
  if (c == '\'') return {at, "keys take double quotes, not single ones"};
  if (c == '/' || c == '#') return no_comments(at);
  if (starts_word(c)) return {at, fmt::format("the key {} needs double quotes", word_at(text, at))};
  return {at, "a key in double quotes is wanted here"};
}

Explanation wanted_value(std::string_view text, size_t at, size_t failed_at) {
  const char c = text[at];
  if (c == '"') return in_string(text, at, failed_at);
  if (c == '\'') return {at, "strings take double quotes, not single ones"};
  if (c == '/' || c == '#') return no_comments(at);
  if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.') {
    return {at, "not a number as JSON writes it (like 0.5, -3 or 1e3)"};
  }
  if (starts_word(c)) {
    const std::string_view word = word_at(text, at);
    std::string_view instead;
    if (word == "True" || word == "TRUE") instead = "true";
    if (word == "False" || word == "FALSE") instead = "false";
    if (word == "None" || word == "undefined") instead = "null";
    if (!instead.empty()) return {at, fmt::format("{} is written {} in JSON", word, instead)};
    if (word == "NaN" || word == "Infinity") {
      return {at, fmt::format("{} does not exist in JSON", word)};
    }
    return {at, fmt::format("{} needs double quotes, if it is meant as a string", word)};
  }
  if (c == '}' || c == ']' || c == ',')
    return {at, fmt::format("a value is missing before '{}'", c)};
  return {at, "a value is wanted here"};
}

}  // namespace

Explanation explain_syntax(std::string_view text, const ReadSoFar& so_far, size_t failed_at) {
  size_t at = skip_space(text, so_far.end);
  if (at == text.size()) return at_end(text, so_far);
  if (so_far.inside == Inside::kNothing && so_far.last == Last::kValue) {
    return {at, "the document ended before this; only one value may stand in it"};
  }
  if (so_far.last == Last::kKey) {
    if (text[at] != ':') return {at, "a colon is missing after the key"};
    at = skip_space(text, at + 1);
    return at == text.size() ? at_end(text, so_far) : wanted_value(text, at, failed_at);
  }
  if (so_far.last == Last::kValue) {
    const char c = text[at];
    if (c == '/' || c == '#') return no_comments(at);
    if (c == '}' || c == ']') {
      return {at, fmt::format("'{}' cannot close this; '{}' is wanted", c, c == '}' ? ']' : '}')};
    }
    if (at == so_far.end && text[at - 1] == '0' && c >= '0' && c <= '9') {
      return {at - 1, "a number must not start with 0"};
    }
    if (c != ',') return {at, "a comma is missing before this"};
    const size_t comma = at;
    at = skip_space(text, comma + 1);
    if (at == text.size()) return at_end(text, so_far);
    if (text[at] == '}' || text[at] == ']') {
      return {comma, "a comma stands after the last entry; remove it"};
    }
    if (text[at] == ',') return {at, "a comma too many"};
  } else if (text[at] == ',') {
    return {at, "a comma too many"};
  }
  return so_far.inside == Inside::kObject ? wanted_key(text, at, failed_at)
                                          : wanted_value(text, at, failed_at);
}

}  // namespace rushes::schema
