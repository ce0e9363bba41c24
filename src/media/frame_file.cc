#include "media/frame_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "media/fields.h"

namespace rushes::media {
namespace {

using base::Result;
using base::Status;
using frame::Format;

static_assert(std::endian::native == std::endian::little, "samples are stored as they lie");

constexpr std::array<char, 8> kMagic = {'R', 'S', 'H', 'F', 'R', 'M', '\r', '\n'};
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 8 + 11 * 4;
constexpr uint32_t kMaxSide = 65535;
constexpr size_t kPieceBytes = 1 << 20;
constexpr uint32_t kAlpha = 1;
constexpr uint32_t kPremultiplied = 2;

base::Error damaged(const std::string& what) {
  return base::corrupt("frame file is damaged: " + what);
}

size_t sample_bytes(const Format& format) { return format.depth > 8 ? 2 : 1; }

size_t row_bytes(const Format& format, int width, int plane) {
  return sample_bytes(format) * static_cast<size_t>(frame::plane_width(format, width, plane));
}

uint64_t planes_bytes(const Format& format, int width, int height) {
  uint64_t total = 0;
  for (int i = 0; i < format.planes(); ++i) {
    total += uint64_t{row_bytes(format, width, i)} *
             static_cast<uint64_t>(frame::plane_height(format, height, i));
  }
  return total;
}

// The next field as one of an enum's values, which are counted from 0.
template <typename T>
Result<T> choice(FieldReader& in, T last) {
  const uint32_t value = in.u32();
  if (value > static_cast<uint32_t>(last)) return damaged("impossible format");
  return static_cast<T>(value);
}

Result<Format> read_format(FieldReader& in) {
  Format format;
  ASSIGN_OR_RETURN(format.layout, choice(in, frame::Layout::kRgb));
  const uint32_t depth = in.u32();
  if (depth < 8 || depth > 16) return damaged("impossible depth");
  format.depth = static_cast<int>(depth);
  const uint32_t flags = in.u32();
  if (flags > (kAlpha | kPremultiplied)) return damaged("unknown flags");
  format.alpha = (flags & kAlpha) != 0;
  format.premultiplied = (flags & kPremultiplied) != 0;
  ASSIGN_OR_RETURN(format.matrix, choice(in, frame::Matrix::kUnknown));
  ASSIGN_OR_RETURN(format.range, choice(in, frame::Range::kUnknown));
  ASSIGN_OR_RETURN(format.site, choice(in, frame::ChromaSite::kTopLeft));
  ASSIGN_OR_RETURN(format.transfer, choice(in, frame::Transfer::kHlg));
  return format;
}

void write_format(FieldWriter& w, const Format& format) {
  w.u32(static_cast<uint32_t>(format.layout));
  w.i32(format.depth);
  w.u32((format.alpha ? kAlpha : 0) | (format.premultiplied ? kPremultiplied : 0));
  w.u32(static_cast<uint32_t>(format.matrix));
  w.u32(static_cast<uint32_t>(format.range));
  w.u32(static_cast<uint32_t>(format.site));
  w.u32(static_cast<uint32_t>(format.transfer));
}

// Many rows at once: a row each would be thousands of calls.
size_t rows_at_once(size_t row) { return std::max<size_t>(1, kPieceBytes / row); }

Status write_plane(base::ByteSink& sink, uint64_t& at, const frame::PlaneView& plane, size_t row) {
  std::vector<std::byte> piece;
  for (int y = 0; y < plane.height;) {
    const int end = static_cast<int>(std::min<size_t>(static_cast<size_t>(plane.height),
                                                      static_cast<size_t>(y) + rows_at_once(row)));
    piece.resize(static_cast<size_t>(end - y) * row);
    for (std::byte* to = piece.data(); y < end; ++y, to += row) {
      std::memcpy(to, plane.row(y), row);
    }
    RETURN_IF_ERROR(sink.write_at(at, piece));
    at += piece.size();
  }
  return {};
}

bool fits_depth(const frame::MutablePlaneView& plane, int y, int depth) {
  uint32_t seen = 0;
  for (int x = 0; x < plane.width; ++x) seen |= plane.row16(y)[x];
  return seen >> depth == 0;
}

Status read_plane(const base::ByteSource& source, uint64_t& at,
                  const frame::MutablePlaneView& plane, size_t row, int depth) {
  std::vector<std::byte> piece;
  for (int y = 0; y < plane.height;) {
    const int end = static_cast<int>(std::min<size_t>(static_cast<size_t>(plane.height),
                                                      static_cast<size_t>(y) + rows_at_once(row)));
    piece.resize(static_cast<size_t>(end - y) * row);
    ASSIGN_OR_RETURN(const size_t read, source.read_at(at, piece));
    if (read != piece.size()) return damaged("it is shorter than it was");
    at += read;
    for (const std::byte* from = piece.data(); y < end; ++y, from += row) {
      std::memcpy(plane.row(y), from, row);
      if (depth > 8 && !fits_depth(plane, y, depth)) return damaged("a sample is out of range");
    }
  }
  return {};
}

}  // namespace

Status write_frame_file(base::ByteSink& sink, const frame::Frame& picture,
                        const std::string& notes) {
  if (notes.size() > kMaxFrameNotes) return base::internal("frame file: notes are too long");
  FieldWriter w;
  w.text(kMagic);
  w.u32(kVersion);
  write_format(w, picture.format());
  w.i32(picture.width());
  w.i32(picture.height());
  w.u32(static_cast<uint32_t>(notes.size()));
  const auto text = std::as_bytes(std::span(notes));
  w.out.insert(w.out.end(), text.begin(), text.end());
  RETURN_IF_ERROR(sink.write_at(0, w.out));
  uint64_t at = w.out.size();
  for (int i = 0; i < picture.format().planes(); ++i) {
    RETURN_IF_ERROR(
        write_plane(sink, at, picture.plane(i), row_bytes(picture.format(), picture.width(), i)));
  }
  return {};
}

Result<FrameFileReader> FrameFileReader::open(const base::ByteSource& source) {
  FrameFileReader out(source);
  std::array<std::byte, kHeaderBytes> bytes;
  ASSIGN_OR_RETURN(const size_t read, source.read_at(0, bytes));
  if (read != bytes.size()) return damaged("it is too short");
  FieldReader in(bytes);
  if (!in.is(kMagic)) return base::corrupt("is not a frame file");
  const uint32_t version = in.u32();
  if (version != kVersion) {
    return base::unsupported("frame file of version " + std::to_string(version));
  }
  ASSIGN_OR_RETURN(out.format_, read_format(in));
  const uint32_t width = in.u32();
  const uint32_t height = in.u32();
  if (width < 1 || width > kMaxSide || height < 1 || height > kMaxSide) {
    return damaged("impossible size");
  }
  out.width_ = static_cast<int>(width);
  out.height_ = static_cast<int>(height);
  const uint32_t notes = in.u32();
  if (notes > kMaxFrameNotes) return damaged("its notes are too long");
  out.planes_at_ = kHeaderBytes + notes;
  if (source.size() != out.planes_at_ + planes_bytes(out.format_, out.width_, out.height_)) {
    return damaged("its length is not that of its picture");
  }
  out.notes_.resize(notes);
  ASSIGN_OR_RETURN(const size_t noted,
                   source.read_at(kHeaderBytes, std::as_writable_bytes(std::span(out.notes_))));
  if (noted != notes) return damaged("it is shorter than it was");
  return out;
}

Result<frame::Frame> FrameFileReader::read() const {
  frame::FrameBuffer picture(format_, width_, height_);
  uint64_t at = planes_at_;
  for (int i = 0; i < format_.planes(); ++i) {
    RETURN_IF_ERROR(
        read_plane(*source_, at, picture.plane(i), row_bytes(format_, width_, i), format_.depth));
  }
  return std::move(picture).freeze();
}

}  // namespace rushes::media
