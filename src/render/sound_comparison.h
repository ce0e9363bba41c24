#pragma once

// Two sounds beside one another: how loud each is, where one is silent, how well they match and by
// how much one is late. In whole numbers from the first step on (samples of 16 bits), so that the
// figures follow from the samples alone.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "frame/frame.h"
#include "qc/figures.h"

namespace rushes::render {

// A tenth of a second of sound.
struct Tenth {
  static constexpr size_t kValues = 800;
  uint64_t power = 0;                     // sum of squares, of all channels
  int64_t samples = 0;                    // so many
  std::array<int16_t, kValues> signal{};  // means of all channels, 8000 a second
};

// Cuts a sound into tenths.
class Tenths {
 public:
  Tenths(int channels, int sample_rate);

  void add(const frame::AudioBlock& block);
  void finish();  // the last may be shorter

  std::deque<Tenth> ended;  // to be taken
  int64_t frames() const { return frames_; }
  int64_t clipped() const { return clipped_; }  // samples at full scale, three in a row or more

 private:
  void end_tenth();

  int channels_, rate_;
  int64_t frames_ = 0, tenths_ = 0;
  Tenth now_;
  std::array<int32_t, Tenth::kValues> sums_{};
  std::array<int32_t, Tenth::kValues> counts_{};
  std::vector<int> at_full_scale_;  // in a row, of each channel
  int64_t clipped_ = 0;
};

class SoundComparison {
 public:
  SoundComparison();
  void add(const Tenth& output, const Tenth& reference);
  // Fills in seconds, silent stretches and offsets.
  void finish(qc::SoundFigures& figures);

 private:
  struct Second {
    uint64_t output_power = 0, reference_power = 0;
    int64_t output_samples = 0, reference_samples = 0;
    int64_t products = 0, output_squares = 0, reference_squares = 0;
    int tenths = 0;
  };
  void add_signals(const Tenth& output, const Tenth& reference);
  void end_second();
  // Of the stretch [begin, end) of the reference's signal, as far as it is remembered.
  std::optional<qc::SoundOffset> offset_of(int64_t begin, int64_t end) const;

  Second second_;
  std::vector<qc::SoundSecond> seconds_;
  qc::Stretches silent_;
  int64_t values_ = 0;                      // of the signals, so far
  std::deque<int16_t> output_, reference_;  // the last of them
  std::optional<int64_t> heard_from_;       // where the reference begins to be heard
  int64_t heard_to_ = 0;
  bool begin_done_ = false, end_done_ = true;
  std::optional<qc::SoundOffset> begin_, end_;
};

}  // namespace rushes::render
