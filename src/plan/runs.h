#pragma once

// Who renders which segments. A run is a stretch of segments that one worker renders one after the
// other, so that a decoder is opened once. Pure: it is told what happens and says what to do.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "plan/cut.h"

namespace rushes::plan {

// Segments [first, end), by their numbers.
struct Run {
  size_t first = 0;
  size_t end = 0;
  friend bool operator==(const Run&, const Run&) = default;
};

enum class Order : uint8_t {
  kShares,  // about as many runs as there are workers, of about as many frames; the longest first
  kTime,    // every segment a run of its own, the earliest first: the front is finished soon
  // A few segments each, the earliest first, fewer towards the end: also soon, and whoever reads
  // from far away goes on from one segment to the next without a pause.
  kFront,
};

class Runs {
 public:
  // `needed[i]`: segment i must be rendered.
  Runs(const std::vector<Segment>& segments, const std::vector<bool>& needed, int workers,
       Order order = Order::kShares);

  // The run that comes next, now that of `worker`, which must have none. Empty: nothing waits.
  std::optional<Run> take(int worker);
  // The worker to be asked for half of what it has not begun, when nothing waits and another one is
  // idle; empty if there is nothing to ask for. One that was asked is not asked again before it has
  // answered.
  std::optional<int> ask();

  // Segment i is stored. Its worker goes on to the next one of its run.
  void finished(int worker, size_t i);
  // The worker keeps the segments before `end` only (its answer); the others wait.
  void shrunk(int worker, size_t end);
  // The worker is gone: what it did not finish waits. Also after a run that was finished.
  void ended(int worker);
  // A stored segment has been lost, and is needed again.
  void lost(size_t i);

  bool done() const;  // every segment that is needed is stored
  size_t busy() const { return held_.size(); }

 private:
  struct Held {
    Run run;
    size_t next = 0;  // not stored yet
    bool asked = false;
    bool all_begun = false;  // it had nothing to give
  };
  int64_t frames_of(const Run& run) const;
  void wait(const Run& run);

  Order order_;
  std::vector<int64_t> frames_;
  std::vector<Run> waiting_;
  std::map<int, Held> held_;
};

}  // namespace rushes::plan
