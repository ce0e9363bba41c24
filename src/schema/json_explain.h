#pragma once

// Why a text is not JSON, in plain words.

#include <cstddef>
#include <string>
#include <string_view>

namespace rushes::schema {

// What the reader had accepted before it stopped.
struct ReadSoFar {
  size_t end = 0;  // of the last token
  enum class Inside { kNothing, kArray, kObject } inside = Inside::kNothing;
  enum class Last { kNone, kOpening, kKey, kValue } last = Last::kNone;
  size_t open = 0;  // brackets and braces
};

struct Explanation {
  size_t offset = 0;  // of the mistake
  std::string message;
};

// `failed_at`: where the lexer gave up, for mistakes within a string.
Explanation explain_syntax(std::string_view text, const ReadSoFar& so_far, size_t failed_at);

}  // namespace rushes::schema
