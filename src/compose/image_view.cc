// Stills and plain colours.

#include <cmath>

#include "compose/box.h"
#include "compose/made_still.h"
#include "compose/picture_views.h"

namespace rushes::compose {
namespace {

using base::Rational;
using base::Result;

// Decoded once, at the largest size at which any frame shows it.
class ImageView final : public ClipView {
 public:
  ImageView(const schema::Clip& clip, const schema::Input& input, double canvas_scale,
            frame::Frame picture)
      : clip_(clip),
        input_(input),
        canvas_scale_(canvas_scale),
        picture_(std::move(picture)),
        box_(clip.visual) {
    if (clip.visual.fit == schema::Fit::kBlur) backdrop_ = backdrop_of(picture_);
  }

  Result<Side> at(const Rational& t) override {
    const schema::Visual& v = clip_.visual;
    const Placement p = place(v, t, canvas_scale_);
    Side side{.opacity = opacity_of(p)};
    box_.show(p, t, input_.width, input_.height, picture_, backdrop_, side);
    return side;
  }

 private:
  const schema::Clip& clip_;
  const schema::Input& input_;
  double canvas_scale_;
  frame::Frame picture_;
  frame::Frame backdrop_;
  BoxPainter box_;
};

class ColorView final : public ClipView {
 public:
  ColorView(const schema::Clip& clip, schema::Color color, double canvas_scale)
      : clip_(clip), color_(color), canvas_scale_(canvas_scale), box_(clip.visual) {}

  Result<Side> at(const Rational& t) override {
    const schema::Visual& v = clip_.visual;
    const Placement p = place(v, t, canvas_scale_);
    Side side{.opacity = opacity_of(p)};
    box_.fill(p, color_, side);
    return side;
  }

 private:
  const schema::Clip& clip_;
  schema::Color color_;
  double canvas_scale_;
  BoxPainter box_;
};

}  // namespace

OpenedView open_image(const schema::Clip& clip, const schema::ImageContent& content,
                      ClipContext context) {
  const schema::Input& input = context.program.inputs[static_cast<size_t>(content.input)];
  const double scale = std::min(
      1.0, context.canvas_scale() * largest_scale(clip.visual, clip.visual.fit, clip.duration,
                                                  input.width, input.height));
  const int width = static_cast<int>(std::ceil(input.width * scale));
  const int height = static_cast<int>(std::ceil(input.height * scale));
  auto picture =
      made_still(context.sources, content.input, {StillVariant::Kind::kPicture, width, height});
  if (!picture.ok()) return std::move(picture).error().in(input.src);
  return std::unique_ptr<ClipView>(
      std::make_unique<ImageView>(clip, input, context.canvas_scale(), *std::move(picture)));
}

OpenedView open_color(const schema::Clip& clip, const schema::ColorContent& content,
                      const ClipContext& context) {
  return std::unique_ptr<ClipView>(
      std::make_unique<ColorView>(clip, content.color, context.canvas_scale()));
}

}  // namespace rushes::compose
