#include "plan/quality.h"

#include <algorithm>
#include <cmath>

#include "base/exact_math.h"
#include "plan/sample.h"

namespace rushes::plan {
namespace {

// Halvings of what is unlike for one less of crf, beside those of the size.
constexpr double kSlopeOfSizes = 0.65;
// What is so near to the target is not encoded again for the sake of some bytes: 5 %.
constexpr double kCloseEnough = 0.07;
constexpr int kMostTries = 12;
constexpr double kLeastUnlike = 1e-7;

double unlike(double ssim) { return base::exact_log2(std::max(1 - ssim, kLeastUnlike)); }

}  // namespace

QualityControl::QualityControl(size_t segments, double target_ssim, const schema::RateModel& model)
    : model_(model), target_(unlike(target_ssim)), segments_(segments) {
  for (Segment& s : segments_) s.crf = on_grid(model.crf);
}

// Downwards: rather too good.
double QualityControl::on_grid(double crf) const {
  return std::clamp(std::floor(crf / model_.step) * model_.step, model_.lowest, model_.highest);
}

std::vector<double> QualityControl::crf() const {
  std::vector<double> out;
  for (const Segment& s : segments_) out.push_back(s.crf);
  return out;
}

std::vector<double> QualityControl::ssim() const {
  std::vector<double> out;
  for (const Segment& s : segments_) {
    const auto& point = s.good ? s.good : s.bad;
    out.push_back(point ? point->ssim : 0);
  }
  return out;
}

size_t QualityControl::missed() const {
  return static_cast<size_t>(
      std::ranges::count_if(segments_, [](const Segment& s) { return s.settled && !s.good; }));
}

std::optional<Trial> QualityControl::next() {
  trial_ = {};
  if (!sampled_) {
    trial_.segments = sample_of(segments_.size());
  } else {
    for (size_t i = 0; i < segments_.size(); ++i) {
      if (!segments_[i].settled) trial_.segments.push_back(i);
    }
  }
  if (trial_.segments.empty()) return std::nullopt;
  for (const size_t i : trial_.segments) trial_.crf.push_back(segments_[i].crf);
  return trial_;
}

void QualityControl::measured(const std::vector<double>& ssim) {
  for (size_t k = 0; k < trial_.segments.size(); ++k) {
    look_at(segments_[trial_.segments[k]], ssim[k]);
  }
  if (!sampled_) begin_the_rest();
  sampled_ = true;
}

// Where the middle one of those tried should go.
void QualityControl::begin_the_rest() {
  std::vector<double> wanted;
  for (const size_t i : trial_.segments) wanted.push_back(segments_[i].crf);
  if (wanted.empty()) return;
  std::ranges::sort(wanted);
  for (Segment& s : segments_) {
    if (s.tries == 0) s.crf = wanted[wanted.size() / 2];
  }
}

void QualityControl::look_at(Segment& s, double ssim) {
  const Point point{s.crf, unlike(ssim), ssim};
  ++s.tries;
  // It may be less like at a lower crf, now and then: what is known to do then still does.
  if (point.unlike <= target_) {
    if (!s.good || point.crf > s.good->crf) s.good = point;
  } else if (!s.bad || point.crf < s.bad->crf) {
    s.bad = point;
  }
  const bool best = s.bad && s.bad->crf <= model_.lowest;
  const bool worst = s.good && s.good->crf >= model_.highest;
  const bool close = s.good && s.good->unlike > target_ - kCloseEnough;
  const bool found = s.good && s.bad && step_between(s.good->crf, s.bad->crf);
  s.settled = best || worst || close || found || s.tries >= kMostTries;
  if (!s.settled) {
    s.crf = guess(s);
  } else {
    s.crf = s.good ? s.good->crf : s.bad->crf;
  }
}

double QualityControl::guess(const Segment& s) const {
  const double slope = model_.slope * kSlopeOfSizes;
  if (!s.good) {
    // Farther each time: a wrong slope must not take for ever.
    const double steps = (s.bad->unlike - target_) / slope * s.tries;
    return on_grid(std::min(s.bad->crf - steps, s.bad->crf - model_.step));
  }
  if (!s.bad) {
    const double steps = (target_ - s.good->unlike) / slope * s.tries;
    return std::max(on_grid(s.good->crf + steps), on_grid(s.good->crf + model_.step));
  }
  const double gap = s.bad->crf - s.good->crf;
  const double rise = s.bad->unlike - s.good->unlike;
  // Every third time in the middle, so that it ends.
  const double part = s.tries % 3 == 0 || rise <= 0 ? 0.5 : (target_ - s.good->unlike) / rise;
  return std::clamp(on_grid(s.good->crf + gap * part), s.good->crf + model_.step,
                    s.bad->crf - model_.step);
}

}  // namespace rushes::plan
