#pragma once

// All sounds of a program as one stream: the sum before loudness and before any limit.
//
// What is done to one sound, in this order:
//   source part, looped     repeats source_start .. + source_duration without a gap; the k-th pass
//                           begins at the sample nearest to k * source_duration, so loops never
//                           drift. Without `loop`, silence follows the part.
//   rate                    resample.h: exact time, no delay
//   speed                   stretch.h: pitch kept
//   edges                   a raised cosine of 2 ms where a cut is made inside the source: at the
//                           start if source_start > 0, at the end always. None where a fade or
//                           cross-fade already covers the edge, nor between two sounds that carry
//                           the same source on without a break (a clip split in two sounds as if
//                           it were whole).
//   volume                  the curve at points 5 ms apart, straight lines between; so a jump is a
//                           ramp of 5 ms. 0 to 1000.
//   fade_in, fade_out       straight lines of amplitude
//   cross_in, cross_out     quarter sines: powers add up to one
//   pan                     one channel: left and right get sqrt(2) cos a, sqrt(2) sin a, where a =
//                           (pan + 1) * 45 degrees: 1 and 1 in the middle, equal power everywhere.
//                           Two channels: 0 leaves them untouched; the side away from the pan is
//                           carried over, pan < 0: L + R cos b, R sin b with b = (pan + 1) * 90
//                           degrees, and the mirror image for pan > 0 (as Web Audio's
//                           StereoPanner).
//   ducks                   duck.h
// A sound starts at sample round(start * rate) and ends before round((start + duration) * rate).
// Without resampling its samples are copied; source and output are then aligned to the sample
// nearest to source_start - start, with resampling to within 1 / lcm of both rates.
//
// Samples that are not finite become silence and give a warning; those beyond +-16 are limited to
// it. Sums are formed in float in the order of `sounds`. What comes out depends on the mix and the
// sources alone, not on how many frames are asked for at a time; see stretch.h for the one caveat
// between processors. Memory: a source, a table and a few blocks for each sound that is heard at
// the moment; nothing grows with the duration.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "audio/source.h"
#include "base/rational.h"
#include "base/result.h"
#include "frame/frame.h"
#include "schema/program.h"

namespace rushes::audio {

// round(duration * rate): how many frames a mix of this length has.
int64_t total_frames(const Rational& duration, int sample_rate);

// Used by one thread.
class Mixer {
 public:
  // kInvalidArgument: a time, speed, rate or number out of range, more than 256 sounds at once, or
  // more than 64 different ways of being ducked. Sounds may start before 0 (they are then heard
  // from their middle) and end after `duration`. `mix` is copied.
  static base::Result<Mixer> open(const schema::AudioMix& mix, const Rational& duration,
                                  Inputs inputs);
  Mixer(Mixer&&) noexcept;
  Mixer& operator=(Mixer&&) noexcept;
  ~Mixer();

  // The next `frames` frames with mix.channels channels at mix.sample_rate, fewer only at the end,
  // total_frames() in all, then empty. An error of a source ends the mix; it names the sound.
  base::Result<frame::AudioBlock> read(size_t frames);

  int64_t total_frames() const;
  const std::vector<Warning>& warnings() const;  // so far; all once all was read

 private:
  class Impl;
  explicit Mixer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::audio
