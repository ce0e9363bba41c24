// What Splice is made of. That what it makes decodes as it should is shown by tests/cut, against
// the ffmpeg program.

#include "media/splice.h"

#include <gtest/gtest.h>

#include <random>

#include "media/bits.h"
#include "media/h264_syntax.h"
#include "media/hevc_syntax.h"
#include "media/nal_units.h"
#include "media/testing.h"

namespace rushes::media {
namespace {

using testing::made;

NalView view(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

TEST(Bits, ComeBackAsTheyWereWritten) {
  BitWriter out;
  const std::vector<uint32_t> values = {0, 1, 2, 7, 8, 255, 65534, 0x7FFFFFFE, 0xFFFFFFFE};
  for (const uint32_t v : values) {
    out.ue(v);
    out.se(static_cast<int32_t>(v / 2));
    out.se(-static_cast<int32_t>(v / 2));
    out.u(v, 32);
    out.flag((v & 1) != 0);
  }
  out.trailing();
  BitReader in(out.out());
  for (const uint32_t v : values) {
    EXPECT_EQ(in.ue(), v);
    EXPECT_EQ(in.se(), static_cast<int32_t>(v / 2));
    EXPECT_EQ(in.se(), -static_cast<int32_t>(v / 2));
    EXPECT_EQ(in.u(32), v);
    EXPECT_EQ(in.flag(), (v & 1) != 0);
  }
  EXPECT_EQ(in.position(), stop_bit(out.out()));
  EXPECT_TRUE(in.ok());
  in.u(32);
  EXPECT_FALSE(in.ok());
}

TEST(Bits, EndWithoutANumber) {
  const std::vector<uint8_t> zeros(100, 0);
  BitReader in(zeros);
  EXPECT_EQ(in.ue(), 0U);
  EXPECT_FALSE(in.ok());
}

TEST(NalUnits, HoldNoStartCodes) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    NalBytes payload(random() % 300 + 1);
    for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random() % 5);
    payload.push_back(0x80);
    const NalBytes nal = escape(payload);
    EXPECT_EQ(unescape(nal), payload);
    // Nothing in it looks like another unit, and it is found among others.
    NalBytes stream = {0, 0, 0, 1};
    for (const uint8_t byte : nal) stream.push_back(byte);
    stream.insert(stream.end(), {0, 0, 1, 0x41, 0x80});
    const auto nals = nals_by_start_codes(stream);
    ASSERT_EQ(nals.size(), 2U);
    EXPECT_EQ(NalBytes(nals[0].begin(), nals[0].end()), nal);
    NalBytes sample;
    for (const NalView n : nals) ASSERT_TRUE(append_nal(sample, n, 2).ok());
    const auto again = nals_by_lengths(sample, 2);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->size(), 2U);
    EXPECT_FALSE(nals_by_lengths(NalView(sample).first(sample.size() - 1), 2).ok());
  }
  NalBytes out;
  EXPECT_FALSE(append_nal(out, NalBytes(256, 1), 1).ok());
}

struct Sets {
  h264::Sps sps;
  NalBytes sps_nal;
  h264::Pps pps;
  NalBytes pps_nal;
  std::vector<NalBytes> slices;
};

// What x264 makes of a few frames.
Sets sets_of(const std::string& name, const std::string& options) {
  const auto stream =
      made(name + ".264",
           "-f lavfi -i testsrc2=s=208x96:r=25:d=1 -c:v libx264 -preset veryfast " + options);
  Sets out;
  for (const NalView nal : nals_by_start_codes(view(stream))) {
    const NalBytes bytes(nal.begin(), nal.end());
    if (h264::type_of(nal) == h264::kSps && out.sps_nal.empty()) {
      const auto sps = h264::parse_sps(nal);
      EXPECT_TRUE(sps.ok()) << sps.error().message;
      if (sps.ok()) out.sps = *sps;
      out.sps_nal = bytes;
    } else if (h264::type_of(nal) == h264::kPps && out.pps_nal.empty()) {
      const auto pps = h264::parse_pps(nal, out.sps.chroma_format);
      EXPECT_TRUE(pps.ok());
      if (pps.ok()) out.pps = *pps;
      out.pps_nal = bytes;
    } else if (h264::type_of(nal) == h264::kSlice || h264::type_of(nal) == h264::kIdr) {
      out.slices.push_back(bytes);
    }
  }
  return out;
}

TEST(H264, ReadsWhatAnEncoderWrites) {
  const Sets sets = sets_of("plain", "-pix_fmt yuv420p -x264-params ref=3");
  EXPECT_EQ(sets.sps.profile, 100U);
  EXPECT_EQ(sets.sps.width, 208U);
  EXPECT_EQ(sets.sps.height, 96U);
  EXPECT_EQ(sets.sps.ref_frames, 4U);  // and one for what leans on both sides
  EXPECT_EQ(sets.sps.poc_type, 0U);
  EXPECT_FALSE(sets.sps.gaps_allowed);
  EXPECT_TRUE(sets.pps.cabac);
  EXPECT_EQ(h264::write_pps(sets.pps, false), sets.pps_nal);
  const auto open = h264::parse_sps(h264::allow_gaps(sets.sps_nal, sets.sps));
  ASSERT_TRUE(open.ok());
  EXPECT_TRUE(open->gaps_allowed);
  EXPECT_EQ(open->height, 96U);

  const Sets deep = sets_of("deep", "-pix_fmt yuv422p10le -x264-params cqm=jvt");
  EXPECT_EQ(deep.sps.depth, 10U);
  EXPECT_EQ(deep.sps.chroma_format, 2U);
  EXPECT_TRUE(deep.sps.has_scaling || deep.pps.has_extension);

  const auto interlaced = made("interlaced.264",
                               "-f lavfi -i testsrc2=s=208x96:r=25:d=1 -flags +ildct "
                               "-c:v libx264 -x264-params interlaced=1 -pix_fmt yuv420p");
  for (const NalView nal : nals_by_start_codes(view(interlaced))) {
    if (h264::type_of(nal) != h264::kSps) continue;
    const auto sps = h264::parse_sps(nal);
    ASSERT_FALSE(sps.ok());
    EXPECT_EQ(sps.error().code, base::Code::kUnsupported);
  }
}

// With the header that it has, a slice is the same but for how its type is put.
TEST(H264, RewritesSlices) {
  for (const char* options : {"-profile:v baseline", "-profile:v main -bf 0 -x264-params weightp=0",
                              "-bf 0 -x264-params weightp=0:slices=3"}) {
    const Sets sets = sets_of("slices" + std::to_string(std::hash<std::string>()(options)),
                              std::string(options) + " -pix_fmt yuv420p -refs 1");
    ASSERT_GE(sets.slices.size(), 25U);
    for (const NalBytes& nal : sets.slices) {
      EXPECT_EQ(h264::pps_id_of_slice(nal), sets.pps.id);
      const auto slice = h264::parse_slice(nal, sets.sps, sets.pps);
      ASSERT_TRUE(slice.ok());
      const auto again = h264::rewrite_slice(nal, *slice, sets.sps, sets.pps);
      ASSERT_TRUE(again.ok()) << again.error().message;
      const auto same = h264::parse_slice(*again, sets.sps, sets.pps);
      ASSERT_TRUE(same.ok());
      EXPECT_EQ(same->frame_num, slice->frame_num);
      EXPECT_EQ(same->poc, slice->poc);
      EXPECT_EQ(same->first_block, slice->first_block);
      const auto data = [&](const NalBytes& n, const h264::Slice& s) {
        const NalBytes payload = unescape(n);
        BitReader in(payload);
        while (in.position() < s.header_bits || (sets.pps.cabac && in.position() % 8 != 0)) in.u(1);
        std::string bits;
        while (in.position() < stop_bit(payload)) bits += in.flag() ? '1' : '0';
        return bits;
      };
      EXPECT_EQ(data(*again, *same), data(nal, *slice)) << options;
      // Another number makes another header before the same data.
      h264::Slice moved = *slice;
      moved.frame_num = (moved.frame_num + 3) & sets.sps.frame_num_mask();
      moved.markings = {{1, 2, 0}};
      moved.adaptive_marking = !moved.idr;
      h264::Pps other = sets.pps;
      other.id = 77;
      const auto renamed = h264::rewrite_slice(nal, moved, sets.sps, other);
      ASSERT_TRUE(renamed.ok());
      const auto read = h264::parse_slice(*renamed, sets.sps, other);
      ASSERT_TRUE(read.ok());
      EXPECT_EQ(read->pps_id, 77U);
      EXPECT_EQ(read->frame_num, moved.frame_num);
      EXPECT_EQ(read->qp_delta, slice->qp_delta);
      EXPECT_EQ(read->markings.size(), moved.idr ? 0U : 1U);
    }
  }
}

TEST(H264, RecordsComeBack) {
  const Sets sets = sets_of("plain", "-pix_fmt yuv420p -x264-params ref=3");
  h264::Record record;
  record.head = {1, 100, 0, 30};
  record.sps = {sets.sps_nal};
  record.pps = {sets.pps_nal, sets.pps_nal};
  record.rest = {0xFD, 0xF8, 0xF8, 0};
  const NalBytes bytes = h264::write_record(record);
  const auto again = h264::parse_record(bytes);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(h264::write_record(*again), bytes);
  EXPECT_EQ(again->pps.size(), 2U);
  for (size_t n = 0; n < bytes.size() - record.rest.size(); ++n) {
    EXPECT_FALSE(h264::parse_record(NalView(bytes).first(n)).ok()) << n;
  }
}

TEST(Hevc, SetsGetOtherNumbers) {
  const auto stream = made("sets.265",
                           "-f lavfi -i testsrc2=s=208x96:r=25:d=1 -c:v libx265 -preset "
                           "ultrafast -x265-params log-level=none -pix_fmt yuv420p");
  hevc::Record record;
  record.head.assign(22, 0);
  record.head[0] = 1;
  record.head[21] = 3;
  for (const NalView nal : nals_by_start_codes(view(stream))) {
    if (hevc::type_of(nal) >= hevc::kVps && hevc::type_of(nal) <= hevc::kPps) {
      record.add(hevc::type_of(nal), NalBytes(nal.begin(), nal.end()));
    }
  }
  ASSERT_EQ(record.arrays.size(), 3U);
  const auto numbers = hevc::free_numbers(record);
  ASSERT_TRUE(numbers.ok());
  EXPECT_EQ(numbers->sps, 15);
  EXPECT_EQ(numbers->pps, 30);
  const auto vps = hevc::renumber_vps(record.find(hevc::kVps)->at(0), *numbers);
  const auto sps = hevc::renumber_sps(record.find(hevc::kSps)->at(0), *numbers);
  const auto pps = hevc::renumber_pps(record.find(hevc::kPps)->at(0), *numbers);
  ASSERT_TRUE(vps.ok() && sps.ok() && pps.ok());
  record.add(hevc::kVps, *vps);
  record.add(hevc::kSps, *sps);
  record.add(hevc::kPps, *pps);
  const auto next = hevc::free_numbers(record);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->vps, 14);
  EXPECT_EQ(next->sps, 14);
  EXPECT_EQ(next->pps, 29);
  // Only sets that are numbered 0 are an encoder's own.
  EXPECT_FALSE(hevc::renumber_sps(*sps, *numbers).ok());
  const NalBytes bytes = hevc::write_record(record);
  const auto again = hevc::parse_record(bytes);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(hevc::write_record(*again), bytes);
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(hevc::parse_record(NalView(bytes).first(n)).ok()) << n;
  }
}

// Whatever the bytes are, reading them ends, and says what they are or that they are nothing.
TEST(Syntax, IsReadWhateverItSays) {
  const Sets sets = sets_of("plain", "-pix_fmt yuv420p -x264-params ref=3");
  std::mt19937 random(2);
  size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    NalBytes sps = sets.sps_nal, pps = sets.pps_nal;
    NalBytes slice = sets.slices[random() % sets.slices.size()];
    slice.resize(std::min<size_t>(slice.size(), 60));
    for (NalBytes* nal : {&sps, &pps, &slice}) {
      (*nal)[random() % nal->size()] = static_cast<uint8_t>(random());
      if (random() % 4 == 0) nal->resize(random() % nal->size() + 1);
    }
    const auto read_sps = h264::parse_sps(sps);
    const auto read_pps = h264::parse_pps(pps, 1);
    const auto read = h264::parse_slice(slice, read_sps.ok() ? *read_sps : sets.sps,
                                        read_pps.ok() ? *read_pps : sets.pps);
    refused += read_sps.ok() && read_pps.ok() && read.ok() ? 0 : 1;
    static_cast<void>(h264::recovery_point(slice));
    static_cast<void>(hevc::renumber_sps(slice, {}));
    static_cast<void>(hevc::renumber_pps(slice, {}));
    static_cast<void>(hevc::renumber_slice(slice, {}));
  }
  EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace rushes::media
