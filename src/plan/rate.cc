#include "plan/rate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/exact_math.h"
#include "plan/sample.h"

namespace rushes::plan {
namespace {

// What is measured is believed within these bounds.
constexpr double kLeastSlope = 0.08, kMostSlope = 0.35;
constexpr double kCloseEnough = 0.01;  // of the target
constexpr double kWorthASample = 0.04;
constexpr int kMostSampleTries = 4, kMostTries = 8;

// A fixed order that scatters neighbours.
uint64_t place_of(size_t i) {
  uint64_t x = (static_cast<uint64_t>(i) + 1) * 0x9E3779B97F4A7C15ULL;
  x ^= x >> 29;
  return x * 0xBF58476D1CE4E5B9ULL;
}

}  // namespace

RateControl::RateControl(std::vector<int64_t> frames, double target_bytes, double pixels,
                         const schema::RateModel& model)
    : model_(model),
      target_(std::max(target_bytes, 1.0)),
      sample_(sample_of(frames.size())),
      sample_crf_(model.crf) {
  frames_ = std::accumulate(frames.begin(), frames.end(), int64_t{0});
  const double bits = target_ * 8 / (pixels * static_cast<double>(std::max<int64_t>(frames_, 1)));
  sample_crf_ = on_grid(model.crf + base::exact_log2(model.bits / bits) / model.slope);
  for (const int64_t n : frames) {
    segments_.push_back({.frames = n, .crf = sample_crf_, .bytes = {}});
  }
  if (frames_ == 0) phase_ = Phase::kDone;
}

double RateControl::on_grid(double crf) const {
  return std::clamp(std::round(crf / model_.step) * model_.step, model_.lowest, model_.highest);
}

std::vector<double> RateControl::crf() const {
  std::vector<double> out;
  for (const Segment& s : segments_) out.push_back(s.crf);
  return out;
}

double RateControl::expected_bytes() const {
  double sum = 0;
  for (const Segment& s : segments_) sum += s.bytes.value_or(0);
  return sum;
}

std::optional<Trial> RateControl::next() {
  if (phase_ == Phase::kDone) return std::nullopt;
  trial_ = {};
  if (phase_ == Phase::kSample) {
    trial_.segments = sample_;
    trial_.crf.assign(sample_.size(), sample_crf_);
    return trial_;
  }
  for (size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i].bytes) continue;
    trial_.segments.push_back(i);
    trial_.crf.push_back(segments_[i].crf);
  }
  if (trial_.segments.empty()) {
    phase_ = Phase::kDone;
    return std::nullopt;
  }
  return trial_;
}

void RateControl::measured(const std::vector<uint64_t>& bytes) {
  if (phase_ == Phase::kSample) return look_at_sample(bytes);
  for (size_t i = 0; i < trial_.segments.size(); ++i) {
    segments_[trial_.segments[i]].bytes = static_cast<double>(bytes[i]);
  }
  look_at_all();
}

// Doublings of the size for one less of crf, as measured.
double RateControl::slope() const {
  if (points_.size() < 2) return model_.slope;
  const Point& a = points_[points_.size() - 2];
  const Point& b = points_.back();
  if (a.crf == b.crf || a.bytes <= 0 || b.bytes <= 0) return model_.slope;
  return std::clamp(base::exact_log2(a.bytes / b.bytes) / (b.crf - a.crf), kLeastSlope, kMostSlope);
}

void RateControl::look_at_sample(const std::vector<uint64_t>& bytes) {
  double sum = 0;
  int64_t frames = 0;
  for (size_t i = 0; i < sample_.size(); ++i) {
    sum += static_cast<double>(bytes[i]);
    frames += segments_[sample_[i]].frames;
  }
  const double whole = std::max(sum, 1.0) * static_cast<double>(frames_) /
                       static_cast<double>(std::max<int64_t>(frames, 1));
  points_.push_back({sample_crf_, whole});
  const double wanted = on_grid(sample_crf_ + base::exact_log2(whole / target_) / slope());
  const bool close = std::fabs(whole / target_ - 1) < kWorthASample || wanted == sample_crf_;
  const double tried = sample_crf_;
  if (!close) sample_crf_ = wanted;
  if (!close && ++tries_ < kMostSampleTries) return;
  phase_ = Phase::kAll;
  tries_ = 0;
  for (Segment& s : segments_) s.crf = sample_crf_;
  if (sample_crf_ != tried) return;
  for (size_t i = 0; i < sample_.size(); ++i) {
    segments_[sample_[i]].bytes = static_cast<double>(bytes[i]);
  }
  if (sample_.size() == segments_.size()) look_at_all();
}

void RateControl::look_at_all() {
  for (const Segment& s : segments_) {
    if (!s.bytes) return;  // some are still to be rendered
  }
  const double bytes = expected_bytes();
  if (std::fabs(bytes / target_ - 1) < kCloseEnough || ++tries_ >= kMostTries) {
    phase_ = Phase::kDone;
    return;
  }
  const std::vector<double> before = crf();
  move_all(base::exact_log2(std::max(bytes, 1.0) / target_) / slope() / model_.step);
  if (crf() == before) phase_ = Phase::kDone;
}

// Whole steps for all, and one more for as many as make up the rest.
void RateControl::move_all(double steps) {
  const double down = std::floor(steps);
  const auto more =
      static_cast<int64_t>(std::llround((steps - down) * static_cast<double>(frames_)));
  std::vector<size_t> order(segments_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, place_of);
  // Those that stand lower go first, so that all stay within one step of one another.
  std::ranges::stable_sort(order, {}, [&](size_t i) { return segments_[i].crf; });
  int64_t moved = 0;
  for (const size_t i : order) {
    Segment& s = segments_[i];
    // The half of a segment decides.
    const bool extra = moved + s.frames / 2 < more;
    if (extra) moved += s.frames;
    const double crf = on_grid(s.crf + model_.step * (down + (extra ? 1 : 0)));
    if (crf != s.crf) s.bytes.reset();
    s.crf = crf;
  }
}

}  // namespace rushes::plan
