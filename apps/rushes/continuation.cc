#include "continuation.h"

#include <array>
#include <string>
#include <utility>

#include "base/rational.h"
#include "time_text.h"

namespace rushes::app {
namespace {

using base::Rational;
using nlohmann::json;

// Clocks count whole seconds, and the last frames are written while the next file has begun.
constexpr int64_t kClockSeconds = 2;

struct Sizes {
  uint64_t low, high;
};
// FAT32 ends files below 4 GiB; where the file system would take more, these cameras go on to
// 16 GiB. They stop up to a fifth before.
constexpr std::array kFull = {Sizes{3'400'000'000, 4'300'000'000},
                              Sizes{15'000'000'000, 17'200'000'000}};

uint64_t bytes_of(const json& info) { return info.value("size", uint64_t{0}); }

std::optional<Rational> duration_of(const json& info) {
  const auto duration = Rational::parse(info.value("duration", ""));
  if (!duration.ok() || *duration <= 0) return std::nullopt;
  return *duration;
}

std::optional<Rational> clock_of(const json& info) {
  const std::string text = info.value("creation_time", "");
  if (text.empty()) return std::nullopt;
  const auto time = parse_time(text, "");
  if (!time.ok() || !time->contains("clock")) return std::nullopt;
  const auto clock = Rational::parse((*time)["clock"].get<std::string>());
  // Cameras that were never set say 1904 or 1970.
  if (!clock.ok() || *clock <= 0) return std::nullopt;
  return *clock;
}

bool near(const Rational& a, const Rational& b) {
  return (a > b ? a - b : b - a) <= Rational(kClockSeconds);
}

// Average rates differ a little, since the last frame of a file may be said to be of any length.
bool same_rate(const json& a, const json& b) {
  const auto x = Rational::parse(a.value("frame_rate", "0"));
  const auto y = Rational::parse(b.value("frame_rate", "0"));
  if (!x.ok() || !y.ok()) return false;
  return (*x > *y ? *x - *y : *y - *x) * 1000 <= *x;
}

bool same_streams(const json& a, const json& b) {
  const json& x = a.at("streams");
  const json& y = b.at("streams");
  if (x.size() != y.size() || x.empty()) return false;
  for (size_t i = 0; i < x.size(); ++i) {
    for (const char* field : {"kind", "codec", "profile", "width", "height", "rotation",
                              "pixel_format", "sample_rate", "channels"}) {
      if (x[i].value(field, json()) != y[i].value(field, json())) return false;
    }
    if (!same_rate(x[i], y[i])) return false;
  }
  return true;
}

}  // namespace

bool may_be_continued(uint64_t bytes) {
  for (const Sizes& full : kFull) {
    if (bytes >= full.low && bytes <= full.high) return true;
  }
  return false;
}

bool continues(const RecordedFile& first, const RecordedFile& next) {
  const auto length = duration_of(first.info), next_length = duration_of(next.info);
  if (!length || !next_length || !may_be_continued(bytes_of(first.info))) return false;
  // What follows ends where a full file does, too, or before.
  if (bytes_of(next.info) > bytes_of(first.info) + bytes_of(first.info) / 20) return false;
  if (!same_streams(first.info, next.info)) return false;
  const auto clock = clock_of(first.info), next_clock = clock_of(next.info);
  const bool has_names = first.made && next.made, has_clocks = clock && next_clock;
  if (!has_names && !has_clocks) return false;
  // Names tell when a file began.
  if (has_names && !near(Rational(*next.made - *first.made), *length)) return false;
  if (!has_clocks) return true;
  const Rational apart = *next_clock - *clock;
  return near(apart, *length) || near(apart, *next_length);
}

}  // namespace rushes::app
