#pragma once

// Words into groups that are shown at once, and groups into lines. Pure: widths are given. For this
// layer's own files.

#include <vector>

#include "schema/program.h"
#include "text/caption_words.h"

namespace rushes::text {

struct GroupLimits {
  int max_words = 0;  // 0: none
  int max_lines = 2;
  double width = 0;  // of a line; <= 0: none
  double space = 0;  // between words
  base::Rational max_gap{1, 2};
};

struct CaptionGroup {
  base::Rational start, end;
  std::vector<CaptionWord> words;
  std::vector<size_t> line_starts;  // indices of words; the first is 0
};

// `widths`: of the cue's words, in its order. A group is as full as it can be without leaving a
// lonely word behind, and ends at a pause or the end of a sentence where it can; a cue that fits as
// its author broke it is left so. The lines of a group are as even as they can be.
std::vector<CaptionGroup> group_words(const CaptionCue& cue, const std::vector<double>& widths,
                                      const GroupLimits& limits);

}  // namespace rushes::text
