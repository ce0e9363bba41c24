#pragma once

// Pictures in the colours of a palette. Between two of them a pixel takes the one or the other by
// its place alone (ordered dithering): what stands still does so in every frame. Internal to this
// layer.

#include <cstdint>
#include <vector>

#include "media/palette.h"

namespace rushes::media {

class Dither {
 public:
  // 1 to 256 colours.
  explicit Dither(const std::vector<Rgb>& palette);
  // Of the palette's, for a pixel at a place.
  uint8_t color(const Ycc& pixel, int x, int y);

 private:
  // Of a cell: the nearest colour, and the one that it is mixed with.
  struct Mix {
    int length = -1;  // squared, from one to the other; 0: no mix; -1: not known yet
    uint8_t nearest = 0, other = 0;
  };
  Mix mix_of(const Ycc& middle) const;

  std::vector<Ycc> colors_;
  std::vector<Mix> mixes_;
};

}  // namespace rushes::media
