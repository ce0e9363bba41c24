#include "audio/check.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "audio/placement.h"

namespace rushes::audio {
namespace {

const Rational kLongest(10'000'000);  // seconds: 115 days

bool within(const Rational& t, const Rational& low, const Rational& high) {
  return low <= t && t <= high;
}

base::Status check_curve(const schema::Curve& curve, const char* name, const Inputs& inputs) {
  if (curve.keys.empty() || curve.keys.size() > kMaxKeys) {
    return base::invalid_argument(std::string(name) + " must have 1 to " +
                                  std::to_string(kMaxKeys) + " keys");
  }
  for (const schema::Key& key : curve.keys) {
    if (!std::isfinite(key.value))
      return base::invalid_argument(std::string(name) + " is no number");
  }
  if (!curve.constant() && !inputs.evaluate) {
    return base::internal("a curve with keys needs an evaluator");
  }
  return {};
}

base::Status check_sound(const schema::Sound& s, const Inputs& inputs) {
  const auto bad = [](const char* what) { return base::invalid_argument(what); };
  if (!within(s.start, -kLongest, kLongest)) return bad("start is out of range");
  if (!within(s.duration, 0, kLongest)) return bad("duration is out of range");
  if (!within(s.source_start, 0, kLongest)) return bad("source_start is out of range");
  if (!within(s.source_duration, 0, kLongest) || s.source_duration == Rational(0)) {
    return bad("source_duration must be above 0");
  }
  if (!within(s.speed, Rational(1, 10), 100)) return bad("speed must be 0.1 to 100");
  for (const Rational& t : {s.fade_in, s.fade_out, s.cross_in, s.cross_out}) {
    if (!within(t, 0, kLongest)) return bad("a fade is out of range");
  }
  RETURN_IF_ERROR(check_curve(s.volume, "volume", inputs));
  return check_curve(s.pan, "pan", inputs);
}

base::Status check_duck(const schema::Duck& d) {
  if (!(d.by_db >= -120 && d.by_db <= 0)) {
    return base::invalid_argument("duck: by must be -120 to 0 dB");
  }
  if (!within(d.attack, 0, kLongest) || !within(d.release, 0, kLongest)) {
    return base::invalid_argument("duck: attack or release is out of range");
  }
  return {};
}

size_t most_at_once(const schema::AudioMix& mix) {
  std::vector<std::pair<int64_t, int>> changes;
  for (const schema::Sound& sound : mix.sounds) {
    const Placement p = place(sound, mix.sample_rate);
    if (p.end <= p.first) continue;
    changes.emplace_back(p.first, 1);
    changes.emplace_back(p.end, -1);
  }
  std::sort(changes.begin(), changes.end());  // ends before starts at the same frame
  int64_t now = 0;
  int64_t most = 0;
  for (const auto& [frame, change] : changes) most = std::max(most, now += change);
  return static_cast<size_t>(most);
}

base::Status check_loudness(const schema::Loudness& l) {
  if (!(l.target_lufs >= -70 && l.target_lufs <= 0)) {
    return base::invalid_argument("loudness: the target must be -70 to 0 LUFS");
  }
  if (!(l.true_peak_db >= -60 && l.true_peak_db <= 0)) {
    return base::invalid_argument("loudness: the true peak must be -60 to 0 dB");
  }
  return {};
}

}  // namespace

std::string name_of(const schema::Sound& sound) {
  return "sound " + (sound.id.empty() ? sound.pointer : sound.id);
}

base::Status check_mix(const schema::AudioMix& mix, const Rational& duration,
                       const Inputs& inputs) {
  if (mix.sample_rate < 8000 || mix.sample_rate > 192000) {
    return base::invalid_argument("sample rate must be 8000 to 192000 Hz (is " +
                                  std::to_string(mix.sample_rate) + ")");
  }
  if (mix.channels != 1 && mix.channels != 2) {
    return base::invalid_argument("channels must be 1 or 2 (is " + std::to_string(mix.channels) +
                                  ")");
  }
  if (!within(duration, 0, kLongest)) return base::invalid_argument("duration is out of range");
  if (mix.sounds.size() > kMaxSounds) return base::invalid_argument("too many sounds");
  if (mix.ducks.size() > kMaxDucks) return base::invalid_argument("too many ducks");
  if (!mix.sounds.empty() && !inputs.open) return base::internal("sounds need a way to open them");
  for (const schema::Sound& sound : mix.sounds) {
    if (auto status = check_sound(sound, inputs); !status.ok()) {
      return std::move(status).error().in(name_of(sound));
    }
  }
  for (const schema::Duck& duck : mix.ducks) RETURN_IF_ERROR(check_duck(duck));
  if (mix.loudness) RETURN_IF_ERROR(check_loudness(*mix.loudness));
  if (const size_t most = most_at_once(mix); most > kMaxSoundsAtOnce) {
    return base::invalid_argument(std::to_string(most) + " sounds at once; at most " +
                                  std::to_string(kMaxSoundsAtOnce) + " can be mixed");
  }
  return {};
}

}  // namespace rushes::audio
