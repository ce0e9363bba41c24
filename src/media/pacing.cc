#include "media/pacing.h"

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
int64_t shown_before(int64_t time, const Rational& unit, const Rational& fps) {
  // ceil((time * unit - 1/500) * fps)
  const Wide num = (Wide{time} * unit.num() * kSlackPart - unit.den()) * fps.num();
  const Wide den = Wide{unit.den()} * kSlackPart * fps.den();
  if (num <= 0) return 0;
  return static_cast<int64_t>((num + den - 1) / den);
}

Pace pace_of(const std::vector<int64_t>& times, const Rational& unit, const Rational& fps) {
  Pace pace{.fps = fps};
  int64_t before = 0;
  for (size_t i = 1; i < times.size(); ++i) {
    const int64_t shown = shown_before(times[i] - times[0], unit, fps);
    if (shown == before) ++pace.left_out;
    if (shown > before + 1) pace.repeated += shown - before - 1;
    before = shown;
  }
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
