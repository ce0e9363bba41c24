#pragma once

// Change of speed with the pitch kept, by rubberband.
//
// Its real-time engine on one thread, so that nothing but a second of sound is held, with its
// start-up delay taken off: output k stands for input k * speed. Within 1/4 to 4 times it sounds
// well; beyond, Mixer warns.
//
// Equal input gives equal output in every run on one kind of processor. Rubberband calls sin, cos
// and atan2 of the C library, which has a variant for processors with FMA: there last bits may
// differ from those of a processor without. Sounds with speed 1 never come here.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/rational.h"
#include "base/result.h"

namespace rushes::audio {

inline constexpr double kGoodSpeedMin = 0.25;
inline constexpr double kGoodSpeedMax = 4;

// Interleaved frames of one or two channels. Used by one thread.
class Stretcher {
 public:
  // 1/100 <= speed <= 100.
  static base::Result<Stretcher> open(int channels, int sample_rate, const base::Rational& speed);
  Stretcher(Stretcher&&) noexcept;
  Stretcher& operator=(Stretcher&&) noexcept;
  ~Stretcher();

  // How many input frames to push next; always the same sequence for the same speed.
  size_t wanted() const;
  base::Status push(std::span<const float> in);
  // Moves up to out.size() samples of what is ready; returns how many frames.
  size_t pull(std::span<float> out);

 private:
  class Impl;
  explicit Stretcher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::audio
