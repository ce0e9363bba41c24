#pragma once

// A size in place of a quality. One constant quality for the whole program that comes to the size
// asked for: segments are tried, their sizes looked at, and the quality moved, until the sum is
// right. So bits go where they are needed, no segment looks worse than its neighbours, and each is
// still encoded by itself.
//
// Qualities are those of the encoder, in steps of its model (schema/codecs.h). The last part of a
// step is taken by some segments alone, in an order of their own: when a program is changed a
// little, few segments change theirs.
//
// Pure: it says what to render, and is told how large that came out. The same sizes give the same
// qualities on every machine (base/exact_math.h).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "plan/trial.h"
#include "schema/codecs.h"

namespace rushes::plan {

class RateControl {
 public:
  // `frames` of each segment, the bytes that all together should have, and the size of a picture in
  // pixels, from which the first guess comes.
  RateControl(std::vector<int64_t> frames, double target_bytes, double pixels,
              const schema::RateModel& model);

  // What to render next; empty when crf() is final.
  std::optional<Trial> next();
  // Bytes of the trial's segments, in its order.
  void measured(const std::vector<uint64_t>& bytes);

  // Of every segment.
  std::vector<double> crf() const;
  // All of them together, as far as is known.
  double expected_bytes() const;

 private:
  enum class Phase : uint8_t { kSample, kAll, kDone };
  struct Segment {
    int64_t frames = 0;
    double crf = 0;               // chosen
    std::optional<double> bytes;  // at `crf`
  };

  void look_at_sample(const std::vector<uint64_t>& bytes);
  void look_at_all();
  void move_all(double steps);
  double slope() const;
  double on_grid(double crf) const;

  schema::RateModel model_;
  std::vector<Segment> segments_;
  double target_;
  std::vector<size_t> sample_;
  int64_t frames_ = 0;
  Phase phase_ = Phase::kSample;
  int tries_ = 0;
  double sample_crf_;
  // Of the sample: what was tried, and what the whole program would come to.
  struct Point {
    double crf = 0, bytes = 0;
  };
  std::vector<Point> points_;
  Trial trial_;
};

}  // namespace rushes::plan
