#pragma once

// Which sounds a duck listens to, which it turns down, and which sounds share a fate: found once,
// before the first sample.

#include <cstddef>
#include <vector>

#include "audio/gains.h"
#include "audio/placement.h"
#include "audio/source.h"
#include "base/result.h"
#include "schema/program.h"

namespace rushes::audio {

inline constexpr size_t kMaxBuses = 64;

struct Route {
  Placement placement;
  Edges edges;
  size_t bus = 0;
  std::vector<size_t> heard_by;  // ducks that listen to the sound
};

struct Routing {
  std::vector<Route> routes;               // as mix.sounds
  std::vector<std::vector<size_t>> buses;  // the ducks that turn each bus down
  std::vector<Warning> warnings;
};

// A sound that a duck listens to is never turned down by that duck.
base::Result<Routing> route(const schema::AudioMix& mix, const EvaluateCurve& evaluate);

}  // namespace rushes::audio
