#include "text/subtitle_text.h"

#include <algorithm>
#include <array>

#include "text/code_points.h"

namespace rushes::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes 1 to `most` digits from the front.
std::optional<int64_t> take_number(std::string_view& text, size_t most) {
  size_t n = 0;
  int64_t value = 0;
  while (n < text.size() && n < most && is_digit(text[n])) value = value * 10 + (text[n++] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\f'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

Lines::Lines(std::string_view text) {
  while (true) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    lines_.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

void Notes::add(const std::string& kind, size_t line) {
  Seen& seen = seen_[kind];
  if (seen.count++ == 0) seen.first_line = line;
}

void Notes::append_to(std::vector<std::string>& warnings) const {
  for (const auto& [kind, seen] : seen_) {
    std::string text = "line " + std::to_string(seen.first_line) + ": " + kind;
    if (seen.count > 1) text += " (" + std::to_string(seen.count) + " times)";
    warnings.push_back(std::move(text));
  }
}

base::Error at_line(size_t line, const std::string& message) {
  return base::invalid_argument("line " + std::to_string(line) + ": " + message);
}

std::optional<base::Rational> parse_timestamp(std::string_view text) {
  text = trim(text);
  const bool negative = take(text, '-');
  std::array<int64_t, 3> parts{};  // hours, minutes, seconds
  size_t count = 0;
  while (count < 3) {
    const auto n = take_number(text, 4);
    if (!n) return std::nullopt;
    parts[count++] = *n;
    if (count == 3 || !take(text, ':')) break;
  }
  if (count < 2) return std::nullopt;
  if (count == 2) parts = {0, parts[0], parts[1]};
  if (parts[1] > 59 || parts[2] > 59) return std::nullopt;
  int64_t thousandths = 0;
  if (take(text, ',') || take(text, '.')) {
    const size_t before = text.size();
    const auto n = take_number(text, 3);
    if (!n) return std::nullopt;
    thousandths = *n;
    for (size_t digits = before - text.size(); digits < 3; ++digits) thousandths *= 10;
  }
  if (!text.empty()) return std::nullopt;
  const int64_t total = ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + thousandths;
  return base::Rational(negative ? -total : total, 1000);
}

base::Result<Timing> parse_timing(std::string_view line, size_t number, size_t cues, Notes& notes) {
  if (cues == kMaxCues) return at_line(number, "more than 100000 cues");
  const size_t arrow = line.find("-->");
  if (arrow == std::string_view::npos) {
    return at_line(number, "expected a timing line such as 00:00:01,000 --> 00:00:02,500");
  }
  Timing timing;
  const std::string_view first = trim(line.substr(0, arrow));
  std::string_view rest = trim(line.substr(arrow + 3));
  const size_t space = rest.find_first_of(" \t");
  const std::string_view second = rest.substr(0, space);
  if (space != std::string_view::npos) timing.settings = trim(rest.substr(space));
  const auto start = parse_timestamp(first), end = parse_timestamp(second);
  const auto bad = [number](std::string_view what) {
    return at_line(
        number, "\"" + std::string(what.substr(0, 40)) + "\" is not a time such as 00:00:01,000");
  };
  if (!start) return bad(first);
  if (!end) return bad(second);
  timing.start = *start;
  timing.end = *end;
  if (timing.end < timing.start) return at_line(number, "the cue ends before it starts");
  if (!timing.settings.empty()) notes.add("positions are left out", number);
  return timing;
}

std::string decode_entities(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNamed = {
      {{"amp", "&"},
       {"lt", "<"},
       {"gt", ">"},
       {"quot", "\""},
       {"nbsp", "\xC2\xA0"},
       {"lrm", "\xE2\x80\x8E"},
       {"rlm", "\xE2\x80\x8F"}}};
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t end = text[i] == '&' ? text.substr(i, 12).find(';') : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += text[i++];
      continue;
    }
    const std::string_view name = text.substr(i + 1, end - 1);
    const auto named = std::find_if(kNamed.begin(), kNamed.end(),
                                    [name](const auto& e) { return e.first == name; });
    if (named != kNamed.end()) {
      out += named->second;
      i += end + 1;
      continue;
    }
    std::string_view digits = name;
    const bool numeric = take(digits, '#');
    const bool hex = numeric && (take(digits, 'x') || take(digits, 'X'));
    uint32_t value = 0;
    bool good = numeric && !digits.empty() && digits.size() <= 7;
    for (const char c : digits) {
      const int d = is_digit(c)                   ? c - '0'
                    : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                  : -1;
      good = good && d >= 0;
      value = value * (hex ? 16 : 10) + static_cast<uint32_t>(std::max(d, 0));
    }
    if (good && value != 0) {
      append_utf8(out, value);
      i += end + 1;
    } else {
      out += text[i++];
    }
  }
  return out;
}

bool admit(schema::Cue& cue, size_t line, Notes& notes) {
  if (cue.start == cue.end) {
    notes.add("a cue that lasts no time is left out", line);
    return false;
  }
  if (cue.end <= base::Rational(0)) {
    notes.add("a cue that ends before 0 is left out", line);
    return false;
  }
  if (cue.start < base::Rational(0)) {
    notes.add("a cue that starts before 0 is shown from 0", line);
    cue.start = base::Rational(0);
  }
  return !trim(cue.text).empty();
}

base::Result<Subtitles> finish(std::vector<schema::Cue> cues, std::vector<std::string> warnings,
                               const Notes& notes) {
  std::stable_sort(cues.begin(), cues.end(),
                   [](const schema::Cue& a, const schema::Cue& b) { return a.start < b.start; });
  Subtitles out{std::move(cues), std::move(warnings)};
  notes.append_to(out.warnings);
  return out;
}

}  // namespace rushes::text
