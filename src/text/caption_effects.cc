#include "text/caption_effects.h"

#include <algorithm>

namespace rushes::text {
namespace {

double clamp01(double v) { return std::clamp(v, 0.0, 1.0); }
double ease_out(double u) { return 1 - (1 - u) * (1 - u) * (1 - u); }
double ease_in_out(double u) { return u * u * (3 - 2 * u); }

// Up past the settled size and back to it.
double pop_in(double seconds, const WordScales& scales) {
  constexpr double kRise = 0.10, kSettle = 0.14;
  const auto [settled, peak] = scales;
  if (seconds < kRise) return 1 + (peak - 1) * ease_out(seconds / kRise);
  if (seconds < kRise + kSettle) {
    return peak + (settled - peak) * ease_in_out((seconds - kRise) / kSettle);
  }
  return settled;
}

double pop_out(double seconds, double settled) {
  constexpr double kTime = 0.12;
  return seconds < kTime ? settled + (1 - settled) * ease_in_out(seconds / kTime) : 1;
}

// Two jumps, the second a quarter as high.
double bounce(double seconds) {
  constexpr double kHeight = 0.24, kFirst = 0.28, kSecond = 0.14;
  const auto arc = [](double u) { return 4 * u * (1 - u); };
  if (seconds < kFirst) return kHeight * arc(seconds / kFirst);
  if (seconds < kFirst + kSecond) return kHeight / 4 * arc((seconds - kFirst) / kSecond);
  return 0;
}

}  // namespace

WordLook look_at(schema::CaptionEffect effect, const WordTimes& word, const base::Rational& t,
                 const WordScales& scales) {
  using schema::CaptionEffect;
  WordLook look;
  if (effect == CaptionEffect::kPlain) return look;
  const bool begun = t >= word.start;
  const bool over = t >= word.until;
  look.active = begun && !over;
  const double since = begun ? (t - word.start).to_double() : 0;
  const double length = (word.end - word.start).to_double();
  const double progress = !begun ? 0 : length > 0 ? clamp01(since / length) : 1;
  if (look.active) look.scale = scales.settled;
  switch (effect) {
    case CaptionEffect::kKaraoke:
      look.scale = 1;
      look.sung = progress;
      break;
    case CaptionEffect::kPop:
      if (look.active) look.scale = pop_in(since, scales);
      if (over) look.scale = pop_out((t - word.until).to_double(), scales.settled);
      break;
    case CaptionEffect::kBounce:
      if (begun) look.lift = bounce(since);
      break;
    case CaptionEffect::kTypewriter:
      look.visible = begun;
      look.typed = progress;
      break;
    case CaptionEffect::kFade: {
      constexpr double kTime = 0.25;
      look.visible = begun;
      look.opacity = ease_in_out(clamp01(since / kTime));
      break;
    }
    case CaptionEffect::kPlain:
    case CaptionEffect::kHighlight: break;
  }
  return look;
}

}  // namespace rushes::text
