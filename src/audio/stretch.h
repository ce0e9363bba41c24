#pragma once

// Change of speed with the pitch kept, by rubberband's finer engine.
//
// Its real-time mode on one thread, fed in pieces of one size, with its start-up delay taken off:
// output k stands for input k * speed, to within some milliseconds, and does not drift. About a
// second of sound is held. Between 1/4 and 4 times it sounds well; Mixer warns beyond.
//
// Equal input gives equal output in every run on one processor. Between processors it is nearly so:
// rubberband calls sin, atan2 and the like of the C library, which takes other code where there is
// FMA, and then about one sample in a million differs in its last bit (-150 dBFS; measured with
// rubberband 3.1.2 and glibc 2.36). A process started with
// GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA has the code without it on every machine. Sounds with
// speed 1 never come here.

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/rational.h"
#include "base/result.h"

namespace rushes::audio {

inline constexpr double kGoodSpeedMin = 0.25;
inline constexpr double kGoodSpeedMax = 4;

// Interleaved frames of one or two channels. Used by one thread.
class Stretcher {
 public:
  // 1/100 <= speed <= 100, 8000 <= sample_rate <= 192000 (kInvalidArgument otherwise).
  static base::Result<Stretcher> open(int channels, int sample_rate, const base::Rational& speed);
  Stretcher(Stretcher&&) noexcept;
  Stretcher& operator=(Stretcher&&) noexcept;
  ~Stretcher();

  // The frames of each push(), no more and no fewer.
  static constexpr size_t kPush = 512;
  base::Status push(std::span<const float> in);
  // Fills as much of `out` as is ready; returns how many frames that was.
  base::Result<size_t> pull(std::span<float> out);
  // The first thing that the library complained of; normally empty.
  const std::string& complaint() const;

 private:
  class Impl;
  explicit Stretcher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::audio
