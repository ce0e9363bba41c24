#pragma once

// Draws scenes. Two painters give the same pictures: the fast one draws only where something
// changes, with SIMD kernels; the reference draws every layer over the whole canvas with the plain
// ones.

#include <memory>

#include "compose/scene.h"

namespace rushes::compose {

class Painter {
 public:
  virtual ~Painter() = default;
  // Draws groups [first, scene.groups.size()) of `scene`; with first == 0 the background too,
  // otherwise over what `out` holds. `out` is kWorking of the scene's size.
  virtual void paint(const Scene& scene, size_t first, frame::FrameBuffer& out) = 0;
};

std::unique_ptr<Painter> fast_painter(int width, int height);
std::unique_ptr<Painter> reference_painter(int width, int height);

}  // namespace rushes::compose
