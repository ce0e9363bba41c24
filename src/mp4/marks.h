#pragma once

// Marks of chapters as Nero's box "chpl" has them, beside the tracks. (Those of QuickTime are a
// track of texts, and cut like others.)

#include <vector>

#include "mp4/movie.h"

namespace rushes::mp4 {

struct Mark {
  Rational at;  // seconds
  Bytes title;
};

// In their order. kCorrupt: they cannot be read.
base::Result<std::vector<Mark>> marks_of(const Movie& movie);

// In the place of those that the movie has; none: without the box.
void set_marks(Movie& movie, const std::vector<Mark>& marks);

// What becomes of them in [from, to): each moves, and the one that holds at `from` begins there.
std::vector<Mark> marks_within(const std::vector<Mark>& marks, const Rational& from,
                               const Rational& to);

}  // namespace rushes::mp4
