#include "text/ass_compose.h"

#include <algorithm>

namespace rushes::text {
namespace {

constexpr int kFarApart = 64;  // rows

struct Band {
  int top, bottom, left, right;
};

bool has_ink(const ASS_Image& image) {
  return image.w > 0 && image.h > 0 && (image.color & 0xFF) != 0xFF;
}

std::vector<Band> bands_of(const ASS_Image* images) {
  std::vector<Band> bands;
  for (const ASS_Image* i = images; i != nullptr; i = i->next) {
    if (has_ink(*i)) bands.push_back({i->dst_y, i->dst_y + i->h, i->dst_x, i->dst_x + i->w});
  }
  std::sort(bands.begin(), bands.end(), [](const Band& a, const Band& b) { return a.top < b.top; });
  std::vector<Band> merged;
  for (const Band& b : bands) {
    if (merged.empty() || b.top > merged.back().bottom + kFarApart) {
      merged.push_back(b);
      continue;
    }
    Band& last = merged.back();
    last = {last.top, std::max(last.bottom, b.bottom), std::min(last.left, b.left),
            std::max(last.right, b.right)};
  }
  return merged;
}

// a * b / 255, rounded to nearest.
uint32_t times(uint32_t a, uint32_t b) {
  const uint32_t t = a * b + 128;
  return (t + (t >> 8)) >> 8;
}

void blend(const ASS_Image& image, const Band& band, frame::Bitmap& out) {
  const uint32_t r = image.color >> 24, g = image.color >> 16 & 0xFF, b = image.color >> 8 & 0xFF;
  const uint32_t opacity = 255 - (image.color & 0xFF);
  for (int y = 0; y < image.h; ++y) {
    const unsigned char* mask = image.bitmap + static_cast<ptrdiff_t>(y) * image.stride;
    uint32_t* row =
        out.pixels.data() +
        static_cast<size_t>(image.dst_y + y - band.top) * static_cast<size_t>(out.width) +
        (image.dst_x - band.left);
    for (int x = 0; x < image.w; ++x) {
      const uint32_t a = times(mask[x], opacity);
      if (a == 0) continue;
      const uint32_t under = row[x], keep = 255 - a;
      const auto over = [&](uint32_t color, int shift) {
        return std::min(times(color, a) + times(under >> shift & 0xFF, keep), 255u) << shift;
      };
      row[x] = over(b, 0) | over(g, 8) | over(r, 16) | over(255, 24);
    }
  }
}

// libass pads its masks: only what has ink is kept. Null if nothing has.
std::shared_ptr<const frame::Bitmap> cropped(frame::Bitmap all, Band& band) {
  Band ink{all.height, -1, all.width, -1};
  for (int y = 0; y < all.height; ++y) {
    const uint32_t* row = all.pixels.data() + static_cast<ptrdiff_t>(y) * all.width;
    for (int x = 0; x < all.width; ++x) {
      if (row[x] == 0) continue;
      ink = {std::min(ink.top, y), y, std::min(ink.left, x), std::max(ink.right, x)};
    }
  }
  if (ink.bottom < 0) return nullptr;
  auto out = std::make_shared<frame::Bitmap>();
  out->width = ink.right - ink.left + 1;
  out->height = ink.bottom - ink.top + 1;
  for (int y = ink.top; y <= ink.bottom; ++y) {
    const auto row = all.pixels.begin() + static_cast<ptrdiff_t>(y) * all.width;
    out->pixels.insert(out->pixels.end(), row + ink.left, row + ink.right + 1);
  }
  band.left += ink.left;
  band.top += ink.top;
  return out;
}

}  // namespace

std::vector<Sprite> compose(const ASS_Image* images) {
  std::vector<Sprite> out;
  for (Band band : bands_of(images)) {
    frame::Bitmap bitmap;
    bitmap.width = band.right - band.left;
    bitmap.height = band.bottom - band.top;
    bitmap.pixels.assign(static_cast<size_t>(bitmap.width) * static_cast<size_t>(bitmap.height), 0);
    for (const ASS_Image* i = images; i != nullptr; i = i->next) {
      const bool here = i->dst_y >= band.top && i->dst_y + i->h <= band.bottom;
      if (has_ink(*i) && here) blend(*i, band, bitmap);
    }
    Sprite sprite;
    sprite.bitmap = cropped(std::move(bitmap), band);
    if (!sprite.bitmap) continue;
    sprite.x = band.left;
    sprite.y = band.top;
    out.push_back(std::move(sprite));
  }
  return out;
}

}  // namespace rushes::text
