#pragma once

// What the engine measures of a rendered file (the output) beside what its timeline says (the
// reference): of pictures and sound. As values and as JSON, which is all that leaves the engine.
// Whole numbers, so that they are the same for any split of the frames and on every machine.

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/rational.h"
#include "base/result.h"
#include "qc/stretches.h"

namespace rushes::qc {

using base::Rational;

// A frame of the output beside that of the reference, sums over their samples.
struct FrameFigures {
  int64_t ssim = 0;  // of luma, over the windows, in 1 / kSsimOne (kernels/compare.h)
  std::array<uint64_t, 3> error{};        // squared, of Y, Cb, Cr
  std::array<int64_t, 3> shift{};         // output less reference
  uint64_t dark = 0, reference_dark = 0;  // luma samples that are nearly black
  // Of luma, since the frame before: absolute differences; of the reference those of blocks of 8x8,
  // so that noise, which an encoder leaves out, is no motion.
  uint64_t moved = 0, reference_moved = 0;
  bool fresh = true;  // the output has a frame of its own here
  friend bool operator==(const FrameFigures&, const FrameFigures&) = default;
};

inline constexpr int64_t kSsimUnit = int64_t{1} << 24;

// Frames [first, end) of the program.
struct SegmentFigures {
  int64_t first = 0, end = 0;
  int width = 0, height = 0;
  bool chroma = true;   // false: the output's chroma has another grid, and is not compared
  int64_t damaged = 0;  // packets and frames of the output that were found damaged
  std::string error;    // why what follows `frames` could not be decoded; may be empty
  std::vector<FrameFigures> frames;
  int64_t windows() const;  // of SSIM, of a frame
  int64_t luma() const { return int64_t{width} * height; }
  friend bool operator==(const SegmentFigures&, const SegmentFigures&) = default;
};

nlohmann::json json_of(const SegmentFigures& segment);
// kInternal: it is not what the engine writes.
base::Result<SegmentFigures> segment_from_json(const nlohmann::json& json);

// By how much the sound of the output is late (below 0: early), and how well the two match then, in
// thousandths.
struct SoundOffset {
  Rational seconds;
  int match = 0;
  friend bool operator==(const SoundOffset&, const SoundOffset&) = default;
};

struct SoundLoudness {
  std::optional<double> integrated_lufs, true_peak_db;
  double range_lu = 0;
  friend bool operator==(const SoundLoudness&, const SoundLoudness&) = default;
};

// Decibels below full scale of the mean power, in hundredths; empty: digital silence.
using Level = std::optional<int>;

struct SoundSecond {
  Level level, reference_level;
  // Correlation of output and reference, in thousandths; empty where either is too quiet to say.
  std::optional<int> match;
  friend bool operator==(const SoundSecond&, const SoundSecond&) = default;
};

struct SoundFigures {
  bool has_output = false, has_reference = false;
  int sample_rate = 0, reference_rate = 0;
  int channels = 0;
  Rational begins;                    // of the output's sound, since its first frame
  Rational length, reference_length;  // until the last sample, since the first frame
  SoundLoudness loudness, reference_loudness;
  int64_t clipped = 0, reference_clipped = 0;  // samples at full scale, three in a row or more
  int64_t damaged = 0;                         // packets that could not be decoded
  std::vector<SoundSecond> seconds;
  std::vector<Stretch> silent;  // in tenths of a second
  std::optional<SoundOffset> offset_begin, offset_end;
  friend bool operator==(const SoundFigures&, const SoundFigures&) = default;
};

nlohmann::json json_of(const SoundFigures& sound);
base::Result<SoundFigures> sound_from_json(const nlohmann::json& json);

}  // namespace rushes::qc
