#pragma once

// A look-ahead limiter on true peaks, both channels together.
//
// The peak around a sample is the largest magnitude of the signal at that sample and at the three
// points between it and either neighbour (oversampling by four with a windowed sinc of 32 taps a
// phase). The gain that would bring it to the ceiling is held for the 5 ms before it, let go after
// it with a time constant of 80 ms, and smoothed by two running means: it is down in time, has no
// corners, and is never above what the peak allows. The ceiling lies 0.1 dB under the limit, for
// what the moving gain adds between samples and what meters read differently. Own code on + - * /
// alone: the same bits on every x86-64.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rushes::audio {

// Used by one thread. Interleaved frames go in and come out unshifted in time: what is not settled
// yet is kept back.
class Limiter {
 public:
  Limiter(int channels, int sample_rate, double limit_db);
  Limiter(Limiter&&) noexcept;
  Limiter& operator=(Limiter&&) noexcept;
  ~Limiter();

  // Appends settled frames to `out`.
  void process(std::span<const float> in, std::vector<float>& out);
  // The rest; as many frames have come out as went in. No process() after it.
  void finish(std::vector<float>& out);

  double reduction_db() const;  // the largest so far, >= 0

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::audio
