#pragma once

// Where samples come from: a decoder behind an interface, so that this layer knows no codec.

#include <functional>
#include <memory>

#include "base/rational.h"
#include "base/result.h"
#include "frame/frame.h"
#include "schema/program.h"

namespace rushes::audio {

using base::Rational;

// Decoded sound at its own rate. Sample k is what is heard k / sample_rate() seconds after the
// source's time zero; stretches for which the file holds nothing are zeros. Used by one thread.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  virtual int sample_rate() const = 0;  // 1000 to 768000; does not change
  virtual int channels() const = 0;     // 1 or 2; does not change
  // The next read() begins with sample round(t * sample_rate()), exactly, however coarse the
  // container's own seeking is. The mixer asks for whole samples only, and 0 <= t. Beyond the end
  // is no error: read() is then empty.
  virtual base::Status seek(const Rational& t) = 0;
  // The next block, of any length; empty at the end. A new source stands at time zero.
  virtual base::Result<frame::AudioBlock> read() = 0;
};

// Opens what `sound.input` names. Called when the mix reaches the sound, and once more in each
// further pass; the source is closed again once the sound is over.
using OpenSource =
    std::function<base::Result<std::unique_ptr<SampleSource>>(const schema::Sound& sound)>;

// The value of a curve at a time since the start of the clip, easings included.
using EvaluateCurve = std::function<double(const schema::Curve&, const Rational& time)>;

// What a mix needs from outside.
struct Inputs {
  OpenSource open;
  EvaluateCurve evaluate;  // may be null if no volume and no pan has more than one key
};

// Something that was done otherwise than asked. Never an error: the sound is still made.
struct Warning {
  std::string pointer;  // of the sound in the timeline; empty: of the whole mix
  std::string message;
};

}  // namespace rushes::audio
