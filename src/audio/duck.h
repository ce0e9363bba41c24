#pragma once

// How far a duck is down at each moment, from how loud what it listens to is.
//
// Time goes in steps of 10 ms. Something is heard in a step when the RMS of the sounds listened to
// (after their volume, fades and pan; before any duck; the louder channel) is above -50 dBFS, and
// for 250 ms after. Down goes along a straight line of decibels within `attack`, timed so that the
// way is done when the sound begins (at most 2 s ahead); up within `release`.

#include <deque>

#include "schema/program.h"

namespace rushes::audio {

inline constexpr double kHeardDb = -50;
inline constexpr int kHoldSteps = 25;
inline constexpr int kMaxAheadSteps = 200;

class DuckEnvelope {
 public:
  explicit DuckEnvelope(const schema::Duck& duck);

  // How many steps ahead it looks: so many must be pushed beyond the one that advance() takes.
  int ahead() const { return ahead_; }
  void push(bool heard);  // whether the next step is above kHeardDb
  // Decibels at the end of the next step. It began with those of the step before, the first with 0.
  double advance();

 private:
  double by_db_;
  int attack_steps_, release_steps_, ahead_;
  double depth_ = 0;        // 0 up, 1 down
  int hold_ = 0;            // steps for which what was pushed last still counts
  std::deque<bool> heard_;  // from the step that advance() takes next
};

}  // namespace rushes::audio
