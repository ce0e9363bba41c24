#pragma once

// How one clip gives way to the next.

#include "compose/scene.h"
#include "schema/program.h"

namespace rushes::compose {

// Adds to `scene` what is seen `progress` (eased; 0 to 1, easings may overshoot) of the way from
// `before` to `after`.
//
//   fade    both mixed                         slide  after moves in over before
//   dip     before to a colour, colour to after push  both move
//   flash   the same, quick in and slow out    zoom   before grows and fades into after
//   wipe    an edge moves over the canvas      circle opens from the centre
//   luma    where the grey picture is dark, first
void add_transition(const schema::Transition& transition, double progress, Side before, Side after,
                    frame::Frame luma, Scene& scene);

inline constexpr frame::Format kLumaPlane{.layout = frame::Layout::kGray,
                                          .range = frame::Range::kFull};
// The brightness of any picture, 0 to 255, stretched over the canvas: the mask of a luma wipe.
frame::Frame luma_plane(const frame::Frame& picture, int width, int height);

}  // namespace rushes::compose
