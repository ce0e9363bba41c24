#include "media/pacing.h"

#include <algorithm>
#include <cstdint>

namespace rushes::media {
namespace {

__extension__ typedef __int128 Wide;

// Whoever renders shows what is due within so many seconds (timeline/source_time.h).
constexpr int64_t kSlackPart = 500;

const Rational kRates[] = {{15000, 1001},
                           15,
                           {24000, 1001},
                           24,
                           25,
                           {30000, 1001},
                           30,
                           48,
                           50,
                           {60000, 1001},
                           60,
                           90,
                           100,
                           {120000, 1001},
                           120,
                           240};

// How many pictures are shown, at that rate, before the one of this time is.
Wide shown_before(Wide time, const Rational& unit, const Rational& fps) {
  // ceil((time * unit - 1/500) * fps)
  const Wide num = (time * unit.num() * kSlackPart - unit.den()) * fps.num();
  const Wide den = Wide{unit.den()} * kSlackPart * fps.den();
  return num <= 0 ? 0 : (num + den - 1) / den;
}

Pace pace_of(const std::vector<int64_t>& times, const Rational& unit, const Rational& fps) {
  Pace pace{.fps = fps};
  Wide before = 0, repeated = 0;
  for (size_t i = 1; i < times.size(); ++i) {
    const Wide shown = shown_before(Wide{times[i]} - times[0], unit, fps);
    if (shown == before) ++pace.left_out;
    if (shown > before + 1) repeated += shown - before - 1;
    before = shown;
  }
  pace.repeated = static_cast<int64_t>(std::min<Wide>(repeated, INT64_MAX));
  pace.pictures = static_cast<int64_t>(times.size());
  return pace;
}

}  // namespace

std::vector<Pace> paces_of(const std::vector<int64_t>& times, const Rational& unit) {
  std::vector<Pace> paces;
  for (const Rational& fps : kRates) paces.push_back(pace_of(times, unit, fps));
  return paces;
}

}  // namespace rushes::media
