#pragma once

// Change of sample rate: polyphase windowed sinc (Kaiser), linear phase.
//
// Flat to 0.89 of the lower of both Nyquist frequencies, down by 100 dB from that frequency on.
// Output k stands exactly for input position start + k * from / to: no delay, no drift. Where the
// reduced ratio has few phases (all common rates) each has its own coefficients; otherwise those
// of 1024 phases, or their like for steep reductions, are interpolated linearly (-115 dB). Tables
// come from base/exact_math.h and sums are formed in one fixed order, so the same bits come out on
// every x86-64, however the input is divided.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"

namespace rushes::audio {

inline constexpr int kMinRate = 1000;
inline constexpr int kMaxRate = 768000;

// The coefficients of one pair of rates; immutable, may be shared by threads.
class ResampleTable {
 public:
  // 8000 <= to (kInvalidArgument otherwise), both within kMinRate and kMaxRate. At most 1 MB.
  static base::Result<std::shared_ptr<const ResampleTable>> make(int from, int to);

  // Positions are in units of 1 / up() input frames; down() units lie between two outputs.
  int64_t up() const { return up_; }      // to / gcd
  int64_t down() const { return down_; }  // from / gcd
  int taps() const { return taps_; }      // a multiple of 8
  // For an output at position p, input frames floor(p) - reach() + 1 to floor(p) + reach() count.
  int reach() const { return taps_ / 2; }
  // taps() coefficients for a position with the fraction unit / up(); they lie in `scratch` if they
  // had to be interpolated.
  const float* phase(int64_t unit, std::vector<float>& scratch) const;

 private:
  ResampleTable() = default;
  void fill_row(int64_t row, double cutoff);

  int64_t up_ = 1;
  int64_t down_ = 1;
  int64_t phases_ = 1;
  int taps_ = 8;
  std::vector<float> coefficients_;  // phases_ + 1 rows
};

// Interleaved frames of one or two channels. Used by one thread.
class Resampler {
 public:
  // The first output stands for position `start` (in 1 / table.up() input frames; may be negative).
  Resampler(std::shared_ptr<const ResampleTable> table, int channels, int64_t start);

  // The input frame that the first one pushed must be; may be negative.
  int64_t first_input() const { return first_input_; }
  // How many input frames must be pushed before `frames` more can be pulled.
  size_t needed(size_t frames) const;
  void push(std::span<const float> in);
  // Fills `out`. RUSHES_CHECKs that enough was pushed.
  void pull(std::span<float> out);

 private:
  void forget_before(int64_t input);

  std::shared_ptr<const ResampleTable> table_;
  size_t channels_;
  int64_t frame_;        // position of the next output: whole input frames ...
  int64_t unit_;         // ... and 1 / up() of one
  int64_t first_input_;  // of the stream
  int64_t held_from_;    // the input frame with which held_ begins
  std::vector<float> held_[2];
  std::vector<float> scratch_;
};

}  // namespace rushes::audio
