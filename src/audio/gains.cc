#include "audio/gains.h"

#include <algorithm>

#include "base/exact_math.h"

namespace rushes::audio {
namespace {

constexpr double kMaxVolume = 1000;
constexpr double kSqrt2 = 1.41421356237309504880;

double value_at(const schema::Curve& curve, const Rational& time, const EvaluateCurve& evaluate,
                double low, double high) {
  const double value = curve.constant() ? curve.keys.front().value : evaluate(curve, time);
  if (!(value >= low)) return low;  // NaN too
  return std::min(value, high);
}

// x goes from 0 to 1, and never reaches either: it is taken amid a frame.
double line(double x) { return x; }
double quarter_sine(double x) { return base::exact_sin(x * base::kPi / 2); }
double raised_cosine(double x) { return 0.5 - 0.5 * base::exact_cos(x * base::kPi); }

}  // namespace

double volume_at(const schema::Sound& sound, const Rational& time, const EvaluateCurve& evaluate) {
  return value_at(sound.volume, time, evaluate, 0, kMaxVolume);
}

double pan_at(const schema::Sound& sound, const Rational& time, const EvaluateCurve& evaluate) {
  return value_at(sound.pan, time, evaluate, -1, 1);
}

PanMatrix pan_matrix(double pan, int channels) {
  if (pan == 0) return channels == 1 ? PanMatrix{1, 0, 1, 0} : PanMatrix{};
  if (channels == 1) {
    const double a = (pan + 1) * base::kPi / 4;
    return {kSqrt2 * base::exact_cos(a), 0, kSqrt2 * base::exact_sin(a), 0};
  }
  const double b = (1 - (pan < 0 ? -pan : pan)) * base::kPi / 2;
  const double carried = base::exact_cos(b);
  const double kept = base::exact_sin(b);
  if (pan < 0) return {1, carried, 0, kept};
  return {kept, 0, carried, 1};
}

Gains::Gains(const schema::Sound& sound, const Placement& placement, int sample_rate, Edges edges,
             const EvaluateCurve& evaluate)
    : sound_(sound),
      evaluate_(evaluate),
      rate_(sample_rate),
      step_(std::max(1, sample_rate / 200)),
      clip_frames_(placement.clip_end - placement.first),
      frames_(placement.end - placement.first) {
  const Rational rate(sample_rate);
  const Rational end = sound.start + sound.duration;
  // From rounded ends, so that both sides of a cross-fade have the same length.
  fade_in_ = ((sound.start + sound.fade_in) * rate).round() - placement.first;
  fade_out_ = placement.clip_end - ((end - sound.fade_out) * rate).round();
  cross_in_ = ((sound.start + sound.cross_in) * rate).round() - placement.first;
  cross_out_ = placement.clip_end - ((end - sound.cross_out) * rate).round();
  const int64_t edge = std::max(1, sample_rate / 500);
  edge_in_ = edges.ramp_in && fade_in_ < edge && cross_in_ < edge ? edge : 0;
  const bool covered =
      placement.end == placement.clip_end && (fade_out_ >= edge || cross_out_ >= edge);
  edge_out_ = edges.ramp_out && !covered ? edge : 0;
}

double Gains::value(const schema::Curve& curve, int64_t point, double low, double high) const {
  return value_at(curve, Rational(point * step_, rate_), evaluate_, low, high);
}

void Gains::to_segment(const schema::Curve& curve, int64_t index, double low, double high,
                       Segment& segment) const {
  if (segment.index == index) return;
  segment.from = segment.index >= 0 && segment.index + 1 == index ? segment.to
                                                                  : value(curve, index, low, high);
  segment.to = value(curve, index + 1, low, high);
  segment.index = index;
}

void Gains::fill_volume(int64_t frame) {
  if (sound_.volume.constant()) {
    const double constant = value(sound_.volume, 0, 0, kMaxVolume);
    std::fill(gain_.begin(), gain_.end(), static_cast<float>(constant));
    return;
  }
  for (float& gain : gain_) {
    to_segment(sound_.volume, frame / step_, 0, kMaxVolume, volume_);
    const double t = static_cast<double>(frame % step_) / static_cast<double>(step_);
    gain = static_cast<float>(volume_.from + (volume_.to - volume_.from) * t);
    ++frame;
  }
}

template <class Shape>
void Gains::ramp_in(int64_t frame, int64_t length, const Shape& shape) {
  const int64_t end = std::min(length, frame + static_cast<int64_t>(gain_.size()));
  for (int64_t k = frame; k < end; ++k) {
    const double x = (static_cast<double>(k) + 0.5) / static_cast<double>(length);
    gain_[static_cast<size_t>(k - frame)] *= static_cast<float>(shape(x));
  }
}

template <class Shape>
void Gains::ramp_out(int64_t frame, int64_t length, int64_t end, const Shape& shape) {
  const int64_t last = std::min(end, frame + static_cast<int64_t>(gain_.size()));
  for (int64_t k = std::max(frame, end - length); k < last; ++k) {
    const double x = (static_cast<double>(end - k) - 0.5) / static_cast<double>(length);
    gain_[static_cast<size_t>(k - frame)] *= static_cast<float>(shape(x));
  }
}

void Gains::fade(int64_t frame) {
  ramp_in(frame, fade_in_, line);
  ramp_out(frame, fade_out_, clip_frames_, line);
  ramp_in(frame, cross_in_, quarter_sine);
  ramp_out(frame, cross_out_, clip_frames_, quarter_sine);
  ramp_in(frame, edge_in_, raised_cosine);
  ramp_out(frame, edge_out_, frames_, raised_cosine);
}

void Gains::apply(int64_t frame, int channels, std::span<const float> in, std::span<float> out) {
  const auto stride = static_cast<size_t>(channels);
  gain_.resize(out.size() / 2);
  fill_volume(frame);
  fade(frame);

  PanMatrix m;
  if (sound_.pan.constant()) m = pan_matrix(value(sound_.pan, 0, -1, 1), channels);
  PanMatrix to = m;
  for (size_t i = 0; i < gain_.size(); ++i) {
    float t = 0;
    if (!sound_.pan.constant()) {
      const int64_t at = frame + static_cast<int64_t>(i);
      if (pan_.index != at / step_ || i == 0) {
        to_segment(sound_.pan, at / step_, -1, 1, pan_);
        m = pan_matrix(pan_.from, channels);
        to = pan_matrix(pan_.to, channels);
      }
      t = static_cast<float>(at % step_) / static_cast<float>(step_);
    }
    const auto mix = [t](double a, double b) {
      const auto from = static_cast<float>(a);
      return from + (static_cast<float>(b) - from) * t;
    };
    const float left = in[i * stride] * gain_[i];
    const float right = channels == 1 ? 0.0F : in[i * stride + 1] * gain_[i];
    out[2 * i] = left * mix(m.l_from_l, to.l_from_l) + right * mix(m.l_from_r, to.l_from_r);
    out[2 * i + 1] = left * mix(m.r_from_l, to.r_from_l) + right * mix(m.r_from_r, to.r_from_r);
  }
}

}  // namespace rushes::audio
