#include "text/color_glyph.h"

#include <hb-ot.h>

#include <algorithm>
#include <cstring>

namespace rushes::text {
namespace {

constexpr uint32_t kMaxPictureSide = 2048;

uint32_t big_endian(const unsigned char* p) {
  return static_cast<uint32_t>(p[0]) << 24 | static_cast<uint32_t>(p[1]) << 16 |
         static_cast<uint32_t>(p[2]) << 8 | p[3];
}

struct PngReader {
  const unsigned char* data;
  size_t left;
};

cairo_status_t read_png(void* closure, unsigned char* out, unsigned length) {
  auto* reader = static_cast<PngReader*>(closure);
  if (length > reader->left) return CAIRO_STATUS_READ_ERROR;
  std::memcpy(out, reader->data, length);
  reader->data += length;
  reader->left -= length;
  return CAIRO_STATUS_SUCCESS;
}

SurfaceOwned decode_png(const unsigned char* data, size_t size) {
  // The header stands first; its sides decide what the decoder would allocate.
  if (size < 24 || std::memcmp(data + 12, "IHDR", 4) != 0) return nullptr;
  if (big_endian(data + 16) > kMaxPictureSide || big_endian(data + 20) > kMaxPictureSide) {
    return nullptr;
  }
  PngReader reader{data, size};
  SurfaceOwned surface(cairo_image_surface_create_from_png_stream(read_png, &reader));
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) return nullptr;
  return surface;
}

}  // namespace

const ColorGlyphs::Face& ColorGlyphs::face(const PlacedGlyph& glyph) {
  auto [it, fresh] = faces_.try_emplace(glyph.font.get());
  Face& face = it->second;
  if (fresh) {
    face.font = glyph.font;
    hb_face_t* hb = hb_font_get_face(pango_font_get_hb_font(glyph.font.get()));
    face.pictures = hb_ot_color_has_png(hb) != 0;
    face.layered = !face.pictures && hb_ot_color_has_layers(hb) != 0;
    face.units.reset(hb_font_create(hb));
    const int em = static_cast<int>(std::max(hb_face_get_upem(hb), 1u));
    hb_font_set_scale(face.units.get(), em, em);
    face.em = em;
  }
  return face;
}

ColorGlyphs::Kind ColorGlyphs::kind(const PlacedGlyph& glyph) {
  if (glyph.unknown) return Kind::kOutline;
  const Face& f = face(glyph);
  if (f.pictures) return Kind::kPicture;
  if (!f.layered) return Kind::kOutline;
  hb_face_t* hb = hb_font_get_face(f.units.get());
  return hb_ot_color_glyph_get_layers(hb, glyph.glyph, 0, nullptr, nullptr) > 0 ? Kind::kLayers
                                                                                : Kind::kOutline;
}

std::optional<GlyphPicture> ColorGlyphs::picture(const PlacedGlyph& glyph) {
  const Face& f = face(glyph);
  const HbBlob png(hb_ot_color_glyph_reference_png(f.units.get(), glyph.glyph));
  unsigned size = 0;
  const char* data = hb_blob_get_data(png.get(), &size);
  if (size == 0) return std::nullopt;
  GlyphPicture out;
  out.surface = decode_png(reinterpret_cast<const unsigned char*>(data), size);
  hb_glyph_extents_t extents{};
  if (!out.surface || !hb_font_get_glyph_extents(f.units.get(), glyph.glyph, &extents)) {
    return std::nullopt;
  }
  const double unit = glyph.size / f.em;
  out.x = extents.x_bearing * unit;
  out.y = -extents.y_bearing * unit;
  out.width = extents.width * unit;
  out.height = -extents.height * unit;
  if (!(out.width > 0 && out.height > 0)) return std::nullopt;
  return out;
}

std::vector<GlyphLayer> ColorGlyphs::layers(const PlacedGlyph& glyph) {
  hb_face_t* hb = hb_font_get_face(face(glyph).units.get());
  constexpr unsigned kForeground = 0xFFFF;
  std::vector<hb_color_t> palette(hb_ot_color_palette_get_colors(hb, 0, 0, nullptr, nullptr));
  unsigned colors = static_cast<unsigned>(palette.size());
  hb_ot_color_palette_get_colors(hb, 0, 0, &colors, palette.data());
  std::vector<hb_ot_color_layer_t> found(
      hb_ot_color_glyph_get_layers(hb, glyph.glyph, 0, nullptr, nullptr));
  unsigned count = static_cast<unsigned>(found.size());
  hb_ot_color_glyph_get_layers(hb, glyph.glyph, 0, &count, found.data());
  std::vector<GlyphLayer> out;
  for (const hb_ot_color_layer_t& layer : found) {
    GlyphLayer l{layer.glyph, std::nullopt};
    if (layer.color_index != kForeground && layer.color_index < palette.size()) {
      const hb_color_t c = palette[layer.color_index];
      l.color = schema::Color{
          static_cast<uint8_t>(hb_color_get_red(c)), static_cast<uint8_t>(hb_color_get_green(c)),
          static_cast<uint8_t>(hb_color_get_blue(c)), static_cast<uint8_t>(hb_color_get_alpha(c))};
    }
    out.push_back(l);
  }
  return out;
}

}  // namespace rushes::text
