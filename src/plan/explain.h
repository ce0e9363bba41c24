#pragma once

// Why a segment has to be rendered: what its slice says otherwise than it did before.

#include <string>
#include <vector>

#include "plan/slice.h"

namespace rushes::plan {

// Differences that count (names of files and places do not), in the words of timelines, those of
// one clip or sound together: "/tracks/0/2: file, zoom", "the frame rate". Empty: the slices have
// the same key.
std::vector<std::string> differences(const schema::Program& before, const schema::Program& after);

// Of the segments of an earlier program, the one whose slice differs least.
struct Earlier {
  Segment segment;
  schema::Program slice;
};
std::vector<std::string> least_differences(const std::vector<Earlier>& before,
                                           const schema::Program& after);

}  // namespace rushes::plan
