#include "net/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace rushes::net {
namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

// Reads from the front; the first thing that is not as it should be makes all that follows fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  void literal(std::string_view want) {
    if (text_.substr(0, want.size()) != want) return fail();
    text_.remove_prefix(want.size());
  }
  // As many digits as that; a space may stand for a leading zero.
  int number(size_t digits) {
    if (text_.size() < digits) {
      fail();
      return 0;
    }
    std::string_view field = text_.substr(0, digits);
    text_.remove_prefix(digits);
    if (field.front() == ' ') field.remove_prefix(1);
    int value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size() || value < 0) fail();
    return value;
  }
  int month() {
    const auto found = std::find(kMonths.begin(), kMonths.end(), text_.substr(0, 3));
    if (found == kMonths.end()) {
      fail();
      return 1;
    }
    text_.remove_prefix(3);
    return static_cast<int>(found - kMonths.begin()) + 1;
  }
  void skip_past(std::string_view end) {
    const size_t at = text_.find(end);
    if (at == std::string_view::npos) return fail();
    text_.remove_prefix(at + end.size());
  }
  void clock(Fields& out) {
    out.hour = number(2);
    literal(":");
    out.minute = number(2);
    literal(":");
    out.second = number(2);
  }
  std::string_view rest() const { return text_; }
  bool done() const { return ok_ && text_.empty(); }
  bool ok() const { return ok_; }

 private:
  void fail() {
    ok_ = false;
    text_ = {};
  }
  std::string_view text_;
  bool ok_ = true;
};

std::optional<base::Time> time_of(const Fields& f) {
  const chrono::year_month_day date(chrono::year(f.year),
                                    chrono::month(static_cast<unsigned>(f.month)),
                                    chrono::day(static_cast<unsigned>(f.day)));
  if (f.year < 1970 || !date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) {
    return std::nullopt;
  }
  return base::Time(chrono::sys_days(date)) + chrono::hours(f.hour) + chrono::minutes(f.minute) +
         chrono::seconds(f.second);
}

std::optional<Fields> parse_imf(std::string_view text) {
  Reader in(text);
  Fields out;
  in.skip_past(", ");
  out.day = in.number(2);
  in.literal(" ");
  out.month = in.month();
  in.literal(" ");
  out.year = in.number(4);
  in.literal(" ");
  in.clock(out);
  in.literal(" GMT");
  return in.done() ? std::optional(out) : std::nullopt;
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<Fields> parse_rfc850(std::string_view text) {
  Reader in(text);
  Fields out;
  in.skip_past(", ");
  out.day = in.number(2);
  in.literal("-");
  out.month = in.month();
  in.literal("-");
  out.year = in.number(2);
  out.year += out.year < 70 ? 2000 : 1900;
  in.literal(" ");
  in.clock(out);
  in.literal(" GMT");
  return in.done() ? std::optional(out) : std::nullopt;
}

// "Sun Nov  6 08:49:37 1994"
std::optional<Fields> parse_asctime(std::string_view text) {
  Reader in(text);
  Fields out;
  in.skip_past(" ");
  out.month = in.month();
  in.literal(" ");
  out.day = in.number(2);
  in.literal(" ");
  in.clock(out);
  in.literal(" ");
  out.year = in.number(4);
  return in.done() ? std::optional(out) : std::nullopt;
}

struct Broken {
  int year = 0;
  unsigned month = 0, day = 0, weekday = 0;
  int hour = 0, minute = 0, second = 0;
};

Broken broken(base::Time time) {
  const auto days = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(days);
  const auto of_day = chrono::floor<chrono::seconds>(time - days).count();
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .weekday = chrono::weekday(days).c_encoding(),
          .hour = static_cast<int>(of_day / 3600),
          .minute = static_cast<int>(of_day / 60 % 60),
          .second = static_cast<int>(of_day % 60)};
}

}  // namespace

std::optional<base::Time> parse_http_date(std::string_view text) {
  for (auto* parse : {parse_imf, parse_rfc850, parse_asctime}) {
    if (const auto fields = parse(text)) return time_of(*fields);
  }
  return std::nullopt;
}

std::optional<base::Time> parse_iso_time(std::string_view text) {
  Reader in(text);
  Fields out;
  out.year = in.number(4);
  in.literal("-");
  out.month = in.number(2);
  in.literal("-");
  out.day = in.number(2);
  in.literal("T");
  in.clock(out);
  std::string_view rest = in.rest();
  if (!in.ok()) return std::nullopt;
  if (rest.starts_with('.')) {
    rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  }
  return rest == "Z" || rest == "+00:00" ? time_of(out) : std::nullopt;
}

std::string aws_time(base::Time time) {
  const Broken t = broken(time);
  char text[32];
  std::snprintf(text, sizeof(text), "%04d%02u%02uT%02d%02d%02dZ", t.year, t.month, t.day, t.hour,
                t.minute, t.second);
  return text;
}

std::string http_date(base::Time time) {
  const Broken t = broken(time);
  char text[40];
  std::snprintf(text, sizeof(text), "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[t.weekday].data(),
                t.day, kMonths[t.month - 1].data(), t.year, t.hour, t.minute, t.second);
  return text;
}

std::optional<chrono::milliseconds> parse_retry_after(std::string_view text, base::Time now) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
    constexpr int64_t kDay = 86400;
    int64_t seconds = kDay;  // also of numbers that are too large
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return chrono::seconds(std::min(seconds, kDay));
  }
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::max(*date - now, chrono::milliseconds(0));
}

}  // namespace rushes::net
