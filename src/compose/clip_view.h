#pragma once

// One clip, opened: its pictures brought to the size and the colours in which they are needed, and
// for any frame the layers that show it.

#include <memory>

#include "base/result.h"
#include "compose/scene.h"
#include "compose/sources.h"
#include "schema/program.h"

namespace rushes::compose {

struct ClipContext {
  const schema::Program& program;
  Sources& sources;
  Warn warn;
  double canvas_scale() const { return program.scale.to_double(); }
};

class ClipView {
 public:
  virtual ~ClipView() = default;
  // The clip at time `t` since its start, as its visual properties have it.
  virtual base::Result<Side> at(const base::Rational& t) = 0;
};

// `clip` must outlive the view. `reader` is free for the view's use in Sources::video.
base::Result<std::unique_ptr<ClipView>> open_clip(const schema::Clip& clip, int64_t reader,
                                                  ClipContext context);

}  // namespace rushes::compose
