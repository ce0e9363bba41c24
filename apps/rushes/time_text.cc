#include "time_text.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/rational.h"
#include "numbers.h"

namespace rushes::app {
namespace {

using nlohmann::json;

constexpr size_t kLongest = 64;

// Reads a text from its beginning on. What is not there makes it fail, and stays so.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // At least `least` digits, at most `most`.
  int64_t number(size_t least, size_t most) {
    int64_t value = 0;
    size_t count = 0;
    for (; count < most && is_digit(); ++count) value = value * 10 + (take() - '0');
    ok_ = ok_ && count >= least;
    return value;
  }
  // As number(), and a fraction of at most nine digits, if there is one.
  base::Rational decimal(size_t least, size_t most) {
    const int64_t whole = number(least, most);
    if (!skip('.')) return whole;
    const size_t before = text_.size();
    const int64_t part = number(1, 9);
    int64_t unit = 1;
    for (size_t i = text_.size(); i < before; ++i) unit *= 10;
    return base::Rational(whole) + base::Rational(part, unit);
  }
  bool skip(char c) {
    if (text_.empty() || text_.front() != c) return false;
    take();
    return true;
  }
  void want(char c) { ok_ = skip(c) && ok_; }
  bool whole() const { return ok_ && text_.empty(); }

 private:
  bool is_digit() const { return !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; }
  char take() {
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  std::string_view text_;
  bool ok_ = true;
};

json clock(const base::Rational& t) { return {{"clock", t.to_string()}}; }
json elapsed(const base::Rational& t) { return {{"seconds", t.to_string()}}; }

std::optional<json> clock_time(std::string_view text) {
  Scanner in(text);
  const auto part = [&](char before) {
    if (before != '\0') in.want(before);
    return in.number(2, 2);
  };
  const int64_t years = in.number(4, 4), months = part('-'), days = part('-');
  if (!in.skip('T') && !in.skip(' ')) in.want('t');
  const int64_t hours = part('\0'), minutes = part(':');
  in.want(':');
  const base::Rational seconds = in.decimal(2, 2);
  int64_t ahead = 0;  // minutes
  if (!in.skip('Z') && !in.skip('z')) {
    const bool west = in.skip('-');
    if (!west) in.want('+');
    ahead = part('\0') * 60;
    in.skip(':');
    ahead += part('\0');
    if (west) ahead = -ahead;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(years)),
                                         std::chrono::month(static_cast<unsigned>(months)),
                                         std::chrono::day(static_cast<unsigned>(days))};
  if (!in.whole() || !date.ok() || hours > 23 || minutes > 59 || seconds >= 61) return std::nullopt;
  const int64_t day = std::chrono::sys_days(date).time_since_epoch().count();
  return clock(base::Rational(((day * 24 + hours) * 60 + minutes - ahead) * 60) + seconds);
}

std::optional<json> elapsed_time(std::string_view text) {
  const auto colons = static_cast<size_t>(std::ranges::count(text, ':'));
  if (colons > 2) return std::nullopt;
  Scanner in(text);
  base::Rational whole;
  for (size_t i = 0; i < colons; ++i) {
    const int64_t number = in.number(1, 5);
    // With hours, there are sixty minutes.
    if (i > 0 && number >= 60) return std::nullopt;
    whole = (whole + number) * 60;
    in.want(':');
  }
  const base::Rational seconds = in.decimal(1, 9);
  in.skip('s');
  if (!in.whole() || (colons > 0 && seconds >= 60)) return std::nullopt;
  return elapsed(whole + seconds);
}

std::optional<json> frame_number(std::string_view text) {
  Scanner in(text);
  const int64_t number = in.number(1, 12);
  in.want('f');
  if (!in.whole()) return std::nullopt;
  return json{{"frame", number}};
}

// Of "8:00:00" and "-5:00:00".
base::Result<base::Rational> seconds_ahead(const std::string& clock_offset) {
  const bool minus = clock_offset[0] == '-';
  const auto offset = elapsed_time(std::string_view(clock_offset).substr(minus ? 1 : 0));
  if (clock_offset.size() > kLongest || !offset) {
    return usage_error("--clock-offset must be a time like 8:00:00 or -5:00:00 (is \"" +
                       clock_offset.substr(0, kLongest) + "\")");
  }
  ASSIGN_OR_RETURN(const base::Rational seconds,
                   base::Rational::parse((*offset)["seconds"].get<std::string>()));
  return minus ? -seconds : seconds;
}

}  // namespace

base::Result<json> parse_time(const std::string& text, const std::string& option) {
  if (text.size() <= kLongest) {
    for (const auto read : {elapsed_time, frame_number, clock_time}) {
      if (auto time = read(text)) return *std::move(time);
    }
  }
  return usage_error(
      option +
      " must be a time like 6:58, 1:06:58.25, 418.5, 12540f or 2026-02-03T01:00:00Z (is \"" +
      text.substr(0, kLongest) + "\")");
}

base::Status check_clock_offset(const std::string& clock_offset) {
  if (clock_offset.empty()) return {};
  const auto ahead = seconds_ahead(clock_offset);
  return ahead.ok() ? base::Status() : ahead.error();
}

base::Result<json> parse_time(const std::string& text, const std::string& option,
                              const std::string& clock_offset) {
  ASSIGN_OR_RETURN(json time, parse_time(text, option));
  if (clock_offset.empty()) return time;
  ASSIGN_OR_RETURN(const base::Rational ahead, seconds_ahead(clock_offset));
  if (!time.contains("clock")) return time;
  ASSIGN_OR_RETURN(const base::Rational clock,
                   base::Rational::parse(time["clock"].get<std::string>()));
  time["clock"] = (clock + ahead).to_string();
  return time;
}

}  // namespace rushes::app
