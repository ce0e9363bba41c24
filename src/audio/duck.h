#pragma once

// How far a duck is down at each moment, from how loud what it listens to is.
//
// Time goes in steps of 10 ms. Something is heard in a step when the RMS of the sounds listened to
// (after their volume, fades and pan; before any duck; the louder channel) is above -50 dBFS, and
// for 250 ms after. Down goes along a straight line of decibels within `attack`, timed so that the
// way is done when the sound begins (at most 2 s ahead); up within `release`.

#include <cstddef>
#include <deque>

#include "schema/program.h"

namespace rushes::audio {

inline constexpr double kHeardDb = -50;
inline constexpr int kHoldSteps = 25;
inline constexpr int kMaxAheadSteps = 200;

class DuckEnvelope {
 public:
  explicit DuckEnvelope(const schema::Duck& duck);

  // Steps that must have been pushed beyond the one that is to be advanced.
  int ahead() const { return ahead_; }
  void push(bool heard);  // of the next step
  // Decibels at the end of the next step; what it began with is where the last one ended (0 at
  // first). Steps not pushed yet count as silent.
  double advance();

 private:
  double by_db_;
  int attack_steps_, release_steps_, ahead_;
  double depth_ = 0;        // 0 up, 1 down
  std::deque<bool> heard_;  // from the step that advance() takes next
  int hold_ = 0;
  int steps_since_heard_ = 0;
};

}  // namespace rushes::audio
