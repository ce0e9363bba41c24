#include "media/gif_file.h"

#include <string_view>
#include <vector>

namespace rushes::media {
namespace {

void put_short(std::vector<std::byte>& out, int value) {
  out.push_back(std::byte(value & 0xFF));
  out.push_back(std::byte(value >> 8 & 0xFF));
}

void put_text(std::vector<std::byte>& out, std::string_view text) {
  for (const char c : text) out.push_back(std::byte(c));
}

}  // namespace

base::Status GifFile::put(std::span<const std::byte> bytes) {
  RETURN_IF_ERROR(sink_.write_at(position_, bytes));
  position_ += bytes.size();
  return {};
}

base::Status GifFile::begin() {
  if (format_.width > UINT16_MAX || format_.height > UINT16_MAX) {
    return base::internal("GIF: the picture is too large");
  }
  std::vector<std::byte> out;
  put_text(out, "GIF89a");
  put_short(out, format_.width);
  put_short(out, format_.height);
  // No colours for all images, eight bits each, square pixels.
  for (const int v : {0x70, 0, 0}) out.push_back(std::byte(v));
  // Once more, without end.
  put_text(out, "\x21\xFF\x0BNETSCAPE2.0\x03\x01");
  put_short(out, 0);
  out.push_back(std::byte{0});
  return put(out);
}

base::Status GifFile::write(const Packet& packet) {
  const auto hundredths = [&](int64_t n) {
    return (Rational(n) * format_.time_base * 100).round();
  };
  const int64_t delay = hundredths(packet.pts + packet.duration) - hundredths(packet.pts);
  if (packet.data.size() < kGifDelayAt + 2 || delay < 1 || delay > UINT16_MAX) {
    return base::internal("GIF: an image of impossible size or time");
  }
  std::vector<std::byte> image = packet.data;
  image[kGifDelayAt] = std::byte(delay & 0xFF);
  image[kGifDelayAt + 1] = std::byte(delay >> 8 & 0xFF);
  return put(image);
}

base::Status GifFile::finish() {
  const std::byte trailer{0x3B};
  return put({&trailer, 1});
}

}  // namespace rushes::media
