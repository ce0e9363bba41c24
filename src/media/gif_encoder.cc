#include "media/gif_encoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <utility>

#include "media/lzw.h"
#include "media/picture_coder.h"

namespace rushes::media {
namespace {

// Of 256 one is transparent.
constexpr int kColors = 255;
constexpr int kTransparent = 255;

// Frames that are held, for one palette. About as many as a segment has.
constexpr int kMostHeld = 128;

// By how many codes a pixel may differ from what it was when it was drawn, and stay: noise is not
// drawn anew.
constexpr int kStillLuma = 2, kStillChroma = 3;

bool is_still(const Ycc& a, const Ycc& b) {
  return std::abs(a.y - b.y) <= kStillLuma && std::abs(a.cb - b.cb) <= kStillChroma &&
         std::abs(a.cr - b.cr) <= kStillChroma;
}

void put_short(std::vector<std::byte>& out, int value) {
  out.push_back(std::byte(value & 0xFF));
  out.push_back(std::byte(value >> 8 & 0xFF));
}

// The colours that an image has, in the order of the palette; what is transparent comes last.
class OwnColors {
 public:
  explicit OwnColors(const std::vector<uint8_t>& symbols) {
    std::array<bool, 256> used{};
    for (const uint8_t s : symbols) used[s] = true;
    for (size_t i = 0; i < used.size(); ++i) {
      if (!used[i]) continue;
      place_[i] = static_cast<uint8_t>(count_++);
      if (i != kTransparent) colors_.push_back(static_cast<uint8_t>(i));
    }
    has_transparent_ = used[kTransparent];
  }
  uint8_t place(uint8_t symbol) const { return place_[symbol]; }
  bool has_transparent() const { return has_transparent_; }
  // Of a table that holds them all: 2 to this.
  int bits() const {
    return std::max(1, static_cast<int>(std::bit_width(static_cast<unsigned>(count_ - 1))));
  }
  void put_table(const std::vector<Rgb>& palette, std::vector<std::byte>& out) const {
    for (size_t i = 0; i < size_t{1} << bits(); ++i) {
      const Rgb c = i < colors_.size() ? palette[colors_[i]] : Rgb{};
      for (const uint8_t v : {c.r, c.g, c.b}) out.push_back(std::byte(v));
    }
  }

 private:
  std::array<uint8_t, 256> place_{};
  std::vector<uint8_t> colors_;
  int count_ = 0;
  bool has_transparent_ = false;
};

}  // namespace

GifEncoder::GifEncoder(const GifOptions& options) : options_(options) {}

void GifEncoder::send(const frame::Frame& picture) {
  held_.push_back(picture);
  if (static_cast<int>(held_.size()) >= options_.group) encode_group();
}

void GifEncoder::finish() {
  if (!held_.empty()) encode_group();
}

std::optional<Packet> GifEncoder::receive() {
  if (ready_.empty()) return std::nullopt;
  Packet out = std::move(ready_.front());
  ready_.pop_front();
  return out;
}

void GifEncoder::encode_group() {
  ColorCounts counts;
  for (const frame::Frame& f : held_) {
    full_color(f, pixels_);
    counts.add(pixels_);
  }
  palette_ = make_palette(counts, {.colors = kColors, .refinements = options_.refinements});
  Dither dither(palette_);
  shown_.clear();
  for (frame::Frame& f : held_) {
    full_color(f, pixels_);
    f = {};
    Packet packet{.pts = frames_, .dts = frames_, .duration = 1, .key = shown_.empty()};
    ++frames_;
    const Area area = change(dither);
    packet.data = image(area, true);
    if (!packet.key) {
      // What stays may be drawn again where that is shorter.
      std::vector<std::byte> part = image(area, false);
      if (part.size() <= packet.data.size()) packet.data = std::move(part);
    }
    ready_.push_back(std::move(packet));
  }
  held_.clear();
}

GifEncoder::Area GifEncoder::change(Dither& dither) {
  const int width = options_.width;
  const int height = options_.height;
  const bool whole = shown_.empty();
  if (whole) {
    shown_.resize(pixels_.size());
    drawn_ = pixels_;
  }
  changed_.assign(pixels_.size(), whole ? 1 : 0);
  Area area{.left = width, .top = height, .right = 0, .bottom = 0};
  size_t i = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x, ++i) {
      if (!whole && is_still(pixels_[i], drawn_[i])) continue;
      drawn_[i] = pixels_[i];
      const uint8_t color = dither.color(pixels_[i], x, y);
      if (!whole && color == shown_[i]) continue;
      shown_[i] = color;
      changed_[i] = 1;
      area = {.left = std::min(area.left, x),
              .top = std::min(area.top, y),
              .right = std::max(area.right, x + 1),
              .bottom = y + 1};
    }
  }
  // An image has one pixel at least.
  return area.bottom > 0 ? area : Area{.left = 0, .top = 0, .right = 1, .bottom = 1};
}

std::vector<std::byte> GifEncoder::image(const Area& area, bool all) const {
  std::vector<uint8_t> symbols;
  symbols.reserve(static_cast<size_t>(area.width()) * static_cast<size_t>(area.height()));
  for (int y = area.top; y < area.bottom; ++y) {
    for (int x = area.left; x < area.right; ++x) {
      const size_t i =
          static_cast<size_t>(y) * static_cast<size_t>(options_.width) + static_cast<size_t>(x);
      symbols.push_back(all || changed_[i] != 0 ? shown_[i] : uint8_t{kTransparent});
    }
  }
  const OwnColors own(symbols);
  for (uint8_t& s : symbols) s = own.place(s);

  std::vector<std::byte> out;
  // How it is shown: over what is there, until the next one.
  for (const int v : {0x21, 0xF9, 4, 1 << 2 | (own.has_transparent() ? 1 : 0)}) {
    out.push_back(std::byte(v));
  }
  put_short(out, 0);
  out.push_back(std::byte{own.has_transparent() ? own.place(kTransparent) : uint8_t{0}});
  out.push_back(std::byte{0});
  // Where, with colours of its own.
  out.push_back(std::byte{0x2C});
  for (const int v : {area.left, area.top, area.width(), area.height()}) put_short(out, v);
  out.push_back(std::byte(0x80 | (own.bits() - 1)));
  own.put_table(palette_, out);
  put_lzw(symbols, std::max(2, own.bits()), out);
  return out;
}

namespace {

class GifCoder : public PictureCoder {
 public:
  GifCoder(const GifOptions& options, TrackFormat format)
      : encoder_(options), format_(std::move(format)) {}
  const TrackFormat& format() const override { return format_; }
  base::Status send(const frame::Frame& picture, int64_t /*n*/) override {
    encoder_.send(picture);
    return {};
  }
  base::Status finish() override {
    encoder_.finish();
    return {};
  }
  base::Result<std::optional<Packet>> receive() override { return encoder_.receive(); }

 private:
  GifEncoder encoder_;
  TrackFormat format_;
};

}  // namespace

base::Result<std::unique_ptr<PictureCoder>> open_gif_coder(const VideoEncoderOptions& o) {
  if (o.preset != "fast" && o.preset != "medium") {
    return base::invalid_argument("\"" + o.preset + "\" is not a preset of GIF");
  }
  if (o.lossless || o.bitrate || o.buffer) {
    return base::invalid_argument("GIF is asked for a preset alone");
  }
  if (o.fps > 50) return base::invalid_argument("GIF has at most 50 frames a second");
  // As few groups as it takes, and none of them short.
  const int most = std::min(o.gop_frames, kMostHeld);
  const int64_t groups = (o.frames + most - 1) / most;
  const int group = groups > 1 ? static_cast<int>((o.frames + groups - 1) / groups) : most;
  const GifOptions options{.width = o.width,
                           .height = o.height,
                           .group = group,
                           .refinements = o.preset == "medium" ? 4 : 0};
  TrackFormat format;
  format.codec = Codec::kGif;
  format.time_base = Rational(1) / o.fps;
  format.width = o.width;
  format.height = o.height;
  return std::unique_ptr<PictureCoder>(std::make_unique<GifCoder>(options, std::move(format)));
}

}  // namespace rushes::media
