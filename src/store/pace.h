#pragma once

// How much to ask for at once of a source that is far away, and by how many requests. They share
// the line: what is on its way, in part, cannot be used, and the reader waits for the first of it
// while the others take their share. So it is as much as is answered within about half a second,
// however fast the line is: enough to fill it, and little to wait for.

#include <cstdint>

namespace rushes::store {

class Pace {
 public:
  // Requests are of `least_bytes` at first, and never of fewer.
  Pace(uint64_t least_bytes, uint64_t most_bytes, int most_requests);

  uint64_t bytes() const { return bytes_; }   // of the next request
  int requests() const { return requests_; }  // at once

  // Of a request: when it begins, and what became of it.
  struct Begun {
    uint64_t change = 0;
    uint64_t bytes = 0;
  };
  Begun begin(uint64_t bytes) const { return {change_, bytes}; }
  void answered(const Begun& request, double seconds);

 private:
  void slower();
  void faster();
  void changed();

  uint64_t least_bytes_, most_bytes_, bytes_;
  int most_requests_, requests_;
  uint64_t change_ = 0;  // what began before the last one tells nothing of it
  int answers_ = 0;      // since then
};

}  // namespace rushes::store
