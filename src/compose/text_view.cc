// Titles, captions and subtitles: bitmaps of the text layer brought to working colours.

#include "text/painter.h"

#include <cmath>
#include <map>

#include "compose/picture_views.h"
#include "kernels/color.h"
#include "text/ass.h"
#include "text/captions.h"

namespace rushes::compose {

text::Box text_box(const schema::Clip& clip, double canvas_scale) {
  const schema::Visual& v = clip.visual;
  double scale =
      canvas_scale * largest_scale(v, schema::Fit::kFill, clip.duration, v.box_width, v.box_height);
  if (std::fabs(scale - 1) < 1e-9) scale = 1;
  return {v.box_width, v.box_height, std::clamp(scale, 1.0 / 64, 8.0)};
}

namespace {

using base::Rational;
using base::Result;

// The working pictures of bitmaps, for as long as the bitmaps are in use.
class BitmapCache {
 public:
  const frame::Frame& working(const std::shared_ptr<const frame::Bitmap>& bitmap) {
    Entry& e = entries_[bitmap.get()];
    if (!e.frame) e = {bitmap, kernels::bitmap_to_working(*bitmap)};
    return e.frame;
  }
  // Drops what nobody else holds any more.
  void sweep() {
    std::erase_if(entries_, [](const auto& entry) { return entry.second.bitmap.use_count() == 1; });
  }

 private:
  struct Entry {
    std::shared_ptr<const frame::Bitmap> bitmap;
    frame::Frame frame;
  };
  std::map<const frame::Bitmap*, Entry> entries_;
};

// `paint_scale`: bitmap pixels for one box pixel.
Layer layer_of(const text::Sprite& sprite, const frame::Frame& picture, const Placement& place,
               double paint_scale) {
  const double w = sprite.bitmap->width;
  const double h = sprite.bitmap->height;
  // A bitmap pixel q stands at box position (x + w/2 + (q - w/2) * scale) / paint_scale.
  const double per_pixel = sprite.scale / paint_scale;
  const double left = (sprite.x + w / 2 - w / 2 * sprite.scale) / paint_scale;
  const double top = (sprite.y + h / 2 - h / 2 * sprite.scale) / paint_scale;
  const text::ClipRect clip = sprite.clip.value_or(text::ClipRect{0, 0, w, h});
  const Rect seen{left + clip.left * per_pixel, top + clip.top * per_pixel,
                  std::max(0.0, clip.right - clip.left) * per_pixel,
                  std::max(0.0, clip.bottom - clip.top) * per_pixel};
  const Fitted fitted{.origin_x = -left / per_pixel,
                      .origin_y = -top / per_pixel,
                      .per_box_x = 1 / per_pixel,
                      .per_box_y = 1 / per_pixel,
                      .visible = seen};
  const double opacity = std::clamp(sprite.opacity, 0.0, 1.0);
  return {.picture = picture,
          .map = map_of(place, fitted),
          .shape = shape_of(place, seen, 0),
          .opacity = static_cast<uint8_t>(opacity * 255 + 0.5),
          .kernel = kernels::Kernel::kTent};
}

// Letters that do not move stand at whole pixels, as they were painted.
bool stands_still(const schema::Visual& v) {
  return v.x.constant() && v.y.constant() && v.scale.constant() && v.rotation.constant();
}
void stand_at_whole_pixels(Placement& p) {
  if (p.sin != 0 || p.cos != 1) return;
  const double left = p.x - p.anchor_x * p.scale;
  const double top = p.y - p.anchor_y * p.scale;
  p.x += std::floor(left + 0.5) - left;
  p.y += std::floor(top + 0.5) - top;
}

class SpriteView : public ClipView {
 public:
  SpriteView(const schema::Clip& clip, ClipContext context)
      : clip_(clip),
        context_(std::move(context)),
        box_(text_box(clip, context_.canvas_scale())),
        still_(stands_still(clip.visual)) {}

  Result<Side> at(const Rational& t) override {
    ASSIGN_OR_RETURN(const std::vector<text::Sprite> sprites, sprites_at(t));
    Placement p = place(clip_.visual, t, context_.canvas_scale());
    if (still_) stand_at_whole_pixels(p);
    Side side{.opacity = opacity_of(p)};
    for (const text::Sprite& sprite : sprites) {
      side.layers.push_back(layer_of(sprite, cache_.working(sprite.bitmap), p, box_.scale));
    }
    if (++calls_ % 64 == 0) cache_.sweep();
    return side;
  }

 protected:
  virtual Result<std::vector<text::Sprite>> sprites_at(const Rational& t) = 0;
  base::Status take_fonts(const std::vector<int>& numbers) {
    ASSIGN_OR_RETURN(fonts_, context_.sources.fonts(numbers));
    return {};
  }
  void warn_all(const std::vector<std::string>& warnings) {
    for (const std::string& w : warnings) context_.warn(clip_.pointer, w);
  }

  const schema::Clip& clip_;
  std::shared_ptr<text::FontSet> fonts_;
  ClipContext context_;
  text::Box box_;

 private:
  BitmapCache cache_;
  bool still_;
  unsigned calls_ = 0;
};

class TextView final : public SpriteView {
 public:
  using SpriteView::SpriteView;
  base::Status open(const schema::TextContent& content) {
    RETURN_IF_ERROR(take_fonts(content.fonts));
    ASSIGN_OR_RETURN(const text::Painted painted, text::paint_text(*fonts_, content, box_));
    warn_all(painted.warnings);
    if (painted.sprite) sprites_.push_back(*painted.sprite);
    return {};
  }

 private:
  Result<std::vector<text::Sprite>> sprites_at(const Rational&) override { return sprites_; }
  std::vector<text::Sprite> sprites_;
};

class CaptionsView final : public SpriteView {
 public:
  using SpriteView::SpriteView;
  base::Status open(const schema::CaptionsContent& content) {
    RETURN_IF_ERROR(take_fonts(content.fonts));
    ASSIGN_OR_RETURN(text::CaptionRenderer renderer,
                     text::CaptionRenderer::open(*fonts_, content, box_));
    warn_all(renderer.warnings());
    renderer_.emplace(std::move(renderer));
    return {};
  }

 private:
  Result<std::vector<text::Sprite>> sprites_at(const Rational& t) override {
    return renderer_->at(t);
  }
  std::optional<text::CaptionRenderer> renderer_;
};

class AssView final : public SpriteView {
 public:
  using SpriteView::SpriteView;
  base::Status open(const schema::CaptionsContent& content) {
    if (content.script->lines.empty()) return {};
    RETURN_IF_ERROR(take_fonts(content.fonts));
    ASSIGN_OR_RETURN(text::AssRenderer renderer,
                     text::AssRenderer::open(*fonts_, *content.script, box_));
    renderer_.emplace(std::move(renderer));
    return {};
  }

 private:
  Result<std::vector<text::Sprite>> sprites_at(const Rational& t) override {
    if (!renderer_) return std::vector<text::Sprite>();
    auto sprites = renderer_->at(t);
    warn_all(renderer_->take_warnings());
    return sprites;
  }
  std::optional<text::AssRenderer> renderer_;
};

template <class View, class Content>
OpenedView opened(const schema::Clip& clip, const Content& content, ClipContext context) {
  auto view = std::make_unique<View>(clip, std::move(context));
  RETURN_IF_ERROR(view->open(content));
  return std::unique_ptr<ClipView>(std::move(view));
}

}  // namespace

OpenedView open_text(const schema::Clip& clip, const schema::TextContent& content,
                     ClipContext context) {
  return opened<TextView>(clip, content, std::move(context));
}

OpenedView open_captions(const schema::Clip& clip, const schema::CaptionsContent& content,
                         ClipContext context) {
  if (content.script) return opened<AssView>(clip, content, std::move(context));
  return opened<CaptionsView>(clip, content, std::move(context));
}

}  // namespace rushes::compose
