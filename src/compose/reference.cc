// The definition of a picture: every layer is sampled over the whole canvas, cut by its shape and
// laid over what is there, with the plain kernels. No region, no shortcut, no memory of the frame
// before.

#include <algorithm>

#include "compose/canvas.h"
#include "compose/painter.h"
#include "kernels/affine.h"
#include "kernels/blend.h"
#include "kernels/color.h"
#include "kernels/mask.h"

namespace rushes::compose {
namespace {

namespace plain = kernels::ref;

class ReferencePainter final : public Painter {
 public:
  ReferencePainter(int width, int height) : width_(width), height_(height) {}

  void paint(const Scene& scene, size_t first, frame::FrameBuffer& out) override {
    const Canvas target{{out.plane(0), out.plane(1), out.plane(2)}, {}};
    if (first == 0) {
      kernels::fill(target.color[0], scene.background.y);
      kernels::fill(target.color[1], scene.background.u);
      kernels::fill(target.color[2], scene.background.v);
    }
    for (size_t i = first; i < scene.groups.size(); ++i) {
      const Group& group = scene.groups[i];
      if (group.mix || group.tint) {
        const CanvasBuffer apart = drawn(group);
        lay_over(target, apart.canvas(), 255);
      } else {
        draw(target, group.first);
      }
    }
  }

 private:
  CanvasBuffer transparent() const {
    CanvasBuffer buffer(width_, height_);
    kernels::fill(buffer.canvas().color[0], 0);
    kernels::fill(buffer.canvas().color[1], 128);
    kernels::fill(buffer.canvas().color[2], 128);
    kernels::fill(buffer.canvas().alpha, 0);
    return buffer;
  }

  static frame::PlaneBuffer chroma_of(const frame::PlaneView& mask) {
    frame::PlaneBuffer half(mask.width / 2, mask.height / 2);
    plain::alpha_to_chroma(mask, half.view());
    return half;
  }

  static void lay_over(const Canvas& target, const Canvas& from, uint8_t opacity) {
    const frame::PlaneBuffer chroma = chroma_of(from.alpha);
    plain::blend_premultiplied(target.color[0], from.color[0], from.alpha, opacity);
    plain::blend_premultiplied_chroma(target.color[1], from.color[1], chroma.view(), opacity);
    plain::blend_premultiplied_chroma(target.color[2], from.color[2], chroma.view(), opacity);
    if (target.has_alpha()) {
      plain::blend_premultiplied(target.alpha, from.alpha, from.alpha, opacity);
    }
  }

  CanvasBuffer drawn(const Group& group) const {
    CanvasBuffer out = transparent();
    draw(out.canvas(), group.first);
    if (group.mix) {
      const CanvasBuffer other = transparent();
      draw(other.canvas(), group.second);
      mix(out.canvas(), other.canvas(), *group.mix);
    }
    if (group.tint) tint(out.canvas(), *group.tint);
    return out;
  }

  void mix(const Canvas& a, const Canvas& b, const Mix& m) const {
    if (m.kind == MixKind::kWeight) {
      const int weight = static_cast<int>(m.progress * kernels::kMixOne + 0.5);
      for (size_t i = 0; i < 3; ++i) plain::mix(a.color[i], a.color[i], b.color[i], weight);
      plain::mix(a.alpha, a.alpha, b.alpha, weight);
      return;
    }
    const frame::PlaneBuffer luma(width_, height_);
    const kernels::WipeOptions options{.progress = m.progress, .softness = m.softness};
    if (m.kind == MixKind::kWipe) {
      kernels::wipe_mask(luma.view(), wipe_direction(m.direction), options);
    } else if (m.kind == MixKind::kCircle) {
      plain::circle_mask(luma.view(), width_ / 2.0, height_ / 2.0, options);
    } else {
      plain::luma_mask(luma.view(), m.luma.plane(0), options);
    }
    const frame::PlaneBuffer chroma = chroma_of(luma.view());
    plain::mix_masked(a.color[0], a.color[0], b.color[0], luma.view());
    plain::mix_masked(a.color[1], a.color[1], b.color[1], chroma.view());
    plain::mix_masked(a.color[2], a.color[2], b.color[2], chroma.view());
    plain::mix_masked(a.alpha, a.alpha, b.alpha, luma.view());
  }

  static void tint(const Canvas& canvas, const Tint& t) {
    const uint8_t values[3] = {t.color.y, t.color.u, t.color.v};
    const frame::PlaneBuffer chroma = chroma_of(canvas.alpha);
    for (size_t i = 0; i < 3; ++i) {
      const frame::PlaneView alpha = i == 0 ? canvas.alpha : chroma.view();
      const frame::PlaneBuffer color(alpha.width, alpha.height);
      kernels::fill(color.view(), i == 0 ? 0 : 128);
      plain::blend_color(color.view(), values[i], alpha, 255);
      plain::mix(canvas.color[i], canvas.color[i], color.view(), t.weight);
    }
  }

  // A single layer takes the side's opacity into its own; several under one opacity are drawn
  // apart first.
  void draw(const Canvas& target, const Side& side) const {
    if (side.opacity == 255 || side.layers.size() == 1) {
      for (const Layer& layer : side.layers) {
        draw(target, layer,
             static_cast<uint8_t>(kernels::div255(uint32_t{layer.opacity} * side.opacity)));
      }
      return;
    }
    const CanvasBuffer apart = transparent();
    for (const Layer& layer : side.layers) draw(apart.canvas(), layer, layer.opacity);
    lay_over(target, apart.canvas(), side.opacity);
  }

  void draw(const Canvas& target, const Layer& layer, uint8_t opacity) const {
    const frame::PlaneBuffer cover(width_, height_);
    if (covers_canvas(layer.shape, width_, height_)) {
      kernels::fill(cover.view(), 255);
    } else {
      const Shape& s = layer.shape;
      plain::rounded_box(cover.view(), {.center_x = s.cx,
                                        .center_y = s.cy,
                                        .half_width = s.half_w,
                                        .half_height = s.half_h,
                                        .radius = s.radius,
                                        .cos = s.cos,
                                        .sin = s.sin});
    }
    const frame::PlaneBuffer chroma = chroma_of(cover.view());
    if (!layer.picture) {
      plain::blend_color(target.color[0], layer.color.y, cover.view(), opacity);
      plain::blend_color(target.color[1], layer.color.u, chroma.view(), opacity);
      plain::blend_color(target.color[2], layer.color.v, chroma.view(), opacity);
      if (target.has_alpha()) plain::blend_color(target.alpha, 255, cover.view(), opacity);
      return;
    }
    const CanvasBuffer picture = transparent();
    const Canvas& p = picture.canvas();
    for (int i = 0; i < 3; ++i) sample(layer, i, p.color[static_cast<size_t>(i)]);
    if (!layer.picture.format().alpha) {
      plain::blend_masked(target.color[0], p.color[0], cover.view(), opacity);
      plain::blend_masked(target.color[1], p.color[1], chroma.view(), opacity);
      plain::blend_masked(target.color[2], p.color[2], chroma.view(), opacity);
      if (target.has_alpha()) plain::blend_color(target.alpha, 255, cover.view(), opacity);
      return;
    }
    sample(layer, 3, p.alpha);
    plain::multiply(p.color[0], p.color[0], cover.view());
    plain::multiply_chroma(p.color[1], p.color[1], chroma.view());
    plain::multiply_chroma(p.color[2], p.color[2], chroma.view());
    plain::multiply(p.alpha, p.alpha, cover.view());
    lay_over(target, p, opacity);
  }

  void sample(const Layer& layer, int plane, frame::MutablePlaneView to) const {
    const Region whole{0, 0, width_, height_};
    const frame::PlaneView& from = source_plane(layer.picture, plane);
    if (is_separable(layer.map)) {
      PlaneAxes axes;
      make_plane_axes(axes, layer, plane, whole);
      plain::resample_rows(from, to, axes.x, axes.y, 0, to.height);
    } else {
      plain::sample_affine_rows(from, to, make_plane_map(layer.picture, plane, layer.map, whole), 0,
                                to.height);
    }
  }

  int width_, height_;
};

}  // namespace

std::unique_ptr<Painter> reference_painter(int width, int height) {
  return std::make_unique<ReferencePainter>(width, height);
}

}  // namespace rushes::compose
