#pragma once

// The same mix, again and again. A mix of up to kMaxKeptBytes (two minutes of stereo at 48 kHz) is
// mixed once and kept; a longer one is mixed anew each time, so memory stays bounded.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "audio/mixer.h"
#include "audio/source.h"

namespace rushes::audio {

inline constexpr int64_t kMaxKeptBytes = 48 << 20;

class Takes {
 public:
  Takes(schema::AudioMix mix, const Rational& duration, Inputs inputs);

  // From the beginning. One take at a time; the first keeps what it reads.
  base::Status rewind();
  // The next block, empty at the end.
  base::Result<frame::AudioBlock> read();

  const schema::AudioMix& mix() const { return mix_; }
  int64_t total_frames() const { return total_; }
  int64_t done() const { return done_; }         // frames of this take
  const std::vector<Warning>& warnings() const;  // of the last take that was mixed

 private:
  schema::AudioMix mix_;
  Rational duration_;
  Inputs inputs_;
  int64_t total_;
  std::optional<Mixer> mixer_;
  bool keeping_;
  bool whole_ = false;  // kept_ is all of the mix
  std::vector<float> kept_;
  int64_t done_ = 0;
  std::vector<Warning> none_;
};

}  // namespace rushes::audio
