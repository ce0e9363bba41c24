#pragma once

// For the tests of this layer: random planes inside poisoned surroundings, and a loop over every
// SIMD target of this machine.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "frame/frame.h"
#include "hwy/highway.h"

namespace rushes::kernels::testing {

// Runs f once per target, which HWY_DYNAMIC_DISPATCH then takes.
template <class F>
void for_each_target(F f) {
  const int64_t all = hwy::SupportedTargets();
  for (int64_t rest = all; rest != 0; rest &= rest - 1) {
    const int64_t target = rest & -rest;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    SCOPED_TRACE(hwy::TargetName(target));
    f();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

inline uint32_t random_seed() {
  static const uint32_t kSeed = std::random_device{}();
  return kSeed;
}

// A plane without padding at the end of its bytes, and with an odd stride.
class TestPlane {
 public:
  TestPlane(int width, int height, int extra = 3)
      : bytes_(static_cast<size_t>(width + extra) * static_cast<size_t>(height), 0xA5) {
    view_ = {bytes_.data(), width + extra, width, height};
  }
  TestPlane(const TestPlane& o) : bytes_(o.bytes_), view_(o.view_) { view_.data = bytes_.data(); }
  TestPlane& operator=(const TestPlane&) = delete;

  // 0: uniform noise; 1: only 0 and 255; 2: all 255; 3: all 0.
  TestPlane& randomize(std::mt19937& rng, int kind = 0) {
    for (int y = 0; y < view_.height; ++y) {
      for (int x = 0; x < view_.width; ++x) {
        const uint8_t noise = static_cast<uint8_t>(rng());
        const uint8_t values[4] = {noise, static_cast<uint8_t>(noise & 1 ? 255 : 0), 255, 0};
        view_.row(y)[x] = values[kind];
      }
    }
    return *this;
  }
  const frame::MutablePlaneView& view() const { return view_; }
  // Bytes between rows included: a kernel that writes past its row is caught.
  bool operator==(const TestPlane& o) const { return bytes_ == o.bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  frame::MutablePlaneView view_;
};

inline std::string first_difference(frame::PlaneView a, frame::PlaneView b) {
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      if (a.row(y)[x] != b.row(y)[x]) {
        return "at (" + std::to_string(x) + ", " + std::to_string(y) +
               "): " + std::to_string(a.row(y)[x]) + " and " + std::to_string(b.row(y)[x]);
      }
    }
  }
  return "outside the planes";
}

}  // namespace rushes::kernels::testing

#define EXPECT_SAME_PLANE(a, b) \
  EXPECT_TRUE((a) == (b)) << ::rushes::kernels::testing::first_difference((a).view(), (b).view())
