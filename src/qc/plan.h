#pragma once

// What a rendered file should be.

#include <cstdint>
#include <optional>
#include <string>

#include "base/rational.h"

namespace rushes::qc {

using base::Rational;

struct Plan {
  std::string output;   // the file that is verified
  std::string against;  // what it is compared with, for people
  int width = 0, height = 0;
  Rational fps = 30;
  int64_t frames = 0;
  int64_t first = 0;  // of the program's frames, with which it begins
  std::string codec = "h264";
  std::string pixel_format = "yuv420p";  // empty: it is sound alone
  bool audio = false;
  int sample_rate = 48000, channels = 2;
  std::optional<double> target_lufs, true_peak_db;
  std::optional<double> asked_ssim;  // of each segment at least, if it was encoded for that
  bool picture() const { return !pixel_format.empty(); }
  // Else it is not compared: that of what is rendered is 4:2:0.
  bool chroma() const { return pixel_format == "yuv420p"; }
  // It has neither a matrix nor a limited range.
  bool rgb() const { return pixel_format == "bgra"; }
  Rational seconds() const { return Rational(frames) / fps; }
};

// What still passes.
struct Limits {
  std::optional<double> least_ssim;  // of the worst second; empty: what is usual
};
inline constexpr double kUsualLeastSsim = 0.85;

}  // namespace rushes::qc
