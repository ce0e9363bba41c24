#include "media/describe.h"

namespace rushes::media {

frame::Format describe(frame::Format shape, const ColorTags& tags) {
  frame::Format format;
  format.layout = shape.layout;
  format.depth = shape.depth;
  format.alpha = shape.alpha;
  format.premultiplied = false;
  format.transfer = tags.transfer;
  if (shape.layout == frame::Layout::kRgb) {
    format.matrix = frame::Matrix::kBt709;
    format.range = frame::Range::kFull;
    return format;
  }
  const auto by_height = tags.height < 720 ? frame::Matrix::kBt601 : frame::Matrix::kBt709;
  format.matrix = tags.matrix.value_or(by_height);
  format.range =
      tags.jpeg_pixels ? frame::Range::kFull : tags.range.value_or(frame::Range::kLimited);
  format.site =
      tags.site.value_or(tags.jpeg_pixels ? frame::ChromaSite::kCenter : frame::ChromaSite::kLeft);
  return format;
}

}  // namespace rushes::media
