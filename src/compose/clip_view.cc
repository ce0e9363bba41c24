#include "compose/clip_view.h"

#include "compose/picture_views.h"

namespace rushes::compose {

uint8_t opacity_of(const Placement& place) {
  return static_cast<uint8_t>(place.opacity * 255 + 0.5);
}

OpenedView open_clip(const schema::Clip& clip, int64_t reader, ClipContext context) {
  struct Opener {
    const schema::Clip& clip;
    int64_t reader;
    ClipContext& context;
    OpenedView operator()(const schema::ImageContent& c) const {
      return open_image(clip, c, context);
    }
    OpenedView operator()(const schema::VideoContent& c) const {
      return open_video(clip, c, reader, context);
    }
    OpenedView operator()(const schema::ColorContent& c) const {
      return open_color(clip, c, context);
    }
    OpenedView operator()(const schema::GradientContent& c) const {
      return open_gradient(clip, c, context);
    }
    OpenedView operator()(const schema::TextContent& c) const {
      return open_text(clip, c, context);
    }
    OpenedView operator()(const schema::CaptionsContent& c) const {
      return open_captions(clip, c, context);
    }
  };
  return std::visit(Opener{clip, reader, context}, clip.content);
}

}  // namespace rushes::compose
