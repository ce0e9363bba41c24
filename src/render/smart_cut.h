#pragma once

// A cut to the frame: what lies at its ends is decoded, and encoded to go with what is copied.

#include <vector>

#include "base/bytes.h"
#include "engine/task.h"
#include "mp4/layout.h"
#include "mp4/smart_cut.h"

namespace rushes::render {

struct SmartCut {
  mp4::SmartPlan plan;
  mp4::Cut cut;
};

// `files` are the chapters. Nothing is written.
base::Result<SmartCut> smart_cut(engine::TaskContext& context, const mp4::Recording& recording,
                                 const mp4::Wanted& wanted,
                                 const std::vector<const base::ByteSource*>& files);

// Whether frames near its seams are those of the recording, as a decoder of the new file gives
// them. kInternal if they are not.
base::Status check_seams(engine::TaskContext& context, const mp4::Recording& recording,
                         const SmartCut& smart, const mp4::Layout& layout,
                         const std::vector<const base::ByteSource*>& files);

}  // namespace rushes::render
