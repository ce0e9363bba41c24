#include "time_text.h"

#include <chrono>
#include <optional>
#include <regex>

#include "base/rational.h"
#include "numbers.h"

namespace rushes::app {
namespace {

using nlohmann::json;

constexpr size_t kLongest = 64;  // no time is longer, and expressions are matched recursively

std::optional<json> clock_time(const std::string& text) {
  static const std::regex kForm(
      R"((\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d(?:\.\d{1,9})?)(Z|z|([+-])(\d\d):?(\d\d)))");
  std::smatch m;
  if (!std::regex_match(text, m, kForm)) return std::nullopt;
  const auto number = [&](size_t i) { return std::stoi(m[i]); };
  using std::chrono::day, std::chrono::month, std::chrono::year;
  const std::chrono::year_month_day date{year(number(1)), month(static_cast<unsigned>(number(2))),
                                         day(static_cast<unsigned>(number(3)))};
  if (!date.ok() || number(4) > 23 || number(5) > 59) return std::nullopt;
  const auto seconds = base::Rational::parse(m[6].str());
  if (!seconds.ok() || *seconds >= 61) return std::nullopt;
  int64_t minutes =
      std::chrono::sys_days(date).time_since_epoch().count() * 24 * 60 + number(4) * 60 + number(5);
  if (m[8].matched) minutes -= (m[8] == "-" ? -1 : 1) * (number(9) * 60 + number(10));
  return json{{"clock", (base::Rational(minutes * 60) + *seconds).to_string()}};
}

std::optional<json> elapsed_time(const std::string& text) {
  static const std::regex kForm(R"((?:(?:(\d{1,5}):)?(\d{1,5}):)?(\d{1,9}(?:\.\d{1,9})?)s?)");
  std::smatch m;
  if (!std::regex_match(text, m, kForm)) return std::nullopt;
  const auto seconds = base::Rational::parse(m[3].str());
  // With hours, there are sixty minutes; with minutes, sixty seconds.
  if (!seconds.ok() || (m[2].matched && *seconds >= 60)) return std::nullopt;
  if (m[1].matched && std::stoi(m[2]) >= 60) return std::nullopt;
  int64_t whole = 0;
  if (m[1].matched) whole += std::stoll(m[1]) * 3600;
  if (m[2].matched) whole += std::stoll(m[2]) * 60;
  return json{{"seconds", (base::Rational(whole) + *seconds).to_string()}};
}

std::optional<json> frame_number(const std::string& text) {
  static const std::regex kForm(R"((\d{1,12})f)");
  std::smatch m;
  if (!std::regex_match(text, m, kForm)) return std::nullopt;
  return json{{"frame", std::stoll(m[1])}};
}

}  // namespace

base::Result<json> parse_time(const std::string& text, const std::string& option) {
  if (text.size() <= kLongest) {
    for (const auto read : {elapsed_time, frame_number, clock_time}) {
      if (auto time = read(text)) return *std::move(time);
    }
  }
  base::Error error = base::invalid_argument(
      option +
      " must be a time like 6:58, 1:06:58.25, 418.5, 12540f or 2026-02-03T01:00:00Z (is \"" +
      text.substr(0, kLongest) + "\")");
  error.number = kUsage;
  return error;
}

}  // namespace rushes::app
