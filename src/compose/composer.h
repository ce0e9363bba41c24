#pragma once

// The picture at frame n. Sequential requests are the fast way; any order gives the same pictures.
// One thread at a time.

#include <map>
#include <memory>
#include <optional>

#include "compose/clip_view.h"
#include "compose/painter.h"

namespace rushes::compose {

struct ComposerOptions {
  // The plain renderer: every layer over the whole canvas, nothing remembered, no SIMD. Slow, and
  // the definition of what the fast one must give, bit for bit.
  bool reference = false;
};

class Composer {
 public:
  // `program` and `sources` must outlive it.
  Composer(const schema::Program& program, Sources& sources, Warn warn,
           ComposerOptions options = {});
  ~Composer();
  // Working format, canvas size. 0 <= n < program.frames. A frame equal to the one before is the
  // same handle.
  base::Result<frame::Frame> picture(int64_t n);
  // What is drawn at frame n.
  base::Result<Scene> scene(int64_t n);

 private:
  base::Result<ClipView*> view(size_t track, size_t clip);
  base::Status add_track(size_t track, int64_t n, Scene& scene);
  base::Result<frame::Frame> luma_mask(int input);
  void drop_clips_outside(int64_t n);
  frame::Frame paint(const Scene& scene);

  const schema::Program& program_;
  Sources& sources_;
  Warn warn_;
  ComposerOptions options_;
  std::map<std::pair<size_t, size_t>, std::unique_ptr<ClipView>> views_;
  std::map<int, frame::Frame> luma_masks_;
  std::unique_ptr<Painter> painter_;
  Scene last_scene_;
  frame::Frame last_;
  // The lowest `base_groups_` groups of last_scene_, painted once and copied since.
  std::optional<frame::Frame> base_;
  size_t base_groups_ = 0;
  size_t last_common_ = 0;
};

}  // namespace rushes::compose
