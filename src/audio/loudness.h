#pragma once

// Loudness as EBU R 128 and ITU-R BS.1770-4 define it, by libebur128.
//
// Figures are rounded to 0.01, since the library's last bits come from the C library and gain is
// computed from them. Up to four hours every 100 ms are kept (some MB); beyond, a histogram of 0.1
// LU, so memory is bounded.

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "frame/frame.h"

namespace rushes::audio {

struct Loudness {
  std::optional<double> integrated_lufs;  // none: all below the gate of -70 LUFS, or under 0.4 s
  std::optional<double> true_peak_db;     // dBTP; none: digital silence
  double range_lu = 0;                    // loudness range (EBU Tech 3342)
};

class Meter {
 public:
  static base::Result<Meter> open(int channels, int sample_rate, int64_t expected_frames);
  Meter(Meter&&) noexcept;
  Meter& operator=(Meter&&) noexcept;
  ~Meter();

  base::Status add(const frame::AudioBlock& block);
  base::Result<Loudness> result() const;  // of all that was added

 private:
  class Impl;
  explicit Meter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::audio
