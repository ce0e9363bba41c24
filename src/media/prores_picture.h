#pragma once

// Pictures as ProRes has them: 10 bits, 4:2:2. Internal to this layer.

#include "base/result.h"
#include "frame/frame.h"
#include "media/av.h"

namespace rushes::media {

// Of one that is kWorking. Luma is four times what it was. Chroma is sited left, between two rows
// of luma, and becomes a sample beside each of them: three parts of the nearer row and one of the
// other, which 10 bits hold exactly; at the edges the nearer one alone.
base::Result<AvFrame> to_prores_picture(const frame::Frame& picture);

}  // namespace rushes::media
