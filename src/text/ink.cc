#include "text/ink.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/exact_math.h"
#include "text/blur.h"
#include "text/color_glyph.h"

namespace rushes::text {
namespace {

// Device pixels; grows to hold what is added.
struct Bounds {
  double left = 1e30, top = 1e30, right = -1e30, bottom = -1e30;
  bool empty() const { return left > right; }
  void add(double l, double t, double r, double b) {
    left = std::min(left, l);
    top = std::min(top, t);
    right = std::max(right, r);
    bottom = std::max(bottom, b);
  }
  void add(const Bounds& o) {
    if (!o.empty()) add(o.left, o.top, o.right, o.bottom);
  }
  Bounds grown(double by) const {
    if (empty()) return *this;
    return {left - by, top - by, right + by, bottom + by};
  }
  Bounds moved(double x, double y) const {
    if (empty()) return *this;
    return {left + x, top + y, right + x, bottom + y};
  }
};

struct ColorPart {
  CairoPathOwned path;  // a layer
  schema::Color color;
  GlyphPicture picture;  // or a picture, in device pixels
};

// Everything of the glyphs, in device pixels.
struct Shapes {
  CairoPathOwned outline;  // of all ordinary glyphs together
  std::vector<ColorPart> colored;
  Bounds outline_bounds, colored_bounds;
};

CairoOwned context_of(cairo_surface_t* surface) { return CairoOwned(cairo_create(surface)); }

void set_color(cairo_t* cr, const schema::Color& c) {
  cairo_set_source_rgba(cr, c.r / 255.0, c.g / 255.0, c.b / 255.0, c.a / 255.0);
}

Bounds path_bounds(cairo_t* cr) {
  Bounds b;
  double l = 0, t = 0, r = 0, bottom = 0;
  cairo_path_extents(cr, &l, &t, &r, &bottom);
  if (r > l || bottom > t) b.add(l, t, r, bottom);
  return b;
}

// A frame of the size of a letter where no font has the character.
void unknown_path(cairo_t* cr, const PlacedGlyph& g) {
  const double w = g.size * 0.5, h = g.size * 0.7, line = std::max(g.size * 0.05, 0.5);
  const double x = g.x + std::max((g.advance - w) / 2, 0.0), y = g.y - h;
  cairo_rectangle(cr, x, y, w, h);
  // The other way round: a hole under the winding rule.
  cairo_move_to(cr, x + line, y + line);
  cairo_line_to(cr, x + line, y + h - line);
  cairo_line_to(cr, x + w - line, y + h - line);
  cairo_line_to(cr, x + w - line, y + line);
  cairo_close_path(cr);
}

void glyph_path(cairo_t* cr, PangoFont* font, unsigned long index, double x, double y) {
  cairo_scaled_font_t* scaled = pango_cairo_font_get_scaled_font(PANGO_CAIRO_FONT(font));
  if (scaled == nullptr) return;
  cairo_set_scaled_font(cr, scaled);
  const cairo_glyph_t glyph{index, x, y};
  cairo_glyph_path(cr, &glyph, 1);
}

CairoPathOwned take_path(cairo_t* cr, const cairo_matrix_t& matrix, Bounds& bounds) {
  cairo_identity_matrix(cr);
  bounds.add(path_bounds(cr));
  CairoPathOwned path(cairo_copy_path(cr));
  cairo_new_path(cr);
  cairo_set_matrix(cr, &matrix);
  return path;
}

void add_colored(cairo_t* cr, const PlacedGlyph& g, ColorGlyphs& colors, const Ink& ink,
                 double scale, const cairo_matrix_t& matrix, Shapes& out) {
  if (colors.kind(g) == ColorGlyphs::Kind::kLayers) {
    for (const GlyphLayer& layer : colors.layers(g)) {
      glyph_path(cr, g.font.get(), layer.glyph, g.x, g.y);
      ColorPart part;
      part.color = layer.color.value_or(ink.style->color);
      part.path = take_path(cr, matrix, out.colored_bounds);
      out.colored.push_back(std::move(part));
    }
    return;
  }
  auto picture = colors.picture(g);
  if (!picture) return;
  ColorPart part;
  part.picture = std::move(*picture);
  GlyphPicture& p = part.picture;
  p.x = (ink.x + g.x + p.x) * scale;
  p.y = (ink.y + g.y + p.y) * scale;
  p.width *= scale;
  p.height *= scale;
  out.colored_bounds.add(p.x, p.y, p.x + p.width, p.y + p.height);
  out.colored.push_back(std::move(part));
}

Shapes shapes_of(const Ink& ink, double scale) {
  // Of unbounded extent: cairo leaves out glyphs far from its surface.
  const SurfaceOwned endless(cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, nullptr));
  const CairoOwned cr = context_of(endless.get());
  cairo_set_tolerance(cr.get(), 0.05);
  cairo_matrix_t matrix;
  cairo_matrix_init(&matrix, scale, 0, 0, scale, ink.x * scale, ink.y * scale);
  cairo_set_matrix(cr.get(), &matrix);
  Shapes out;
  ColorGlyphs colors;
  std::vector<const PlacedGlyph*> plain;
  for (const PlacedGlyph& g : ink.glyphs) {
    if (colors.kind(g) == ColorGlyphs::Kind::kOutline) {
      plain.push_back(&g);
    } else {
      add_colored(cr.get(), g, colors, ink, scale, matrix, out);
    }
  }
  for (const PlacedGlyph* g : plain) {
    if (g->unknown) {
      unknown_path(cr.get(), *g);
    } else {
      glyph_path(cr.get(), g->font.get(), g->glyph, g->x, g->y);
    }
  }
  out.outline = take_path(cr.get(), matrix, out.outline_bounds);
  return out;
}

void rounded_rectangle(cairo_t* cr, const Rect& r, double radius) {
  const double q = std::min({radius, r.width / 2, r.height / 2});
  if (q <= 0) return cairo_rectangle(cr, r.x, r.y, r.width, r.height);
  const double k = q * 0.5522847498;  // of a quarter circle as a cubic
  const double x1 = r.x + r.width, y1 = r.y + r.height;
  cairo_move_to(cr, r.x + q, r.y);
  cairo_line_to(cr, x1 - q, r.y);
  cairo_curve_to(cr, x1 - q + k, r.y, x1, r.y + q - k, x1, r.y + q);
  cairo_line_to(cr, x1, y1 - q);
  cairo_curve_to(cr, x1, y1 - q + k, x1 - q + k, y1, x1 - q, y1);
  cairo_line_to(cr, r.x + q, y1);
  cairo_curve_to(cr, r.x + q - k, y1, r.x, y1 - q + k, r.x, y1 - q);
  cairo_line_to(cr, r.x, r.y + q);
  cairo_curve_to(cr, r.x, r.y + q - k, r.x + q - k, r.y, r.x + q, r.y);
  cairo_close_path(cr);
}

// One canvas in device pixels whose pixel (0, 0) is (left, top) of the box.
class Canvas {
 public:
  Canvas(const Ink& ink, double scale, const Shapes& shapes, int left, int top, int width,
         int height)
      : ink_(ink),
        scale_(scale),
        shapes_(shapes),
        left_(left),
        top_(top),
        width_(width),
        height_(height),
        surface_(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height)),
        cr_(context_of(surface_.get())) {}

  void paint() {
    draw_panel();
    if (ink_.style == nullptr) return;
    if (ink_.shadow && ink_.style->shadow && ink_.style->shadow->color.a > 0) draw_shadow();
    if (ink_.letters) {
      if (outline_width() > 0 && ink_.style->outline_color.a > 0) draw_outline();
      draw_fill();
      draw_colored(cr_.get());
    }
  }

  // Crops to the pixels that have ink.
  base::Result<std::optional<Sprite>> take() {
    cairo_surface_flush(surface_.get());
    if (cairo_status(cr_.get()) != CAIRO_STATUS_SUCCESS ||
        cairo_surface_status(surface_.get()) != CAIRO_STATUS_SUCCESS) {
      return base::resource(std::string("painting text: ") +
                            cairo_status_to_string(cairo_status(cr_.get())));
    }
    const unsigned char* data = cairo_image_surface_get_data(surface_.get());
    const auto stride = static_cast<size_t>(cairo_image_surface_get_stride(surface_.get()));
    const auto row = [&](int y) {
      return reinterpret_cast<const uint32_t*>(data + static_cast<size_t>(y) * stride);
    };
    int x0 = width_, y0 = height_, x1 = -1, y1 = -1;
    for (int y = 0; y < height_; ++y) {
      const uint32_t* p = row(y);
      for (int x = 0; x < width_; ++x) {
        if (p[x] == 0) continue;
        x0 = std::min(x0, x);
        x1 = std::max(x1, x);
        y0 = std::min(y0, y);
        y1 = y;
      }
    }
    if (x1 < 0) return std::optional<Sprite>();
    auto bitmap = std::make_shared<frame::Bitmap>();
    bitmap->width = x1 - x0 + 1;
    bitmap->height = y1 - y0 + 1;
    bitmap->pixels.reserve(static_cast<size_t>(bitmap->width) *
                           static_cast<size_t>(bitmap->height));
    for (int y = y0; y <= y1; ++y) {
      bitmap->pixels.insert(bitmap->pixels.end(), row(y) + x0, row(y) + x1 + 1);
    }
    Sprite sprite;
    sprite.bitmap = std::move(bitmap);
    sprite.x = left_ + x0;
    sprite.y = top_ + y0;
    return std::optional<Sprite>(std::move(sprite));
  }

 private:
  double outline_width() const { return ink_.style->outline_width * scale_; }

  void move_to_origin(cairo_t* cr) const {
    cairo_identity_matrix(cr);
    cairo_translate(cr, -left_, -top_);
  }

  void draw_panel() {
    if (!ink_.panel) return;
    move_to_origin(cr_.get());
    const Rect& r = ink_.panel->rect;
    rounded_rectangle(cr_.get(), {r.x * scale_, r.y * scale_, r.width * scale_, r.height * scale_},
                      ink_.panel->radius * scale_);
    set_color(cr_.get(), ink_.panel->color);
    cairo_fill(cr_.get());
  }

  // The letters' silhouette, with their outline.
  SurfaceOwned silhouette(bool with_outline) const {
    SurfaceOwned mask(cairo_image_surface_create(CAIRO_FORMAT_A8, width_, height_));
    const CairoOwned cr = context_of(mask.get());
    move_to_origin(cr.get());
    cairo_set_tolerance(cr.get(), 0.05);
    cairo_append_path(cr.get(), shapes_.outline.get());
    if (with_outline) {
      // An odd fraction of the grid: no vertex of the pen's circle falls on a rounding tie, where
      // the last bit of a sine would decide.
      cairo_set_line_width(cr.get(), 2 * outline_width() + 0.000271);
      cairo_set_line_join(cr.get(), CAIRO_LINE_JOIN_ROUND);
      cairo_set_line_cap(cr.get(), CAIRO_LINE_CAP_ROUND);
      cairo_stroke_preserve(cr.get());
    }
    cairo_fill(cr.get());
    return mask;
  }

  void draw_outline() {
    const SurfaceOwned mask = silhouette(true);
    cairo_identity_matrix(cr_.get());
    set_color(cr_.get(), ink_.style->outline_color);
    cairo_mask_surface(cr_.get(), mask.get(), 0, 0);
  }

  void draw_fill() {
    move_to_origin(cr_.get());
    cairo_set_tolerance(cr_.get(), 0.05);
    cairo_append_path(cr_.get(), shapes_.outline.get());
    if (const CairoPatternOwned gradient = gradient_pattern()) {
      cairo_set_source(cr_.get(), gradient.get());
    } else {
      set_color(cr_.get(), ink_.style->color);
    }
    cairo_fill(cr_.get());
  }

  CairoPatternOwned gradient_pattern() const {
    if (!ink_.style->gradient || ink_.style->gradient->stops.empty()) return nullptr;
    const schema::GradientContent& g = *ink_.style->gradient;
    const Rect r{ink_.gradient.x * scale_, ink_.gradient.y * scale_, ink_.gradient.width * scale_,
                 ink_.gradient.height * scale_};
    const double cx = r.x + r.width / 2, cy = r.y + r.height / 2;
    CairoPatternOwned pattern;
    if (g.radial) {
      const double reach = std::sqrt(r.width * r.width + r.height * r.height) / 2;
      pattern.reset(cairo_pattern_create_radial(cx, cy, 0, cx, cy, std::max(reach, 1e-3)));
    } else {
      const double turn = g.angle * base::kPi / 180;
      const double dx = base::exact_sin(turn), dy = -base::exact_cos(turn);
      const double half = (std::abs(dx) * r.width + std::abs(dy) * r.height) / 2;
      pattern.reset(cairo_pattern_create_linear(cx - dx * half, cy - dy * half, cx + dx * half,
                                                cy + dy * half));
    }
    for (const auto& stop : g.stops) {
      cairo_pattern_add_color_stop_rgba(pattern.get(), stop.offset, stop.color.r / 255.0,
                                        stop.color.g / 255.0, stop.color.b / 255.0,
                                        stop.color.a / 255.0);
    }
    return pattern;
  }

  void draw_colored(cairo_t* cr) const {
    for (const ColorPart& part : shapes_.colored) {
      move_to_origin(cr);
      if (part.path) {
        cairo_append_path(cr, part.path.get());
        set_color(cr, part.color);
        cairo_fill(cr);
        continue;
      }
      const GlyphPicture& p = part.picture;
      const double w = cairo_image_surface_get_width(p.surface.get());
      const double h = cairo_image_surface_get_height(p.surface.get());
      cairo_translate(cr, p.x, p.y);
      cairo_scale(cr, p.width / w, p.height / h);
      cairo_set_source_surface(cr, p.surface.get(), 0, 0);
      cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_GOOD);
      cairo_paint(cr);
    }
  }

  void draw_shadow() {
    const schema::Shadow& shadow = *ink_.style->shadow;
    const SurfaceOwned shape = silhouette(outline_width() > 0 && ink_.style->outline_color.a > 0);
    draw_colored(context_of(shape.get()).get());
    cairo_surface_flush(shape.get());
    Mask mask{width_, height_, {}};
    const auto stride = static_cast<size_t>(cairo_image_surface_get_stride(shape.get()));
    unsigned char* data = cairo_image_surface_get_data(shape.get());
    if (data == nullptr) return;
    for (int y = 0; y < height_; ++y) {
      const unsigned char* p = data + static_cast<size_t>(y) * stride;
      mask.pixels.insert(mask.pixels.end(), p, p + width_);
    }
    blur(mask, shadow.blur * scale_ / 2);
    for (int y = 0; y < height_; ++y) {
      std::copy_n(mask.pixels.begin() + static_cast<ptrdiff_t>(y) * width_, width_,
                  data + static_cast<size_t>(y) * stride);
    }
    cairo_surface_mark_dirty(shape.get());
    cairo_identity_matrix(cr_.get());
    set_color(cr_.get(), shadow.color);
    cairo_mask_surface(cr_.get(), shape.get(), shadow.x * scale_, shadow.y * scale_);
  }

  const Ink& ink_;
  double scale_;
  const Shapes& shapes_;
  int left_, top_, width_, height_;
  SurfaceOwned surface_;
  CairoOwned cr_;
};

// All ink, and for the shadow also what it is the shadow of.
Bounds ink_bounds(const Ink& ink, const Shapes& shapes, double scale) {
  Bounds all;
  if (ink.panel) {
    const Rect& r = ink.panel->rect;
    all.add(r.x * scale, r.y * scale, (r.x + r.width) * scale, (r.y + r.height) * scale);
  }
  if (ink.style == nullptr) return all;
  Bounds letters = shapes.outline_bounds.grown(std::max(ink.style->outline_width, 0.0) * scale);
  letters.add(shapes.colored_bounds);
  all.add(letters);
  if (ink.shadow && ink.style->shadow) {
    const schema::Shadow& s = *ink.style->shadow;
    // The mask is blurred in place, so it needs the room on all sides before it is moved.
    const Bounds spread = letters.grown(blur_reach(s.blur * scale / 2));
    all.add(spread);
    all.add(spread.moved(s.x * scale, s.y * scale));
  }
  return all;
}

}  // namespace

base::Result<std::optional<Sprite>> paint(const Ink& ink, double scale) {
  constexpr double kFar = 1 << 20;
  // Beyond this cairo's numbers would wrap around.
  for (const PlacedGlyph& g : ink.glyphs) {
    const double x = (ink.x + g.x) * scale, y = (ink.y + g.y) * scale;
    if (!(std::abs(x) < kFar && std::abs(y) < kFar)) {
      return base::resource("text is too long to paint; make it smaller or wrap it");
    }
  }
  const Shapes shapes = ink.style != nullptr ? shapes_of(ink, scale) : Shapes{};
  const Bounds bounds = ink_bounds(ink, shapes, scale);
  if (bounds.empty()) return std::optional<Sprite>();
  const bool near =
      bounds.left > -kFar && bounds.top > -kFar && bounds.right < kFar && bounds.bottom < kFar;
  const double width = bounds.right - bounds.left + 4, height = bounds.bottom - bounds.top + 4;
  if (!near || width > kMaxBitmapSide || height > kMaxBitmapSide ||
      width * height > static_cast<double>(kMaxBitmapPixels)) {
    return base::resource("text of " + std::to_string(static_cast<long>(std::min(width, 1e9))) +
                          "x" + std::to_string(static_cast<long>(std::min(height, 1e9))) +
                          " pixels is too large to paint; make it smaller or wrap it");
  }
  const int left = static_cast<int>(std::floor(bounds.left)) - 1;
  const int top = static_cast<int>(std::floor(bounds.top)) - 1;
  const int right = static_cast<int>(std::ceil(bounds.right)) + 1;
  const int bottom = static_cast<int>(std::ceil(bounds.bottom)) + 1;
  Canvas canvas(ink, scale, shapes, left, top, right - left, bottom - top);
  canvas.paint();
  return canvas.take();
}

}  // namespace rushes::text
