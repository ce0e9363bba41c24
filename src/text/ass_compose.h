#pragma once

// libass images into bitmaps. For this layer's own files.

#include <ass/ass.h>

#include <vector>

#include "text/sprite.h"

namespace rushes::text {

// Images are drawn in order, each one colour through a mask. Those far apart, one above the other,
// become sprites of their own, so that a title and a subtitle do not make a bitmap of the frame.
std::vector<Sprite> compose(const ASS_Image* images);

}  // namespace rushes::text
