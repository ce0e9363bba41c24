#pragma once

// The part of a program that a segment shows, as a program of its own: frame n of the slice is
// frame first + n of the whole, sample for sample. It holds nothing else, and says it in one way
// only: times count from the segment's first frame, inputs and fonts from the first one used; keys,
// cues and stretches of a source that no frame of the segment can see are gone. So two slices that
// are equal look the same, wherever they stand in whatever timeline, and a renderer that is given
// the slice cannot depend on what a key made of it leaves out.
//
// What messages need stays: ids, pointers, the names of files. Keys leave them out (key.h).

#include <vector>

#include "plan/cut.h"
#include "schema/program.h"

namespace rushes::plan {

struct Slice {
  schema::Program program;  // without sound
  // Of the whole program, in the order of the slice's.
  std::vector<int> inputs;
  std::vector<int> fonts;
};

Slice slice(const schema::Program& program, const Segment& segment);

// Whether a recording plays in it. If none does, all there is are stills, colours and letters, and
// what moves glides.
bool plays_recordings(const schema::Program& program);

// The sound of frames [first, end): no picture, nothing of the inputs that only pictures need.
// Times stay those of the whole program.
Slice sound_slice(const schema::Program& program);

}  // namespace rushes::plan
