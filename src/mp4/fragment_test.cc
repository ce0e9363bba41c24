#include "mp4/fragment.h"

#include <gtest/gtest.h>

#include "mp4/box.h"

namespace rushes::mp4 {
namespace {

struct Shape {
  bool sizes = true;   // of samples, one by one
  uint32_t usual = 0;  // of all of them
  bool first_flags = false;
  uint32_t lead = 0;  // bytes between the mdat's header and the first sample
};

// A type, a moof of two samples of 100 and 50 bytes, and their data.
Bytes piece(const Shape& shape) {
  FieldWriter out;
  out.box(type_of("styp"), [&] { out.u32(type_of("msdh")); });
  const size_t moof = out.out.size();
  size_t offset_at = 0;
  out.box(type_of("moof"), [&] {
    out.full_box(type_of("mfhd"), 0, 0, [&] { out.u32(1); });
    out.box(type_of("traf"), [&] {
      out.full_box(type_of("tfhd"), 0, 0x020000U | 0x8U | (shape.usual > 0 ? 0x10U : 0U), [&] {
        out.u32(1);
        out.u32(512);
        if (shape.usual > 0) out.u32(shape.usual);
      });
      const uint32_t flags =
          0x1U | 0x100U | (shape.sizes ? 0x200U : 0U) | (shape.first_flags ? 0x4U : 0U);
      out.full_box(type_of("trun"), 0, flags, [&] {
        out.u32(2);
        offset_at = out.out.size();
        out.u32(0);
        if (shape.first_flags) out.u32(0x2000000);
        for (const uint32_t size : {100U, 50U}) {
          out.u32(512);
          if (shape.sizes) out.u32(size);
        }
      });
    });
  });
  out.set_u32(offset_at, static_cast<uint32_t>(out.out.size() - moof + 8 + shape.lead));
  out.box(type_of("mdat"), [&] { out.bytes(Bytes(shape.lead + 150)); });
  return out.out;
}

TEST(Fragment, TheFirstSampleEndsBehindItsSize) {
  for (const Shape& shape : {Shape{}, Shape{.first_flags = true}, Shape{.lead = 7},
                             Shape{.sizes = false, .usual = 100}}) {
    const Bytes bytes = piece(shape);
    const auto end = end_of_first_sample(*base::memory_source(bytes));
    ASSERT_TRUE(end.ok()) << end.error().message;
    EXPECT_EQ(*end, bytes.size() - 50);
  }
}

TEST(Fragment, WhatIsCutOffIsAnError) {
  const Bytes bytes = piece({});
  for (size_t size = 0; size + 50 < bytes.size(); ++size) {
    const Bytes part(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    EXPECT_FALSE(end_of_first_sample(*base::memory_source(part)).ok()) << size;
  }
}

// Whatever stands there, it ends within the file or is an error.
TEST(Fragment, WhatIsNotAFragmentIsAnError) {
  const Bytes bytes = piece({.first_flags = true});
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned value : {0U, 1U, 0x7fU, 0xffU}) {
      Bytes wrong = bytes;
      wrong[i] = static_cast<std::byte>(value);
      const auto end = end_of_first_sample(*base::memory_source(wrong));
      EXPECT_LE(end.ok() ? *end : 0, wrong.size()) << i;
    }
  }
}

}  // namespace
}  // namespace rushes::mp4
