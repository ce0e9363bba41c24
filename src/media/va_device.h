#pragma once

// A device of VA-API, which is how Linux reaches the encoders of Intel's and AMD's processors.
// Internal to this layer.

#include "media/av.h"

extern "C" {
#include <libavutil/hwcontext.h>
}

namespace rushes::media {

// The first under /dev/dri that has a driver. kUnsupported: none.
base::Result<AvBuffer> open_va();

}  // namespace rushes::media
