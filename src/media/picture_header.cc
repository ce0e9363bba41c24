#include "media/picture_header.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>

#include "media/upright.h"

namespace rushes::media {
namespace {

using Bytes = std::span<const std::byte>;

uint32_t at(Bytes b, size_t i) { return i < b.size() ? std::to_integer<uint32_t>(b[i]) : 0; }
uint32_t be16(Bytes b, size_t i) { return at(b, i) << 8 | at(b, i + 1); }
uint32_t be32(Bytes b, size_t i) { return be16(b, i) << 16 | be16(b, i + 2); }
uint32_t le16(Bytes b, size_t i) { return at(b, i) | at(b, i + 1) << 8; }
uint32_t le24(Bytes b, size_t i) { return le16(b, i) | at(b, i + 2) << 16; }
uint32_t le32(Bytes b, size_t i) { return le16(b, i) | le16(b, i + 2) << 16; }

bool has(Bytes b, size_t i, std::string_view text) {
  return i <= b.size() && text.size() <= b.size() - i &&
         std::memcmp(b.data() + i, text.data(), text.size()) == 0;
}

// The orientation in a TIFF structure: the first directory's tag 0x0112.
Orientation exif_orientation(Bytes tiff) {
  if (has(tiff, 0, std::string_view("Exif\0\0", 6))) tiff = tiff.subspan(6);
  const bool little = has(tiff, 0, "II");
  if (!little && !has(tiff, 0, "MM")) return {};
  const auto u16 = [&](size_t i) { return little ? le16(tiff, i) : be16(tiff, i); };
  const auto u32 = [&](size_t i) { return little ? le32(tiff, i) : be32(tiff, i); };
  const size_t directory = u32(4);
  if (directory + 2 > tiff.size()) return {};
  const size_t entries = u16(directory);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.size()) break;
    if (u16(entry) == 0x0112 && u16(entry + 2) == 3)
      return from_exif(static_cast<int>(u16(entry + 8)));
  }
  return {};
}

// "sRGB" in plain letters or in UTF-16.
bool says_srgb(Bytes profile) {
  std::string letters;
  letters.reserve(profile.size());
  for (const std::byte b : profile) {
    if (b != std::byte{0}) {
      letters.push_back(static_cast<char>(std::tolower(std::to_integer<unsigned char>(b))));
    }
  }
  return letters.find("srgb") != std::string::npos;
}

bool is_frame_header(uint32_t marker) {  // SOF0 to SOF15 without DHT, JPG and DAC
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// What may follow entropy-coded bytes: tables, the next scan, the end, comments. Anything else is
// damage within them.
bool ends_entropy(uint32_t marker) {
  return marker == 0xC4 || (marker >= 0xD9 && marker <= 0xDD) ||
         (marker >= 0xE0 && marker <= 0xEF) || marker == 0xFE;
}

// The next marker after entropy-coded bytes: the position of its 0xFF, or the end.
size_t past_entropy(Bytes file, size_t i) {
  while (i + 1 < file.size()) {
    const void* found = std::memchr(file.data() + i, 0xFF, file.size() - 1 - i);
    if (found == nullptr) return file.size();
    i = static_cast<size_t>(static_cast<const std::byte*>(found) - file.data());
    const uint32_t next = at(file, i + 1);
    if (ends_entropy(next)) return i;
    i += next == 0xFF ? 1 : 2;
  }
  return file.size();
}

void parse_jpeg_segment(uint32_t marker, Bytes body, PictureHeader& h) {
  if (is_frame_header(marker) && h.width == 0) {
    h.depth = static_cast<int>(at(body, 0));
    h.height = be16(body, 1);
    h.width = be16(body, 3);
    h.components = static_cast<int>(at(body, 5));
    const uint32_t luma = at(body, 7);
    const uint32_t chroma = at(body, 10);
    if (h.components == 3 && (chroma >> 4) != 0 && (chroma & 15) != 0) {
      h.luma_x = static_cast<int>((luma >> 4) / (chroma >> 4));
      h.luma_y = static_cast<int>((luma & 15) / (chroma & 15));
    }
  } else if (marker == 0xE1 && has(body, 0, std::string_view("Exif\0", 5))) {
    h.orientation = exif_orientation(body);
  } else if (marker == 0xE2 && has(body, 0, std::string_view("ICC_PROFILE\0", 12))) {
    // A profile may lie in several segments; its description stands in the first.
    if (at(body, 12) == 1) h.foreign_profile = !says_srgb(body);
  }
}

base::Result<PictureHeader> parse_jpeg(Bytes file) {
  PictureHeader h;
  h.kind = Sniffed::kJpeg;
  size_t i = 2;
  size_t end = 0;
  while (i + 1 < file.size()) {
    if (at(file, i) != 0xFF) {  // stray bytes between segments
      ++i;
      continue;
    }
    const uint32_t marker = at(file, i + 1);
    if (marker == 0xFF) {
      ++i;
      continue;
    }
    i += 2;
    if (marker == 0xD9) {
      end = i;
      break;
    }
    if (marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;
    const size_t length = be16(file, i);
    if (length < 2) return base::corrupt("JPEG segment of length " + std::to_string(length));
    if (i + length > file.size()) break;
    parse_jpeg_segment(marker, file.subspan(i + 2, length - 2), h);
    i += length;
    if (marker == 0xDA) i = past_entropy(file, i);
  }
  if (end == 0) h.truncated = "the JPEG breaks off: its end marker is missing";
  if (h.width == 0 && h.height == 0) {
    return base::corrupt(end == 0 ? "the JPEG breaks off before its size is told"
                                  : "the JPEG holds no picture");
  }
  h.payload.push_back(file.first(end == 0 ? file.size() : end));
  return h;
}

// Chunks that decide pixels. All others are left out of what the decoder sees.
bool is_pixel_chunk(Bytes file, size_t name) {
  return has(file, name, "IHDR") || has(file, name, "PLTE") || has(file, name, "tRNS") ||
         has(file, name, "IDAT") || has(file, name, "IEND");
}

void parse_ihdr(Bytes body, PictureHeader& h) {
  h.width = be32(body, 0);
  h.height = be32(body, 4);
  h.depth = static_cast<int>(at(body, 8));
  const uint32_t type = at(body, 9);
  h.alpha = type == 4 || type == 6;
  h.components = (type == 0 ? 1 : type == 4 ? 2 : type == 6 ? 4 : 3);
}

base::Result<PictureHeader> parse_png(Bytes file) {
  PictureHeader h;
  h.kind = Sniffed::kPng;
  h.payload.push_back(file.first(8));
  bool ended = false;
  bool first = true;
  for (size_t i = 8; !ended && i + 8 <= file.size();) {
    const size_t length = be32(file, i);
    const size_t name = i + 4;
    if (length > 0x7FFFFFFF)
      return base::corrupt("PNG chunk of " + std::to_string(length) + " bytes");
    if (first && (!has(file, name, "IHDR") || length != 13)) {
      return base::corrupt("the PNG does not begin with its header");
    }
    if (file.size() - i < 12 || length > file.size() - i - 12) break;
    const Bytes body = file.subspan(i + 8, length);
    if (has(file, name, "IHDR")) {
      if (!first) return base::corrupt("the PNG has two headers");
      parse_ihdr(body, h);
    } else if (has(file, name, "tRNS")) {
      h.alpha = true;
    } else if (has(file, name, "acTL")) {
      h.animated = be32(body, 0) > 1;
    } else if (has(file, name, "eXIf")) {
      h.orientation = exif_orientation(body);
    } else if (has(file, name, "iCCP")) {
      h.foreign_profile = !says_srgb(body.first(std::min<size_t>(body.size(), 79)));
    }
    ended = has(file, name, "IEND");
    if (is_pixel_chunk(file, name)) h.payload.push_back(file.subspan(i, length + 12));
    first = false;
    i += length + 12;
  }
  if (first) return base::corrupt("the PNG breaks off before its size is told");
  if (!ended) h.truncated = "the PNG breaks off: its end is missing";
  return h;
}

// The first chunk of a picture's bitstream tells the size.
void parse_webp_bitstream(Bytes file, size_t name, PictureHeader& h) {
  const size_t body = name + 8;
  if (has(file, name, "VP8L")) {
    h.lossless = true;
    h.alpha = h.alpha || (at(file, body + 4) & 0x10) != 0;
    if (h.width == 0) {
      const uint32_t bits = le32(file, body + 1);
      h.width = (bits & 0x3FFF) + 1;
      h.height = (bits >> 14 & 0x3FFF) + 1;
    }
  } else if (h.width == 0) {
    h.width = le16(file, body + 6) & 0x3FFF;
    h.height = le16(file, body + 8) & 0x3FFF;
  }
}

// A file that is marked as animated and has but one frame, of the whole canvas, is a still: some
// programs write every picture so. As decoders of stills take it.
void take_only_frame(Bytes frame, PictureHeader& h) {
  constexpr size_t kFrameHeader = 16;
  if (frame.size() < kFrameHeader + 8 || le24(frame, 0) != 0 || le24(frame, 3) != 0 ||
      le24(frame, 6) + 1 != h.width || le24(frame, 9) + 1 != h.height) {
    return;
  }
  const Bytes chunks = frame.subspan(kFrameHeader);
  for (size_t i = 0; i + 8 <= chunks.size();) {
    const size_t length = le32(chunks, i + 4);
    if (has(chunks, i, "VP8 ") || has(chunks, i, "VP8L")) parse_webp_bitstream(chunks, i, h);
    if (has(chunks, i, "ALPH")) h.alpha = true;
    if (length > chunks.size() - i - 8) break;
    i += 8 + length + length % 2;
  }
  std::vector<std::byte> head;
  const auto put = [&](std::string_view text) {
    for (const char c : text) head.push_back(static_cast<std::byte>(c));
  };
  const auto put_number = [&](uint64_t v, int bytes) {
    for (int i = 0; i < bytes; ++i) head.push_back(static_cast<std::byte>(v >> (8 * i)));
  };
  put("RIFF");
  put_number(4 + 18 + chunks.size(), 4);
  put("WEBPVP8X");
  put_number(10, 4);
  put_number(h.alpha ? 0x10 : 0, 4);
  put_number(static_cast<uint64_t>(h.width - 1), 3);
  put_number(static_cast<uint64_t>(h.height - 1), 3);
  h.made = std::make_shared<const std::vector<std::byte>>(std::move(head));
  h.payload = {*h.made, chunks};
  h.animated = false;
}

base::Result<PictureHeader> parse_webp(Bytes file) {
  PictureHeader h;
  h.kind = Sniffed::kWebp;
  const size_t riff = size_t{le32(file, 4)} + 8;
  if (riff > file.size()) {
    h.truncated = "the WebP breaks off: it has " + std::to_string(file.size()) + " of " +
                  std::to_string(riff) + " bytes";
  }
  bool picture = false;
  int frames = 0;
  Bytes frame;
  const size_t end = std::min(riff, file.size());
  for (size_t i = 12; i + 8 <= end;) {
    const size_t length = le32(file, i + 4);
    const Bytes body = file.subspan(i + 8, std::min<size_t>(length, end - i - 8));
    if (has(file, i, "VP8X")) {
      const uint32_t flags = at(body, 0);
      h.animated = (flags & 0x02) != 0;
      h.alpha = (flags & 0x10) != 0;
      h.width = le24(body, 4) + 1;
      h.height = le24(body, 7) + 1;
    } else if (has(file, i, "VP8 ") || has(file, i, "VP8L")) {
      picture = true;
      parse_webp_bitstream(file, i, h);
    } else if (has(file, i, "ALPH")) {
      h.alpha = true;
    } else if (has(file, i, "ANMF")) {
      ++frames;
      frame = body;
    } else if (has(file, i, "EXIF")) {
      h.orientation = exif_orientation(body);
    } else if (has(file, i, "ICCP")) {
      h.foreign_profile = !says_srgb(body);
    }
    if (length > end - i - 8) break;
    i += 8 + length + length % 2;
  }
  if (!picture && !h.animated) return base::corrupt("the WebP holds no picture");
  h.payload.push_back(file.first(end));
  if (h.animated && frames == 1) take_only_frame(frame, h);
  return h;
}

}  // namespace

base::Result<PictureHeader> parse_picture(Sniffed kind, Bytes file) {
  switch (kind) {
    case Sniffed::kJpeg: return parse_jpeg(file);
    case Sniffed::kPng: return parse_png(file);
    case Sniffed::kWebp: return parse_webp(file);
    case Sniffed::kOther: break;
  }
  return base::invalid_argument("is not a JPEG, PNG or WebP picture");
}

base::Status check_size(const PictureHeader& h, int64_t max_pixels) {
  const std::string size = std::to_string(h.width) + "x" + std::to_string(h.height);
  if (h.width <= 0 || h.height <= 0) return base::corrupt("the picture is " + size + " pixels");
  constexpr int64_t kMaxSide = 1 << 16;
  if (h.width > kMaxSide || h.height > kMaxSide || h.width * h.height > max_pixels) {
    return base::invalid_argument("the picture is " + size + " pixels; at most " +
                                  std::to_string(max_pixels) + " pixels are read, " +
                                  std::to_string(kMaxSide) + " a side");
  }
  size_t bytes = 0;
  for (const auto& part : h.payload) bytes += part.size();
  // The least that a picture of this size takes: deflate shrinks no more than 1032 times; a JPEG
  // spends a bit on each of its 8x8 blocks.
  const int64_t pixels = h.width * h.height;
  int64_t least = 0;
  if (h.kind == Sniffed::kPng) least = pixels * h.depth / 8 / 1032;
  if (h.kind == Sniffed::kJpeg) least = pixels / 64 / 8;
  if (static_cast<int64_t>(bytes) < least) {
    return base::corrupt("the picture claims " + size + " pixels, which its " +
                         std::to_string(bytes) + " bytes cannot hold");
  }
  return {};
}

}  // namespace rushes::media
