#include "frame/recycler.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rushes::frame {
namespace {

TEST(Recycler, GivesTheLastBufferOfThatSizeAgain) {
  Recycler recycler(2, 100);
  uint8_t* a = recycler.take(100);
  uint8_t* b = recycler.take(200);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(a) % 64, 0u);
  recycler.give_back(a, 100);
  recycler.give_back(b, 200);
  EXPECT_EQ(recycler.take(100), a);
  EXPECT_EQ(recycler.take(200), b);
  recycler.give_back(a, 100);
  recycler.give_back(b, 200);
}

TEST(Recycler, KeepsNoMoreThanItMay) {
  Recycler recycler(1, 100);
  uint8_t* a = recycler.take(100);
  uint8_t* b = recycler.take(200);
  recycler.give_back(a, 100);
  recycler.give_back(b, 200);  // a is gone: a sanitizer would tell if it were given out
  uint8_t* c = recycler.take(100);
  c[99] = 1;
  recycler.give_back(c, 100);
  Recycler none(0, 100);
  none.give_back(none.take(500), 500);
}

TEST(Recycler, SmallBuffersAreNotKept) {
  Recycler recycler(4, 100);
  uint8_t* small = recycler.take(99);
  recycler.give_back(small, 99);
  uint8_t* large = recycler.take(100);
  large[99] = 1;
  recycler.give_back(large, 100);
}

}  // namespace
}  // namespace rushes::frame
