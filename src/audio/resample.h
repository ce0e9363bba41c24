#pragma once

// Change of sample rate: polyphase windowed sinc (Kaiser), linear phase.
//
// Flat to 0.89 of the lower of both Nyquist frequencies, down by 100 dB from that frequency on.
// Output k stands exactly for input position start + k * from / to: no delay, no drift. Where the
// reduced ratio has at most 1024 phases (all common rates) each phase has its own coefficients;
// otherwise those of 1024 phases are interpolated linearly (-115 dB). Tables come from
// base/exact_math.h and sums are formed in one fixed order, so the same bits come out on every
// x86-64, however the input is divided.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"

namespace rushes::audio {

// The coefficients of one pair of rates; immutable, may be shared by threads.
class ResampleTable {
 public:
  // 1000 <= rates <= 768000 (kInvalidArgument otherwise).
  static base::Result<std::shared_ptr<const ResampleTable>> make(int from, int to);

  int64_t up() const { return up_; }  // to / gcd: positions are in units of 1 / up() input frames
  int64_t down() const { return down_; }  // from / gcd: units from one output frame to the next
  int taps() const { return taps_; }      // a multiple of 8
  // Input frames around position p: floor(p) - reach() + 1 .. floor(p) + reach().
  int reach() const { return taps_ / 2; }
  // The coefficients for a position whose fraction is unit / up(), taps() of them, in `scratch` if
  // they had to be interpolated.
  std::span<const float> phase(int64_t unit, std::vector<float>& scratch) const;

 private:
  ResampleTable() = default;
  int64_t up_ = 1, down_ = 1, phases_ = 1;
  int taps_ = 8;
  std::vector<float> coefficients_;
};

// Interleaved frames of one or two channels. Used by one thread.
class Resampler {
 public:
  // The first output stands for position `start` (in 1 / table.up() input frames; may be negative).
  Resampler(std::shared_ptr<const ResampleTable> table, int channels, int64_t start);

  // The input frame that the first pushed frame must be; may be negative (push zeros there).
  int64_t first_input() const { return first_input_; }
  // How many more input frames must be pushed before `frames` more can be pulled.
  size_t needed(size_t frames) const;
  void push(std::span<const float> in);
  // Fills `out`; RUSHES_CHECK that enough was pushed.
  void pull(std::span<float> out);

 private:
  std::shared_ptr<const ResampleTable> table_;
  size_t channels_;
  int64_t position_;         // of the next output, in 1 / up() frames
  int64_t first_input_;      // of the stream
  int64_t held_from_;        // the input frame that held_ begins with
  std::vector<float> held_;  // one plane after the other is not needed: interleaved
  std::vector<float> scratch_;
};

}  // namespace rushes::audio
