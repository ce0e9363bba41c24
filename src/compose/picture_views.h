#pragma once

// The clip kinds, each in a file of its own; open_clip picks among them.

#include <memory>

#include "compose/clip_view.h"
#include "compose/geometry.h"
#include "text/sprite.h"

namespace rushes::compose {

using OpenedView = base::Result<std::unique_ptr<ClipView>>;

OpenedView open_image(const schema::Clip& clip, const schema::ImageContent& content,
                      ClipContext context);
OpenedView open_video(const schema::Clip& clip, const schema::VideoContent& content, int64_t reader,
                      ClipContext context);
OpenedView open_color(const schema::Clip& clip, const schema::ColorContent& content,
                      const ClipContext& context);
OpenedView open_gradient(const schema::Clip& clip, const schema::GradientContent& content,
                         const ClipContext& context);
OpenedView open_text(const schema::Clip& clip, const schema::TextContent& content,
                     ClipContext context);
OpenedView open_captions(const schema::Clip& clip, const schema::CaptionsContent& content,
                         ClipContext context);

// The box of a text or captions clip as the text layer takes it, painted as large as it is ever
// shown.
text::Box text_box(const schema::Clip& clip, double canvas_scale);

// 0 to 255.
uint8_t opacity_of(const Placement& place);

}  // namespace rushes::compose
