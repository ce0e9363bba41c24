#pragma once

// What this process may use of the machine: the least of what the hardware has and what control
// groups and affinity allow.

#include <cstdint>
#include <string>

namespace rushes::exec {

struct Machine {
  double cores = 1;           // processors' worth of time; a quota may be a fraction
  uint64_t memory_bytes = 0;  // 0: not known
};

// `root`: where /proc and /sys are looked for; tests have their own.
Machine this_machine(const std::string& root = "");

// Encoders have a fixed number of threads each (part of the bytes): as many workers as it takes to
// keep all cores busy, also while one of them opens a file or ends a segment.
int default_workers(double cores);

}  // namespace rushes::exec
