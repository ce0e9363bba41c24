#pragma once

// How a word looks at a time. Pure and exact: + - * / only.

#include "base/rational.h"
#include "schema/program.h"

namespace rushes::text {

struct WordTimes {
  base::Rational start, end;  // spoken
  base::Rational until;       // active up to here: the next word, or the end of a pause's start
};

struct WordLook {
  bool visible = true;
  bool active = false;  // drawn in the active style
  double scale = 1;     // of the word, about its centre
  double lift = 0;      // upwards, fraction of the font size
  double opacity = 1;
  double sung = 0;   // karaoke: the fraction that has the active style
  double typed = 1;  // typewriter: the fraction of the letters that is there
};

// Of the active word: at rest, and at its largest on the way there (pop).
struct WordScales {
  double settled = 1, peak = 1;
};

WordLook look_at(schema::CaptionEffect effect, const WordTimes& word, const base::Rational& t,
                 const WordScales& scales);

}  // namespace rushes::text
