#pragma once

// The way from 0 to 1. Names and shapes are those of CSS and of Robert Penner's equations:
//
//   linear  hold
//   ease  ease-in  ease-out  ease-in-out                        (CSS's cubic Beziers)
//   ease-in-X  ease-out-X  ease-in-out-X   for X in quad cubic quart quint sine expo circ back
//                                          elastic bounce
//   cubic-bezier                                                (Easing::p is x1 y1 x2 y2)
//
// "hold" stays at 0 and jumps to 1 at the end. back and elastic leave the range 0 to 1 on the way.
// Built on exact_math.h alone: the same bits on every machine. schema/formats.h parses the names.

#include "schema/program.h"

namespace rushes::timeline {

// `t` is clamped to 0..1; ease(0) = 0 and ease(1) = 1. An unknown name is linear (documents and
// programs are checked for names before).
double ease(const schema::Easing& easing, double t);

}  // namespace rushes::timeline
