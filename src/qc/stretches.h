#pragma once

// Stretches of time in which the output is black, frozen or silent, and whether the reference is so
// too.

#include <cstdint>
#include <optional>
#include <vector>

namespace rushes::qc {

// Ticks [first, end): frames, or tenths of a second.
struct Stretch {
  int64_t first = 0, end = 0;
  bool in_reference = true;
  int64_t ticks() const { return end - first; }
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

// What a tick shows.
enum class Tick : uint8_t {
  kNeither,     // the output is not so
  kBoth,        // it is, and so is the reference, or cannot be told
  kOutputOnly,  // it is, and the reference clearly is not
};

// Takes ticks one after the other. A stretch of the output alone may hold ticks that cannot be
// told, if they are few in a row: a recording that moves in every second frame is still a moving
// one.
class Stretches {
 public:
  struct Limits {
    int64_t least = 1;       // ticks of a stretch that both have
    int64_t least_only = 1;  // of one that the output alone has
    int64_t most_hole = 0;   // ticks in a row within the latter that cannot be told
  };
  explicit Stretches(const Limits& limits) : limits_(limits) {}

  void add(Tick tick);
  // In order. Of a run of the output that holds a stretch of the output alone, that is all.
  std::vector<Stretch> finish();

 private:
  void end_run();
  void end_only();

  Limits limits_;
  int64_t now_ = 0;
  std::optional<int64_t> run_;   // where the output began to be so
  std::optional<Stretch> only_;  // so far
  bool run_has_only_ = false;
  std::vector<Stretch> found_;
};

}  // namespace rushes::qc
