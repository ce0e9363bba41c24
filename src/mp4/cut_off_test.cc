#include "mp4/cut_off.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mp4/box.h"
#include "mp4/movie.h"

namespace rushes::mp4 {
namespace {

using testing::HasSubstr;
using testing::Not;

// A file whose recorder did not come to write how long its media is, nor an index.
std::string said_of(const Bytes& media, uint32_t length = 0) {
  FieldWriter out;
  out.box(type_of("ftyp"), [&] { out.u32(type_of("isom")); });
  out.u32(length);
  out.u32(type_of("mdat"));
  out.bytes(media);
  const auto movie = read_movie(*base::memory_source(std::move(out.out)));
  EXPECT_FALSE(movie.ok());
  EXPECT_EQ(movie.error().code, base::Code::kCorrupt);
  return movie.error().message;
}

// NAL units with these headers and 20 bytes behind each.
Bytes units(const std::vector<uint32_t>& headers) {
  FieldWriter out;
  for (const uint32_t header : headers) {
    out.u32(22);
    out.number(header, 2);
    out.bytes(Bytes(20, std::byte{0x55}));
  }
  return std::move(out.out);
}

TEST(CutOff, SaysWhatIsThere) {
  const Bytes h264 = units({0x0910, 0x6742, 0x68CE, 0x6588, 0x4188});
  for (const uint32_t length : {0U, 0xFFFFFFF0U}) {
    EXPECT_THAT(said_of(h264, length),
                HasSubstr("was cut off before it was finished. 130 bytes of H.264"));
  }
  EXPECT_THAT(said_of(units({0x4001, 0x4201, 0x4401, 0x2601})), HasSubstr("104 bytes of HEVC"));
  Bytes long_one = h264;
  long_one.resize(3'400'000);
  EXPECT_THAT(said_of(long_one), HasSubstr("3.4 MB of H.264"));
}

TEST(CutOff, ClaimsNothing) {
  // A reference that is none, a layer above, a length beyond the end, too few.
  for (const Bytes& media : {units({0x0910, 0x0742, 0x68CE}), units({0x4001, 0x4209, 0x4401}),
                             units({0x0910, 0x6742}), Bytes(500, std::byte{0x33})}) {
    EXPECT_THAT(said_of(media), HasSubstr("of picture and sound are there"));
  }
  EXPECT_THAT(said_of(Bytes(500)), HasSubstr("begins with zeros"));
  EXPECT_THAT(said_of({}), HasSubstr("no media either"));
  EXPECT_THAT(said_of(units({0x0910, 0x6742, 0x68CE})), Not(HasSubstr("HEVC")));
}

}  // namespace
}  // namespace rushes::mp4
