#pragma once

// What one sound's volume, pan, fades and edges do, laid on it as it becomes stereo. The rules
// stand in mixer.h.

#include <cstdint>
#include <span>
#include <vector>

#include "audio/placement.h"
#include "audio/source.h"
#include "schema/program.h"

namespace rushes::audio {

// Left = l_from_l * left + l_from_r * right, and so on; of one channel the first column counts.
struct PanMatrix {
  double l_from_l = 1, l_from_r = 0, r_from_l = 0, r_from_r = 1;
};
PanMatrix pan_matrix(double pan, int channels);

// Whether the cut at either end is inside a source and goes on in no neighbour.
struct Edges {
  bool ramp_in = true;
  bool ramp_out = true;
};

// Frames are counted from the sound's first. Used by one thread.
class Gains {
 public:
  // `sound` and `evaluate` must outlive it.
  Gains(const schema::Sound& sound, const Placement& placement, int sample_rate, Edges edges,
        const EvaluateCurve& evaluate);

  // `in` has `channels` channels, `out` two.
  void apply(int64_t frame, int channels, std::span<const float> in, std::span<float> out);

 private:
  struct Segment {  // of a curve between two points, in whole steps
    int64_t index = -1;
    double from = 0, to = 0;
  };
  double value(const schema::Curve& curve, int64_t point, double low, double high) const;
  void to_segment(const schema::Curve& curve, int64_t index, double low, double high,
                  Segment& segment) const;
  void fill_volume(int64_t frame);
  void fade(int64_t frame);
  template <class Shape>
  void ramp_in(int64_t frame, int64_t length, const Shape& shape);
  template <class Shape>
  void ramp_out(int64_t frame, int64_t length, int64_t end, const Shape& shape);

  const schema::Sound& sound_;
  const EvaluateCurve& evaluate_;
  int rate_;
  int64_t step_;  // frames between points
  int64_t clip_frames_, frames_;
  int64_t fade_in_, fade_out_, cross_in_, cross_out_, edge_in_, edge_out_;
  Segment volume_, pan_;
  std::vector<float> gain_;
};

// Volume and pan as Gains takes them: finite and within limits.
double volume_at(const schema::Sound& sound, const Rational& time, const EvaluateCurve& evaluate);
double pan_at(const schema::Sound& sound, const Rational& time, const EvaluateCurve& evaluate);

}  // namespace rushes::audio
