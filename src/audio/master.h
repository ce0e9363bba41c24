#pragma once

// The finished sound of a program: the mix, brought to its loudness and under its true peak.
//
// With mix.loudness, open() first runs the whole mix through the meter (loudness.h), and where
// peaks would then be limited by more than 0.3 dB, up to four times more through gain and limiter,
// since limiting takes loudness away; read() is the last pass. A mix of two minutes or less is
// mixed once and kept in between (takes.h); of a longer one sources are opened anew in each pass.
// The result is within 0.5 LU of the target unless a warning says why not:
//   - silence, or less than 0.4 s of sound: nothing to measure, gain 0 dB
//   - gain beyond kMaxGainDb, peaks beyond the limit by more than kMaxLimitingDb, or peaks so dense
//     that the limiter takes back three quarters of any more gain: less gain
// and its true peak is at or below the limit in any case (limiter.h).
// Without mix.loudness there is no gain: samples beyond +-1 are clipped and counted in a warning.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "audio/loudness.h"
#include "audio/mixer.h"
#include "audio/source.h"

namespace rushes::audio {

inline constexpr double kMaxGainDb = 30;
inline constexpr double kMaxLimitingDb = 12;

struct MasterReport {
  std::optional<schema::Loudness> target;
  std::optional<Loudness> before;  // of the mix
  std::optional<Loudness> after;   // of what was read; set once all was
  double gain_db = 0;
  double limited_db = 0;  // the most by which the limiter went down, >= 0
  int64_t clipped = 0;    // samples; without a loudness target
};

struct MasterOptions {
  // Called now and then while measuring, with frames of audio done in this pass. An error from it
  // ends open() with that error (so that work can be cancelled).
  std::function<base::Status(int64_t done, int64_t total)> on_measured;
};

// Used by one thread.
class Master {
 public:
  static base::Result<Master> open(const schema::AudioMix& mix, const Rational& duration,
                                   Inputs inputs, const MasterOptions& options = {});
  Master(Master&&) noexcept;
  Master& operator=(Master&&) noexcept;
  ~Master();

  // As Mixer::read; every sample is finite and within +-1.
  base::Result<frame::AudioBlock> read(size_t frames);
  int64_t total_frames() const;

  const MasterReport& report() const;            // whole once all was read
  const std::vector<Warning>& warnings() const;  // all once all was read

 private:
  class Impl;
  explicit Master(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::audio
