#include "qc/pictures.h"

#include <algorithm>

#include "base/exact_math.h"

namespace rushes::qc {
namespace {

constexpr int64_t kBlackPercent = 98;
constexpr double kDbPerDoubling = 3.01029995663981195;

int64_t frames_of(const Plan& plan, const Rational& seconds) {
  return std::max<int64_t>((plan.fps * seconds).ceil(), 2);
}

Stretches::Limits limits_of(const Plan& plan) {
  return {.least = frames_of(plan, 2),
          .least_only = frames_of(plan, Rational(1, 2)),
          .most_hole = (plan.fps / 4).floor()};
}

}  // namespace

Tick frozen_tick(const FrameFigures& frame, int64_t luma) {
  if (frame.moved * 4 > static_cast<uint64_t>(luma)) return Tick::kNeither;
  const bool moves = frame.reference_moved * 4 >= static_cast<uint64_t>(luma) * 5;
  return moves ? Tick::kOutputOnly : Tick::kBoth;
}

Tick black_tick(const FrameFigures& frame, int64_t luma) {
  const auto black = [&](uint64_t dark) {
    return dark * 100 >= static_cast<uint64_t>(luma * kBlackPercent);
  };
  if (!black(frame.dark)) return Tick::kNeither;
  return black(frame.reference_dark) ? Tick::kBoth : Tick::kOutputOnly;
}

Pictures::Pictures(const Plan& plan)
    : plan_(plan),
      half_second_(frames_of(plan, Rational(1, 2))),
      black_ticks_(limits_of(plan)),
      frozen_ticks_(limits_of(plan)) {}

void Pictures::add(const SegmentFigures& segment) {
  windows_ = segment.windows();
  luma_ = segment.luma();
  chroma = chroma && segment.chroma;
  damaged += segment.damaged;
  int64_t n = segment.first - plan_.first;
  for (const FrameFigures& frame : segment.frames) add_frame(n++, segment, frame);
  if (!segment.error.empty() && !error) error = {n, segment.error};
  // What could not be compared is neither black nor frozen.
  for (; n < segment.end - plan_.first; ++n) {
    black_ticks_.add(Tick::kNeither);
    frozen_ticks_.add(Tick::kNeither);
  }
}

void Pictures::add_frame(int64_t n, const SegmentFigures& segment, const FrameFigures& frame) {
  const auto at = static_cast<size_t>((Rational(n) / plan_.fps).floor());
  if (seconds.size() <= at) seconds.resize(at + 1);
  PictureSecond& second = seconds[at];
  if (second.frames == 0 || frame.ssim < second.worst_ssim) {
    second.worst_frame = n;
    second.worst_ssim = frame.ssim;
  }
  ++second.frames;
  second.ssim += frame.ssim;
  for (size_t i = 0; i < 3; ++i) {
    second.error[i] += frame.error[i];
    second.shift[i] += frame.shift[i];
  }
  ++compared;
  if (!frame.fresh) missing.add(n);
  const Tick moves = frozen_tick(frame, segment.luma());
  frozen_ticks_.add(moves);
  black_ticks_.add(black_tick(frame, segment.luma()));
  if (moves == Tick::kOutputOnly && frame.fresh) {
    ++repeated_run_;
  } else {
    end_repeated(n);
  }
}

// What is long is a stretch.
void Pictures::end_repeated(int64_t n) {
  if (repeated_run_ > 0 && repeated_run_ < half_second_) {
    repeated.add(n - repeated_run_, repeated_run_);
  }
  repeated_run_ = 0;
}

void Pictures::finish() {
  end_repeated(plan_.frames);
  black = black_ticks_.finish();
  frozen = frozen_ticks_.finish();
}

std::optional<double> Pictures::ssim(const PictureSecond& s) const {
  if (s.frames == 0 || windows_ == 0) return std::nullopt;
  return static_cast<double>(s.ssim) / static_cast<double>(kSsimUnit) /
         static_cast<double>(windows_ * s.frames);
}

std::optional<double> Pictures::psnr(const PictureSecond& s, size_t plane) const {
  if (s.error[plane] == 0) return std::nullopt;
  const int64_t samples = (plane == 0 ? luma_ : luma_ / 4) * s.frames;
  const double mean = static_cast<double>(s.error[plane]) / static_cast<double>(samples);
  return base::exact_log2(255.0 * 255.0 / mean) * kDbPerDoubling;
}

double Pictures::shift(const PictureSecond& s, size_t plane) const {
  const int64_t samples = (plane == 0 ? luma_ : luma_ / 4) * s.frames;
  return samples == 0 ? 0 : static_cast<double>(s.shift[plane]) / static_cast<double>(samples);
}

PictureSecond Pictures::whole() const {
  PictureSecond all;
  for (const PictureSecond& s : seconds) {
    all.frames += s.frames;
    all.ssim += s.ssim;
    for (size_t i = 0; i < 3; ++i) {
      all.error[i] += s.error[i];
      all.shift[i] += s.shift[i];
    }
  }
  return all;
}

}  // namespace rushes::qc
