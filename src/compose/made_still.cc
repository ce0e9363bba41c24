#include "compose/made_still.h"

#include "compose/box.h"
#include "compose/sources.h"
#include "compose/transition.h"
#include "kernels/color.h"

namespace rushes::compose {

using base::Result;
using frame::Format;
using frame::Layout;

std::string StillVariant::name() const {
  const char* what = kind == Kind::kPicture ? "picture " : "luma ";
  return what + std::to_string(width) + "x" + std::to_string(height);
}

bool StillVariant::can_be(const Format& format, int frame_width, int frame_height) const {
  if (kind == Kind::kLuma) {
    return format == kLumaPlane && frame_width == width && frame_height == height;
  }
  Format wanted = frame::kWorking;
  wanted.layout = format.layout;
  wanted.site = format.site;
  wanted.alpha = wanted.premultiplied = format.alpha;
  const bool yuv = format.layout == Layout::kYuv420 || format.layout == Layout::kYuv422 ||
                   format.layout == Layout::kYuv444;
  // Nobody asks for more than a source has, and reduced() lets it be larger by so much.
  const auto near = [](int size, int asked) { return size >= asked && size <= asked + asked / 8; };
  return yuv && format == wanted && near(frame_width, width) && near(frame_height, height);
}

Result<frame::Frame> made_still(Sources& sources, int input, const StillVariant& variant) {
  if (auto known = sources.recall(input, variant)) return *std::move(known);
  ASSIGN_OR_RETURN(const frame::Frame still, sources.still(input, variant.width, variant.height));
  const frame::Frame made =
      variant.kind == StillVariant::Kind::kPicture
          ? reduced(kernels::to_working(still, true), variant.width, variant.height)
          : luma_plane(still, variant.width, variant.height);
  sources.remember(input, variant, made);
  return made;
}

}  // namespace rushes::compose
