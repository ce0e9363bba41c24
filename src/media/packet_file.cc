#include "media/packet_file.h"

#include <xxhash.h>

#include <array>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "media/fields.h"

namespace rushes::media {
namespace {

constexpr std::array<char, 8> kMagic = {'R', 'S', 'H', 'P', 'K', 'T', '\r', '\n'};
constexpr std::array<char, 4> kPacketMark = {'P', 'K', 'T', ' '};
constexpr std::array<char, 4> kEndMark = {'E', 'N', 'D', ' '};
constexpr std::array<char, 4> kNotesMark = {'N', 'O', 'T', 'E'};
constexpr uint32_t kVersion = 2;
constexpr size_t kHeaderBytes = 8 + 4 + 4 + 16 + 24 + 8 + 4;
constexpr size_t kPacketBytes = 4 + 4 + 24 + 4;
constexpr size_t kHashBytes = 16;
constexpr size_t kTrailerBytes = 4 + 4 + 16 + kHashBytes;
constexpr uint32_t kMaxExtradata = 65536;
constexpr uint32_t kMaxData = 256U << 20;
constexpr uint32_t kMaxNotes = 1U << 20;

class Hash {
 public:
  Hash() : state_(XXH3_createState()) {
    RUSHES_CHECK(state_ != nullptr);
    XXH3_128bits_reset(state_);
  }
  ~Hash() { XXH3_freeState(state_); }
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  void add(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_, bytes.data(), bytes.size());
  }
  std::array<std::byte, kHashBytes> digest() const {
    const XXH128_hash_t h = XXH3_128bits_digest(state_);
    std::array<std::byte, kHashBytes> out;
    for (size_t i = 0; i < 8; ++i) {
      out[i] = static_cast<std::byte>(h.high64 >> (56 - 8 * i) & 0xFF);
      out[8 + i] = static_cast<std::byte>(h.low64 >> (56 - 8 * i) & 0xFF);
    }
    return out;
  }

 private:
  XXH3_state_t* state_;
};

base::Error damaged(const std::string& what) {
  return base::corrupt("packet file is damaged: " + what);
}

base::Status check_format(const TrackFormat& f) {
  constexpr int kMax = 1 << 24;
  const bool codec = !name_of(f.codec).empty();
  const auto in_range = [](int v) { return v >= 0 && v <= kMax; };
  if (!codec || f.time_base <= 0 || !in_range(f.width) || !in_range(f.height) ||
      !in_range(f.sample_rate) || !in_range(f.channels) || !in_range(f.priming) ||
      !in_range(f.reorder) || f.bit_rate < 0 || f.extradata.size() > kMaxExtradata) {
    return base::corrupt("packet file: impossible track format");
  }
  return {};
}

}  // namespace

struct PacketFileWriter::Impl {
  base::ByteSink& sink;
  Hash hash;
  uint64_t position = 0;
  uint64_t data_bytes = 0;
  int64_t packets = 0;
  bool noted = false;
  bool finished = false;

  explicit Impl(base::ByteSink& s) : sink(s) {}
  base::Status put(std::span<const std::byte> bytes) {
    if (bytes.empty()) return {};
    RETURN_IF_ERROR(sink.write_at(position, bytes));
    hash.add(bytes);
    position += bytes.size();
    return {};
  }
};

PacketFileWriter::PacketFileWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PacketFileWriter::~PacketFileWriter() = default;

base::Result<std::unique_ptr<PacketFileWriter>> PacketFileWriter::open(base::ByteSink& sink,
                                                                       const TrackFormat& f) {
  RETURN_IF_ERROR(check_format(f));
  auto impl = std::make_unique<Impl>(sink);
  FieldWriter w;
  w.text(kMagic);
  w.u32(kVersion);
  w.u32(static_cast<uint32_t>(f.codec));
  w.i64(f.time_base.num());
  w.i64(f.time_base.den());
  for (const int v : {f.width, f.height, f.sample_rate, f.channels, f.priming, f.reorder}) w.i32(v);
  w.i64(f.bit_rate);
  w.u32(static_cast<uint32_t>(f.extradata.size()));
  w.out.insert(w.out.end(), f.extradata.begin(), f.extradata.end());
  RETURN_IF_ERROR(impl->put(w.out));
  return std::unique_ptr<PacketFileWriter>(new PacketFileWriter(std::move(impl)));
}

base::Status PacketFileWriter::write(const Packet& p) {
  if (impl_->finished || impl_->noted) {
    return base::internal("packet file: a packet came after the end");
  }
  if (p.data.size() > kMaxData) return base::internal("packet file: a packet is too large");
  FieldWriter w;
  w.text(kPacketMark);
  w.u32(p.key ? 1 : 0);
  w.i64(p.pts);
  w.i64(p.dts);
  w.i64(p.duration);
  w.u32(static_cast<uint32_t>(p.data.size()));
  RETURN_IF_ERROR(impl_->put(w.out));
  RETURN_IF_ERROR(impl_->put(p.data));
  impl_->data_bytes += p.data.size();
  ++impl_->packets;
  return {};
}

base::Status PacketFileWriter::note(const std::string& text) {
  if (impl_->finished) return base::internal("packet file: notes came after the end");
  if (std::exchange(impl_->noted, true)) return base::internal("packet file: notes came twice");
  if (text.empty() || text.size() > kMaxNotes) {
    return base::internal("packet file: notes of an impossible length");
  }
  FieldWriter w;
  w.text(kNotesMark);
  w.u32(static_cast<uint32_t>(text.size()));
  RETURN_IF_ERROR(impl_->put(w.out));
  return impl_->put(std::as_bytes(std::span(text)));
}

base::Status PacketFileWriter::finish() {
  if (std::exchange(impl_->finished, true)) return base::internal("packet file: finished twice");
  FieldWriter w;
  w.text(kEndMark);
  w.u32(0);
  w.i64(impl_->packets);
  w.u64(impl_->data_bytes);
  RETURN_IF_ERROR(impl_->put(w.out));
  return impl_->put(impl_->hash.digest());
}

uint64_t PacketFileWriter::bytes() const { return impl_->position; }
int64_t PacketFileWriter::packets() const { return impl_->packets; }

struct PacketFileReader::Impl {
  const base::ByteSource& source;
  Hash hash;
  TrackFormat format;
  uint64_t position = 0;
  uint64_t packets_end = 0;  // where the trailer begins
  int64_t packets = 0;       // stated
  uint64_t data_bytes = 0;
  int64_t seen = 0;
  uint64_t seen_bytes = 0;
  bool checked = false;
  std::string notes;

  explicit Impl(const base::ByteSource& s) : source(s) {}
  base::Status read_exactly(uint64_t at, std::span<std::byte> out) const {
    ASSIGN_OR_RETURN(const size_t n, source.read_at(at, out));
    if (n != out.size()) return damaged("it is shorter than it was");
    return {};
  }
  // The next bytes, counted in the hash.
  base::Status take(std::span<std::byte> out) {
    if (out.empty()) return {};
    RETURN_IF_ERROR(read_exactly(position, out));
    hash.add(out);
    position += out.size();
    return {};
  }
  base::Status read_header();
  base::Status read_trailer();
  base::Result<bool> take_notes();
  base::Status check_end();
};

base::Status PacketFileReader::Impl::read_header() {
  std::array<std::byte, kHeaderBytes> bytes;
  RETURN_IF_ERROR(take(bytes));
  FieldReader in(bytes);
  if (!in.is(kMagic)) return base::corrupt("is not a packet file");
  const uint32_t version = in.u32();
  if (version != kVersion) {
    return base::unsupported("packet file of version " + std::to_string(version));
  }
  const uint32_t codec = in.u32();
  if (codec > UINT8_MAX || name_of(static_cast<Codec>(codec)).empty()) {
    return damaged("unknown codec");
  }
  format.codec = static_cast<Codec>(codec);
  const int64_t num = in.i64();
  const int64_t den = in.i64();
  if (num <= 0 || den <= 0) return damaged("impossible time base");
  format.time_base = Rational(num, den);
  for (int* field : {&format.width, &format.height, &format.sample_rate, &format.channels,
                     &format.priming, &format.reorder}) {
    const uint32_t v = in.u32();
    if (v > INT32_MAX) return damaged("impossible track format");
    *field = static_cast<int>(v);
  }
  format.bit_rate = in.i64();
  const uint32_t extradata = in.u32();
  if (extradata > kMaxExtradata || extradata > packets_end - position) {
    return damaged("its header is too long");
  }
  format.extradata.resize(extradata);
  RETURN_IF_ERROR(take(format.extradata));
  return check_format(format);
}

base::Status PacketFileReader::Impl::read_trailer() {
  std::array<std::byte, kTrailerBytes> bytes;
  RETURN_IF_ERROR(read_exactly(packets_end, bytes));
  FieldReader in(bytes);
  if (!in.is(kEndMark) || in.u32() != 0) return damaged("it was not finished");
  packets = in.i64();
  data_bytes = in.u64();
  if (packets < 0 || static_cast<uint64_t>(packets) > packets_end / kPacketBytes ||
      data_bytes > packets_end) {
    return damaged("impossible counts");
  }
  return {};
}

// False if something else comes next.
base::Result<bool> PacketFileReader::Impl::take_notes() {
  constexpr size_t kHead = 8;
  if (packets_end - position < kHead) return damaged("a packet breaks off");
  std::array<std::byte, kHead> head;
  RETURN_IF_ERROR(read_exactly(position, head));
  FieldReader in(head);
  if (!in.is(kNotesMark)) return false;
  const uint32_t size = in.u32();
  if (size == 0 || size > kMaxNotes || size != packets_end - position - kHead) {
    return damaged("its notes have an impossible length");
  }
  RETURN_IF_ERROR(take(head));
  notes.resize(size);
  RETURN_IF_ERROR(take(std::as_writable_bytes(std::span(notes))));
  return true;
}

base::Status PacketFileReader::Impl::check_end() {
  if (checked) return {};
  if (seen != packets || seen_bytes != data_bytes) return damaged("its counts are wrong");
  std::array<std::byte, kTrailerBytes> bytes;
  RETURN_IF_ERROR(read_exactly(packets_end, bytes));
  const auto fields = std::span<const std::byte>(bytes);
  hash.add(fields.first(kTrailerBytes - kHashBytes));
  const auto digest = hash.digest();
  if (std::memcmp(digest.data(), fields.last(kHashBytes).data(), kHashBytes) != 0) {
    return damaged("its hash is wrong");
  }
  checked = true;
  return {};
}

PacketFileReader::PacketFileReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PacketFileReader::~PacketFileReader() = default;

base::Result<std::unique_ptr<PacketFileReader>> PacketFileReader::open(
    const base::ByteSource& source) {
  auto impl = std::make_unique<Impl>(source);
  if (source.size() < kHeaderBytes + kTrailerBytes) return damaged("it is too short");
  impl->packets_end = source.size() - kTrailerBytes;
  RETURN_IF_ERROR(impl->read_header());
  RETURN_IF_ERROR(impl->read_trailer());
  return std::unique_ptr<PacketFileReader>(new PacketFileReader(std::move(impl)));
}

const std::string& PacketFileReader::notes() const { return impl_->notes; }
const TrackFormat& PacketFileReader::format() const { return impl_->format; }
int64_t PacketFileReader::packets() const { return impl_->packets; }
uint64_t PacketFileReader::data_bytes() const { return impl_->data_bytes; }

base::Result<std::optional<Packet>> PacketFileReader::next() {
  Impl& m = *impl_;
  if (m.position == m.packets_end) {
    RETURN_IF_ERROR(m.check_end());
    return std::optional<Packet>();
  }
  ASSIGN_OR_RETURN(const bool notes, m.take_notes());
  if (notes) return next();
  if (m.packets_end - m.position < kPacketBytes) return damaged("a packet breaks off");
  std::array<std::byte, kPacketBytes> head;
  RETURN_IF_ERROR(m.take(head));
  FieldReader in(head);
  if (!in.is(kPacketMark)) return damaged("a packet's mark is missing");
  const uint32_t flags = in.u32();
  if (flags > 1) return damaged("a packet's flags are unknown");
  Packet p;
  p.key = flags == 1;
  p.pts = in.i64();
  p.dts = in.i64();
  p.duration = in.i64();
  const uint32_t size = in.u32();
  if (size > kMaxData || size > m.packets_end - m.position) return damaged("a packet breaks off");
  p.data.resize(size);
  RETURN_IF_ERROR(m.take(p.data));
  ++m.seen;
  m.seen_bytes += size;
  return std::optional<Packet>(std::move(p));
}

}  // namespace rushes::media
