#pragma once

// The colours of a GIF: those that stand for all that a stretch of video shows with the least
// error. Whole numbers and exact steps alone: the same on every machine. Internal to this layer.

#include <array>
#include <cstdint>
#include <vector>

#include "frame/frame.h"

namespace rushes::media {

// BT.709, limited range, as kWorking has it: what is measured and compared.
struct Ycc {
  uint8_t y = 16, cb = 128, cr = 128;
  friend bool operator==(const Ycc&, const Ycc&) = default;
};
struct Rgb {
  uint8_t r = 0, g = 0, b = 0;
};
Rgb to_rgb(const Ycc& color);
Ycc to_ycc(const Rgb& color);

// How unlike two colours look: brightness counts most.
inline constexpr int kWeights[3] = {3, 1, 1};

// The pixels of a kWorking picture, rows without padding, with chroma beside each: linear between
// the samples that are there.
void full_color(const frame::Frame& picture, std::vector<Ycc>& out);

// Colours that lie close to one another share a cell.
inline constexpr int kCells = 1 << 18;
constexpr int cell_of(const Ycc& c) { return c.y >> 2 << 12 | c.cb >> 2 << 6 | c.cr >> 2; }

// How often each colour is seen.
class ColorCounts {
 public:
  ColorCounts() : cells_(kCells) {}
  void add(const std::vector<Ycc>& pixels);

  struct Cell {
    uint64_t count = 0;
    std::array<uint64_t, 3> sum{};  // of y, cb, cr
  };
  const std::vector<Cell>& cells() const { return cells_; }

 private:
  std::vector<Cell> cells_;
};

struct PaletteOptions {
  int colors = 255;     // at most
  int refinements = 0;  // rounds in which each colour moves amid those that it stands for
};

// From dark to bright; at least one.
std::vector<Rgb> make_palette(const ColorCounts& counts, const PaletteOptions& options);

}  // namespace rushes::media
