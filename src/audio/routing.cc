#include "audio/routing.h"

#include <map>
#include <string>
#include <tuple>

namespace rushes::audio {
namespace {

bool is(const schema::Sound& sound, const std::string& name) {
  return !name.empty() && (sound.role == name || sound.id == name);
}

bool close(double a, double b) { return a - b < 1e-3 && b - a < 1e-3; }

// Whether `b`, which begins where `a` ends, plays on what `a` played, equally loud.
bool carries_on(const schema::Sound& a, const schema::Sound& b, const EvaluateCurve& evaluate) {
  const Rational none(0);
  return a.cross_out == none && b.cross_in == none && a.fade_out == none && b.fade_in == none &&
         close(volume_at(a, a.duration, evaluate), volume_at(b, none, evaluate)) &&
         close(pan_at(a, a.duration, evaluate), pan_at(b, none, evaluate));
}

void find_neighbours(const schema::AudioMix& mix, const EvaluateCurve& evaluate, Routing& routing) {
  // By input, bus, output frame of the cut, and the difference between source and output time.
  using Cut = std::tuple<int, size_t, int64_t, int64_t, int64_t>;
  std::map<Cut, size_t> ends;
  const auto cut = [&](size_t i, int64_t frame) {
    const schema::Sound& sound = mix.sounds[i];
    const Rational offset = sound.source_start - sound.start;
    return Cut{sound.input, routing.routes[i].bus, frame, offset.num(), offset.den()};
  };
  const auto plain = [&](size_t i) {
    return mix.sounds[i].speed == Rational(1) && !mix.sounds[i].loop;
  };
  for (size_t i = 0; i < mix.sounds.size(); ++i) {
    const Placement& p = routing.routes[i].placement;
    if (plain(i) && p.end == p.clip_end) ends.emplace(cut(i, p.end), i);
  }
  for (size_t i = 0; i < mix.sounds.size(); ++i) {
    if (!plain(i)) continue;
    const auto before = ends.find(cut(i, routing.routes[i].placement.first));
    if (before == ends.end() || before->second == i) continue;
    if (!carries_on(mix.sounds[before->second], mix.sounds[i], evaluate)) continue;
    routing.routes[before->second].edges.ramp_out = false;
    routing.routes[i].edges.ramp_in = false;
  }
}

void warn_of_idle_ducks(const schema::AudioMix& mix, Routing& routing) {
  for (const schema::Duck& duck : mix.ducks) {
    for (const std::string& name : {duck.under, duck.target}) {
      bool found = false;
      for (const schema::Sound& sound : mix.sounds) found = found || is(sound, name);
      if (!found) {
        routing.warnings.push_back({"", "ducking does nothing: no sound has the role or id \"" +
                                            name.substr(0, 100) + "\""});
      }
    }
  }
}

}  // namespace

base::Result<Routing> route(const schema::AudioMix& mix, const EvaluateCurve& evaluate) {
  Routing routing;
  std::map<std::vector<size_t>, size_t> buses;
  for (const schema::Sound& sound : mix.sounds) {
    Route r;
    r.placement = place(sound, mix.sample_rate);
    // A file's own beginning is left as it is: its attack belongs to it.
    r.edges.ramp_in = sound.source_start > Rational(0);
    std::vector<size_t> ducked_by;
    for (size_t d = 0; d < mix.ducks.size(); ++d) {
      if (is(sound, mix.ducks[d].under)) {
        r.heard_by.push_back(d);
      } else if (is(sound, mix.ducks[d].target)) {
        ducked_by.push_back(d);
      }
    }
    const auto [bus, fresh] = buses.emplace(ducked_by, routing.buses.size());
    if (fresh) routing.buses.push_back(ducked_by);
    if (routing.buses.size() > kMaxBuses) {
      return base::invalid_argument("more than " + std::to_string(kMaxBuses) +
                                    " different ways of being ducked");
    }
    r.bus = bus->second;
    routing.routes.push_back(std::move(r));
  }
  find_neighbours(mix, evaluate, routing);
  warn_of_idle_ducks(mix, routing);
  return routing;
}

}  // namespace rushes::audio
