#include "media/slices.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace rushes::media {
namespace {

// First bytes of units: a slice (TRAIL_R), an IDR slice, a parameter set, a message.
constexpr uint8_t kSlice = 1 << 1, kIdr = 19 << 1, kPps = 34 << 1, kSei = 39 << 1;

using Bytes = std::vector<uint8_t>;

Bytes with_lengths(std::initializer_list<uint8_t> units, int length_bytes) {
  Bytes out;
  for (const uint8_t first : units) {
    for (int i = 1; i < length_bytes; ++i) out.push_back(0);
    out.insert(out.end(), {5, first, 0, 0, 1, kSlice});  // what looks like a start is content
  }
  return out;
}

Bytes with_start_codes(std::initializer_list<uint8_t> units) {
  Bytes out;
  for (const uint8_t first : units) out.insert(out.end(), {0, 0, 0, 1, first, 0x80, 0x55});
  return out;
}

bool several(const Bytes& packet, Bytes extradata) {
  AVCodecParameters parameters = {};
  parameters.extradata = extradata.data();
  parameters.extradata_size = static_cast<int>(extradata.size());
  return has_several_slices(packet, parameters);
}

Bytes record(int length_bytes) {
  Bytes out(23, 0);
  out[0] = 1;
  out[21] = static_cast<uint8_t>(0xfc | (length_bytes - 1));
  return out;
}

TEST(Slices, AreCountedByLengths) {
  for (const int n : {1, 2, 4}) {
    EXPECT_FALSE(several(with_lengths({}, n), record(n)));
    EXPECT_FALSE(several(with_lengths({kPps, kSei, kIdr, kSei}, n), record(n)));
    EXPECT_TRUE(several(with_lengths({kIdr, kIdr}, n), record(n)));
    EXPECT_TRUE(several(with_lengths({kSlice, kSei, kSlice}, n), record(n)));
  }
}

TEST(Slices, AreCountedByStartCodes) {
  EXPECT_FALSE(several({}, {}));
  EXPECT_FALSE(several(with_start_codes({kPps, kSei, kIdr}), {}));
  EXPECT_TRUE(several(with_start_codes({kIdr, kIdr}), {}));
  EXPECT_TRUE(several(with_start_codes({kSlice, kSlice}), {0, 0, 0, 1, 0x40}));
  EXPECT_FALSE(several({0, 0, 1}, {}));
}

TEST(Slices, LengthsThatLieEndTheCount) {
  for (size_t size = 0; size < 20; ++size) several(Bytes(size, 0xff), record(4));
  EXPECT_FALSE(several({0, 0, 0, 200, kSlice, 1, 2, 3, 4}, record(4)));
  EXPECT_FALSE(several(Bytes(40, 0), record(4)));
}

}  // namespace
}  // namespace rushes::media
