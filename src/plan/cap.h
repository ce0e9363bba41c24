#pragma once

// A highest rate for encoders that cannot keep to one by themselves: a segment that asks for more
// than it finds in the decoder's buffer (buffer.h) is encoded anew at a worse quality, until it
// does not. The others keep theirs.
//
// Pure: it says what to render, and is told what that came to.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "plan/buffer.h"
#include "plan/trial.h"
#include "schema/codecs.h"

namespace rushes::plan {

class CapControl {
 public:
  // `crf`: of each segment, if it were not for the rate; `frames` of each.
  CapControl(Buffer buffer, const schema::RateModel& model, std::vector<double> crf,
             std::vector<int64_t> frames);

  // What to render next, the first time all; empty when crf() is final.
  std::optional<Trial> next();
  // What the trial's segments came to, in its order.
  void measured(const std::vector<BufferUse>& uses);

  const std::vector<double>& crf() const { return crf_; }
  // Segments that do not find what they need at the worst quality either.
  size_t failures() const { return failures_; }

 private:
  double worse(size_t segment, int64_t missing) const;

  Buffer buffer_;
  schema::RateModel model_;
  std::vector<double> crf_;
  std::vector<int64_t> frames_;
  std::vector<BufferUse> uses_;
  std::vector<int> tries_;
  Trial trial_;
  size_t failures_ = 0;
};

}  // namespace rushes::plan
