// The painter that renders use: each layer touches only the rectangle that it can change, opaque
// pictures go straight to the canvas, and what is hidden is not drawn.

#include <optional>

#include "compose/canvas.h"
#include "compose/painter.h"
#include "kernels/affine.h"
#include "kernels/blend.h"
#include "kernels/color.h"
#include "kernels/mask.h"

namespace rushes::compose {
namespace {

using kernels::div255;

bool hides(const Side& side, int width, int height) {
  if (side.opacity != 255) return false;
  for (const Layer& layer : side.layers) {
    if (hides_canvas(layer, width, height)) return true;
  }
  return false;
}

class FastPainter final : public Painter {
 public:
  FastPainter(int width, int height) : width_(width), height_(height) {}

  void paint(const Scene& scene, size_t first, frame::FrameBuffer& out) override {
    const Canvas canvas{{out.plane(0), out.plane(1), out.plane(2)}, {}};
    size_t start = scene.groups.size();
    bool hidden = false;
    while (!hidden && start > first) {
      const Group& g = scene.groups[--start];
      hidden = !g.tint && hides(g.first, width_, height_) &&
               (!g.mix || hides(g.second, width_, height_));
    }
    if (!hidden && first == 0) {
      kernels::fill(canvas.color[0], scene.background.y);
      kernels::fill(canvas.color[1], scene.background.u);
      kernels::fill(canvas.color[2], scene.background.v);
    }
    for (size_t i = start; i < scene.groups.size(); ++i) draw(canvas, scene.groups[i]);
  }

 private:
  Region whole() const { return {0, 0, width_, height_}; }

  static void clear(const Canvas& canvas) {
    kernels::fill(canvas.color[0], 0);
    kernels::fill(canvas.color[1], 128);
    kernels::fill(canvas.color[2], 128);
    if (canvas.has_alpha()) kernels::fill(canvas.alpha, 0);
  }

  const Canvas& scratch(std::optional<CanvasBuffer>& slot) const {
    if (!slot) slot.emplace(width_, height_);
    return slot->canvas();
  }

  // Lays premultiplied planes over the target; both are of one region.
  void lay_over(const Canvas& target, const Canvas& from, uint8_t opacity) {
    const frame::MutablePlaneView chroma_alpha = chroma_mask(from.alpha);
    kernels::blend_premultiplied(target.color[0], from.color[0], from.alpha, opacity);
    kernels::blend_premultiplied_chroma(target.color[1], from.color[1], chroma_alpha, opacity);
    kernels::blend_premultiplied_chroma(target.color[2], from.color[2], chroma_alpha, opacity);
    if (target.has_alpha()) {
      kernels::blend_premultiplied(target.alpha, from.alpha, from.alpha, opacity);
    }
  }

  void draw(const Canvas& target, const Group& group) {
    if (!group.mix && !group.tint) {
      draw(target, group.first);
      return;
    }
    const bool opaque =
        hides(group.first, width_, height_) && (!group.mix || hides(group.second, width_, height_));
    if (opaque) {
      draw(target, group.first);
      if (group.mix) {
        const Canvas other = scratch(second_).opaque();
        draw(other, group.second);
        mix(target, other, *group.mix, whole());
      }
      if (group.tint) tint(target, *group.tint);
      return;
    }
    Region region = region_of(group.first, width_, height_);
    if (group.mix) region = united(region, region_of(group.second, width_, height_));
    if (region.empty()) return;
    const Canvas first = scratch(first_);
    clear(first.part(region));
    draw(first, group.first);
    if (group.mix) {
      const Canvas other = scratch(second_);
      clear(other.part(region));
      draw(other, group.second);
      mix(first.part(region), other.part(region), *group.mix, region);
    }
    if (group.tint) tint(first.part(region), *group.tint);
    lay_over(target.part(region), first.part(region), 255);
  }

  // a = a and b mixed. Where masks are needed they are made for the whole canvas.
  void mix(const Canvas& a, const Canvas& b, const Mix& m, const Region& region) {
    if (m.kind == MixKind::kWeight) {
      const int weight = static_cast<int>(m.progress * kernels::kMixOne + 0.5);
      for (size_t i = 0; i < 3; ++i) kernels::mix(a.color[i], a.color[i], b.color[i], weight);
      if (a.has_alpha()) kernels::mix(a.alpha, a.alpha, b.alpha, weight);
      return;
    }
    const frame::MutablePlaneView full = mask(whole());
    transition_mask(full, m);
    const frame::MutablePlaneView luma = part_of(full, region, 0);
    const frame::MutablePlaneView chroma = part_of(chroma_mask(full), region, 1);
    kernels::mix_masked(a.color[0], a.color[0], b.color[0], luma);
    kernels::mix_masked(a.color[1], a.color[1], b.color[1], chroma);
    kernels::mix_masked(a.color[2], a.color[2], b.color[2], chroma);
    if (a.has_alpha()) kernels::mix_masked(a.alpha, a.alpha, b.alpha, luma);
  }

  void tint(const Canvas& canvas, const Tint& t) {
    const uint8_t values[3] = {t.color.y, t.color.u, t.color.v};
    const auto chroma_alpha =
        canvas.has_alpha() ? chroma_mask(canvas.alpha) : frame::MutablePlaneView{};
    for (size_t i = 0; i < 3; ++i) {
      const frame::MutablePlaneView& plane = canvas.color[i];
      if (!canvas.has_alpha()) {
        kernels::mix_color(plane, plane, values[i], t.weight);
        continue;
      }
      const frame::PlaneView& alpha = i == 0 ? canvas.alpha : chroma_alpha;
      const frame::MutablePlaneView color =
          part_of(layer_planes().color[i], {0, 0, alpha.width, alpha.height}, 0);
      kernels::fill(color, i == 0 ? 0 : 128);
      kernels::blend_color(color, values[i], alpha, 255);
      kernels::mix(plane, plane, color, t.weight);
    }
  }

  void draw(const Canvas& target, const Side& side) {
    if (side.opacity == 255 || side.layers.size() == 1) {
      size_t start = side.layers.size();
      while (start > 0 && !hides_canvas(side.layers[--start], width_, height_)) {
      }
      if (side.opacity != 255) start = 0;
      for (size_t i = start; i < side.layers.size(); ++i) {
        draw(target, side.layers[i],
             static_cast<uint8_t>(div255(uint32_t{side.layers[i].opacity} * side.opacity)));
      }
      return;
    }
    const Region region = region_of(side, width_, height_);
    if (region.empty()) return;
    const Canvas group = scratch(group_);
    clear(group.part(region));
    for (const Layer& layer : side.layers) draw(group, layer, layer.opacity);
    lay_over(target.part(region), group.part(region), side.opacity);
  }

  void draw(const Canvas& target, const Layer& layer, uint8_t opacity) {
    const Region region = region_of(layer.shape, width_, height_);
    if (region.empty() || opacity == 0) return;
    const bool covers = covers_canvas(layer.shape, width_, height_);
    if (!layer.picture) {
      draw_color(target.part(region), layer, opacity, covers, region);
    } else if (layer.picture.format().alpha) {
      draw_transparent(target.part(region), layer, opacity, covers, region);
    } else {
      draw_opaque(target.part(region), layer, opacity, covers, region);
    }
  }

  void draw_color(const Canvas& target, const Layer& layer, uint8_t opacity, bool covers,
                  const Region& region) {
    const frame::MutablePlaneView luma = coverage(layer, covers, region);
    const frame::MutablePlaneView chroma = chroma_mask(luma);
    kernels::blend_color(target.color[0], layer.color.y, luma, opacity);
    kernels::blend_color(target.color[1], layer.color.u, chroma, opacity);
    kernels::blend_color(target.color[2], layer.color.v, chroma, opacity);
    if (target.has_alpha()) kernels::blend_color(target.alpha, 255, luma, opacity);
  }

  void draw_opaque(const Canvas& target, const Layer& layer, uint8_t opacity, bool covers,
                   const Region& region) {
    if (covers && opacity == 255) {
      sample_colors(layer, region, target);
      if (target.has_alpha()) kernels::fill(target.alpha, 255);
      return;
    }
    const Canvas planes = layer_planes().part({0, 0, region.width(), region.height()});
    const frame::MutablePlaneView luma = coverage(layer, covers, region);
    const frame::MutablePlaneView chroma = chroma_mask(luma);
    sample_colors(layer, region, planes);
    for (size_t i = 0; i < 3; ++i) {
      kernels::blend_masked(target.color[i], planes.color[i], i == 0 ? luma : chroma, opacity);
    }
    if (target.has_alpha()) kernels::blend_color(target.alpha, 255, luma, opacity);
  }

  void draw_transparent(const Canvas& target, const Layer& layer, uint8_t opacity, bool covers,
                        const Region& region) {
    const Canvas planes = layer_planes().part({0, 0, region.width(), region.height()});
    sample_colors(layer, region, planes);
    sample(layer, 3, region, planes.alpha);
    if (!covers) {
      const frame::MutablePlaneView luma = coverage(layer, covers, region);
      const frame::MutablePlaneView chroma = chroma_mask(luma);
      kernels::multiply(planes.color[0], planes.color[0], luma);
      kernels::multiply_chroma(planes.color[1], planes.color[1], chroma);
      kernels::multiply_chroma(planes.color[2], planes.color[2], chroma);
      kernels::multiply(planes.alpha, planes.alpha, luma);
    }
    lay_over(target, planes, opacity);
  }

  // The layer's picture without its alpha, over a region of the canvas.
  void sample_colors(const Layer& layer, const Region& region, const Canvas& to) {
    for (int i = 0; i < 3; ++i) {
      sample(layer, i, region, to.color[static_cast<size_t>(i)]);
    }
  }

  // One plane.
  void sample(const Layer& layer, int plane, const Region& region, frame::MutablePlaneView to) {
    const frame::PlaneView& from = source_plane(layer.picture, plane);
    if (is_separable(layer.map)) {
      // Both planes of chroma stand alike, and alpha stands as luma does.
      PlaneAxes& axes = plane == 1 || plane == 2 ? chroma_axes_ : luma_axes_;
      make_plane_axes(axes, layer, plane, region);
      kernels::resample(from, to, axes.x, axes.y, resample_scratch_);
    } else {
      kernels::sample_affine(from, to, make_plane_map(layer.picture, plane, layer.map, region));
    }
  }

  frame::MutablePlaneView mask(const Region& region) {
    if (mask_.view().data == nullptr) {
      mask_ = frame::PlaneBuffer(width_, height_);
      chroma_mask_ = frame::PlaneBuffer(width_ / 2, height_ / 2);
    }
    return part_of(mask_.view(), {0, 0, region.width(), region.height()}, 0);
  }

  // How much of each sample of the region lies within the layer's shape.
  frame::MutablePlaneView coverage(const Layer& layer, bool covers, const Region& region) {
    const frame::MutablePlaneView m = mask(region);
    if (covers) {
      kernels::fill(m, 255);
    } else {
      const Shape& s = layer.shape;
      kernels::rounded_box(m, {.center_x = s.cx - region.x0,
                               .center_y = s.cy - region.y0,
                               .half_width = s.half_w,
                               .half_height = s.half_h,
                               .radius = s.radius,
                               .cos = s.cos,
                               .sin = s.sin});
    }
    return m;
  }

  frame::MutablePlaneView chroma_mask(const frame::PlaneView& luma) {
    mask({});
    const frame::MutablePlaneView to =
        part_of(chroma_mask_.view(), {0, 0, luma.width, luma.height}, 1);
    kernels::alpha_to_chroma(luma, to);
    return to;
  }

  Canvas layer_planes() { return scratch(layer_); }

  void transition_mask(frame::MutablePlaneView to, const Mix& m) const {
    const kernels::WipeOptions options{.progress = m.progress, .softness = m.softness};
    if (m.kind == MixKind::kWipe) {
      kernels::wipe_mask(to, wipe_direction(m.direction), options);
    } else if (m.kind == MixKind::kCircle) {
      kernels::circle_mask(to, width_ / 2.0, height_ / 2.0, options);
    } else {
      kernels::luma_mask(to, m.luma.plane(0), options);
    }
  }

  int width_, height_;
  std::optional<CanvasBuffer> first_, second_, group_, layer_;
  frame::PlaneBuffer mask_, chroma_mask_;
  PlaneAxes luma_axes_, chroma_axes_;  // kept from layer to layer
  kernels::ResampleScratch resample_scratch_;
};

}  // namespace

std::unique_ptr<Painter> fast_painter(int width, int height) {
  return std::make_unique<FastPainter>(width, height);
}

}  // namespace rushes::compose
