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
  recycler.give_back(b, 200);
  EXPECT_EQ(recycler.held(), 1u);
  EXPECT_EQ(recycler.take(200), b);
  EXPECT_EQ(recycler.held(), 0u);
  recycler.give_back(b, 200);
  Recycler none(0, 100);
  none.give_back(none.take(500), 500);
  EXPECT_EQ(none.held(), 0u);
}

TEST(Recycler, SmallBuffersAreNotKept) {
  Recycler recycler(4, 100);
  recycler.give_back(recycler.take(99), 99);
  EXPECT_EQ(recycler.held(), 0u);
  recycler.give_back(recycler.take(100), 100);
  EXPECT_EQ(recycler.held(), 1u);
}

}  // namespace
}  // namespace rushes::frame
