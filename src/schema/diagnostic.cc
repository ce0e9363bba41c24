#include "schema/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace rushes::schema {
namespace {

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

constexpr size_t kLongestWord = 48;

// Lower case, without what people leave out or add between words.
std::string folded(std::string_view word) {
  std::string out;
  for (char c : word) {
    if (c == '-' || c == '_' || c == ' ') continue;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    out += c;
  }
  return out;
}

// Insertions, deletions, replacements and swaps of neighbours between two short words.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::array<size_t, kLongestWord + 1>, kLongestWord + 1> d;
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string format(const Diagnostic& diagnostic) {
  std::string out = printable(diagnostic.file);
  if (diagnostic.place.line > 0) {
    out += fmt::format(":{}:{}", diagnostic.place.line, diagnostic.place.column);
  }
  if (!out.empty()) out += ": ";
  if (diagnostic.severity == Severity::kWarning) out += "warning: ";
  if (!diagnostic.pointer.empty()) out += printable(diagnostic.pointer) + ": ";
  out += printable(diagnostic.message);
  if (!diagnostic.hint.empty()) out += "; " + printable(diagnostic.hint);
  if (diagnostic.number > 0) {
    out += fmt::format(" [{}{:04}]", diagnostic.severity == Severity::kError ? 'E' : 'W',
                       diagnostic.number);
  }
  return out;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::ranges::any_of(diagnostics,
                             [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

base::Error to_error(const std::vector<Diagnostic>& diagnostics) {
  base::Error error;
  for (const Diagnostic& d : diagnostics) {
    if (d.severity != Severity::kError) continue;
    if (error.message.empty()) {
      error.code = d.code;
      error.number = d.number;
    } else {
      error.message += '\n';
    }
    error.message += format(d);
  }
  return error;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string wanted = folded(word);
  if (wanted.empty() || wanted.size() > kLongestWord) return {};
  std::string_view best;
  size_t best_distance = wanted.size() < 3 ? 1 : std::max<size_t>(2, wanted.size() / 3 + 1);
  for (const std::string_view candidate : known) {
    const std::string other = folded(candidate);
    if (other.size() > kLongestWord) continue;
    const size_t distance = edit_distance(wanted, other);
    if (distance < best_distance && distance < other.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view found = nearest(word, known);
  return found.empty() ? "" : fmt::format("did you mean \"{}\"?", found);
}

}  // namespace rushes::schema
