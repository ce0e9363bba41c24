#pragma once

// Progress of a render as it is shown: a moving bar on a terminal, a line now and then elsewhere.
// Counts finished frames and never goes back.

#include <chrono>
#include <cstdint>
#include <string>

#include "console.h"

namespace rushes::app {

enum class ProgressStyle : unsigned char { kAuto, kJson, kNone };

// Which of several renders one is.
struct BatchPlace {
  size_t number = 1, of = 1;
  double seconds_after = 0;  // of video in those that follow
};

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  Progress(Console& console, ProgressStyle style, const BatchPlace& place = {})
      : console_(console), style_(style), place_(place) {}

  void start_phase(const std::string& phase);
  void update(int64_t done, int64_t total);
  // Output frames a second of the video, for the speed, of a phase that counts frames.
  void set_frame_rate(double fps) { fps_ = fps; }
  void tick();  // draws what is due
  void finish();

 private:
  std::string head() const;
  std::string line(double seconds) const;
  std::string bar(size_t width) const;
  void draw(Clock::time_point now);

  Console& console_;
  ProgressStyle style_;
  BatchPlace place_;
  std::string phase_;
  int64_t done_ = 0;
  int64_t total_ = 0;
  double fps_ = 0;
  Clock::time_point phase_start_ = Clock::now();
  Clock::time_point last_drawn_ = Clock::now();
  int64_t last_said_ = -1;
};

// "0:07", "1:02:03".
std::string duration_text(double seconds);
std::string length_text(double seconds);  // "21.5 s", "1:02:03"
std::string frames_text(int64_t frames);  // "1 frame", "25 frames"

}  // namespace rushes::app
