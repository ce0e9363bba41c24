#pragma once

// What a mix must fulfil before anything is computed from it: all that comes from a document is
// within bounds afterwards.

#include "audio/source.h"
#include "base/result.h"
#include "schema/program.h"

namespace rushes::audio {

inline constexpr size_t kMaxSounds = 100000;
inline constexpr size_t kMaxSoundsAtOnce = 256;
inline constexpr size_t kMaxDucks = 64;
inline constexpr size_t kMaxKeys = 1000000;

base::Status check_mix(const schema::AudioMix& mix, const Rational& duration, const Inputs& inputs);

// How messages name a sound: its id, else its place in the timeline.
std::string name_of(const schema::Sound& sound);

}  // namespace rushes::audio
