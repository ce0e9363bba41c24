#pragma once

// A likeness in place of a quality: of each segment by itself the largest crf at which it is as
// like to what was composed as is asked for. Bits go where the eye would miss them, and what is
// easy does not pay for what is hard.
//
// The likeness is SSIM of luma (kernels/compare.h), the mean over the segment's frames. Qualities
// are those of the encoder, in steps of its model (schema/codecs.h).
//
// Pure: it says what to render, and is told how like that came out. The same likenesses give the
// same qualities on every machine (base/exact_math.h).

#include <cstddef>
#include <optional>
#include <vector>

#include "plan/trial.h"
#include "schema/codecs.h"

namespace rushes::plan {

class QualityControl {
 public:
  // 0 < target_ssim < 1.
  QualityControl(size_t segments, double target_ssim, const schema::RateModel& model);

  // What to render next; empty when crf() is final.
  std::optional<Trial> next();
  // SSIM of the trial's segments, in its order.
  void measured(const std::vector<double>& ssim);

  // Of every segment.
  std::vector<double> crf() const;
  // At these; of a segment that was not rendered yet 0.
  std::vector<double> ssim() const;
  // Segments that are less like than was asked for, at the best quality there is.
  size_t missed() const;

 private:
  // How unlike, in halvings of the distance from 1: it grows about evenly with crf.
  struct Point {
    double crf = 0, unlike = 0, ssim = 0;
  };
  struct Segment {
    double crf = 0;                  // tried next, or chosen
    std::optional<Point> good, bad;  // the largest crf that will do, the least that will not
    int tries = 0;
    bool settled = false;
  };

  bool step_between(double low, double high) const { return high - low <= model_.step; }
  double on_grid(double crf) const;
  double guess(const Segment& segment) const;
  void look_at(Segment& segment, double ssim);
  void begin_the_rest();

  schema::RateModel model_;
  double target_;  // unlike
  std::vector<Segment> segments_;
  bool sampled_ = false;  // what was tried of some is known, and the others begin there
  Trial trial_;
};

}  // namespace rushes::plan
