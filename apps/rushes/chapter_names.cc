#include "chapter_names.h"

#include <algorithm>
#include <array>

#include "base/rational.h"
#include "time_text.h"

namespace rushes::app {
namespace {

// The number in `count` digits, or nothing.
std::optional<int> digits(std::string_view text, size_t at, size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

// "GX010123.MP4" without its ending, if that is one of `endings`.
struct Parts {
  std::string_view stem, ending;
};
template <size_t N>
std::optional<Parts> parts_of(std::string_view name,
                              const std::array<std::string_view, N>& endings) {
  for (const std::string_view ending : endings) {
    if (name.ends_with(ending)) {
      return Parts{name.substr(0, name.size() - ending.size()), ending};
    }
  }
  return std::nullopt;
}

std::optional<ChapterName> gopro(std::string_view name) {
  constexpr std::array<std::string_view, 5> kEndings = {".MP4", ".mp4", ".MOV", ".mov", ".360"};
  const auto parts = parts_of(name, kEndings);
  if (!parts || parts->stem.size() != 8 || name[0] != 'G' || !digits(name, 4, 4)) {
    return std::nullopt;
  }
  const std::string rest(name.substr(4));
  if (name.starts_with("GOPR")) return ChapterName{"GOPR" + rest, 0};
  const auto number = digits(name, 2, 2);
  if (!number) return std::nullopt;
  if (name[1] == 'P') return ChapterName{"GOPR" + rest, *number};
  // GS are those of spherical cameras.
  if (name[1] != 'H' && name[1] != 'X' && name[1] != 'S') return std::nullopt;
  return ChapterName{std::string(name.substr(0, 2)) + rest, *number};
}

// VID_ and PRO_VID_; the date, the time, the lens and the number, with "_" between them.
std::optional<ChapterName> insta360(std::string_view name) {
  constexpr std::array<std::string_view, 4> kEndings = {".mp4", ".MP4", ".insv", ".INSV"};
  const auto parts = parts_of(name, kEndings);
  if (!parts) return std::nullopt;
  std::string_view rest = parts->stem;
  if (rest.starts_with("PRO_")) rest.remove_prefix(4);
  constexpr std::string_view kShape = "VID_00000000_000000_00_000";
  if (rest.size() != kShape.size()) return std::nullopt;
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '0' ? !digits(rest, i, 1) : rest[i] != kShape[i]) return std::nullopt;
  }
  constexpr size_t kNumber = 3;
  std::string recording(parts->stem.substr(0, parts->stem.size() - kNumber));
  recording += parts->ending;
  return ChapterName{std::move(recording), *digits(rest, rest.size() - kNumber, kNumber)};
}

// "20260203010000", as a time in UTC.
std::optional<int64_t> stamp(std::string_view text) {
  constexpr size_t kDigits = 14;
  if (text.size() != kDigits) return std::nullopt;
  std::string iso;
  for (size_t i = 0; i < kDigits; ++i) {
    if (!digits(text, i, 1)) return std::nullopt;
    if (i == 4 || i == 6) iso += '-';
    if (i == 8) iso += 'T';
    if (i == 10 || i == 12) iso += ':';
    iso += text[i];
  }
  const auto time = parse_time(iso + "Z", "");
  if (!time.ok() || !time->contains("clock")) return std::nullopt;
  const auto seconds = base::Rational::parse((*time)["clock"].get<std::string>());
  return seconds.ok() ? std::optional(seconds->floor()) : std::nullopt;
}

}  // namespace

std::optional<ChapterName> chapter_name(std::string_view name) {
  auto found = gopro(name);
  return found ? found : insta360(name);
}

std::optional<NumberedName> numbered_name(std::string_view name) {
  constexpr std::array<std::string_view, 4> kEndings = {".MP4", ".mp4", ".MOV", ".mov"};
  constexpr std::string_view kPrefix = "DJI_";
  constexpr size_t kStamp = 14, kNumber = 4;
  const auto parts = parts_of(name, kEndings);
  if (!parts || !name.starts_with(kPrefix)) return std::nullopt;
  std::string_view rest = parts->stem.substr(kPrefix.size());
  NumberedName out;
  if (const size_t line = rest.find('_'); line == kStamp) {
    out.made = stamp(rest.substr(0, kStamp));
    if (!out.made) return std::nullopt;
    rest.remove_prefix(kStamp + 1);
  }
  const auto number = digits(rest, 0, kNumber);
  if (!number) return std::nullopt;
  out.number = *number;
  // Which of its lenses: "_D", "_W"; older names end with their number.
  const std::string_view lens = rest.substr(kNumber);
  const bool has_lens = lens.size() == 2 && lens[0] == '_' && lens[1] >= 'A' && lens[1] <= 'Z';
  if (!lens.empty() && !has_lens) return std::nullopt;
  out.series = out.made ? "dated" : "numbered";
  out.series += lens;
  out.series += parts->ending;
  return out;
}

}  // namespace rushes::app
