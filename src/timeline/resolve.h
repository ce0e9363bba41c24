#pragma once

// A timeline and what is known of its files, made into a program: times exact, "auto" a number,
// percent pixels. Pure: the facts come from whoever opened the files.
//
// Rules of time
//   A clip starts at "at", else where the one before on its track ends, less its transition.
//   "end" lasts to the end of the output; the output ends with "output.duration", else with the
//   last clip that is not "end" itself. What reaches further keeps its times (so its motion and
//   fades do not change) and is cut: Clip::end_frame is at most Program::frames.
//   An "auto" video lasts for as many whole output frames as its source has; "auto" audio exactly
//   as long as its source.
//   Clips of one track overlap only by a transition; it lasts from the start of the second to the
//   end of the first.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/rational.h"
#include "base/result.h"
#include "schema/diagnostic.h"
#include "schema/program.h"
#include "timeline/document.h"

namespace rushes::timeline {

// What a file turned out to be.
struct MediaFacts {
  // Set: the file is missing, unreadable or not what it says. It becomes a diagnostic at each use
  // (with the error's own number, or 150), and the other fields mean nothing.
  std::optional<base::Error> error;
  // With `error`: what is wrong within the file, each with its place there; told in its stead.
  std::vector<schema::Diagnostic> mistakes;

  bool has_image = false;  // a still picture
  bool has_video = false;  // a moving one
  bool has_audio = false;
  int width = 0, height = 0;               // upright, square pixels
  std::optional<base::Rational> duration;  // of the picture if there is one, else of the sound
  std::optional<base::Rational> frame_rate;
  std::vector<base::Rational> keyframes;  // as schema::Input has them
  bool alpha = false;
  bool hdr = false;                      // PQ or HLG
  bool interlaced = false;               // field-coded, not merely flagged
  std::vector<schema::Cue> cues;         // captions (.srt, .vtt) and words (.json); none for .ass
  std::optional<schema::Script> script;  // .ass

  uint64_t size = 0;
  std::string hash;  // XXH3-128, 32 hex digits
};

using Facts = std::map<std::string, MediaFacts, std::less<>>;  // by src as written

struct Resolved {
  schema::Program program;                      // complete but for `fonts`, if `ok`
  std::vector<schema::Diagnostic> diagnostics;  // errors and warnings of meaning, not those of load
  bool ok() const { return !schema::has_errors(diagnostics); }
};

struct ResolveOptions {
  // Of the file that will be written (schema/codecs.h); empty: not known. What the document leaves
  // out is what such a file usually holds.
  std::string container;
  std::string encoder;  // of all pictures, in place of what the document says; empty: as it says
};

// Facts must name every src of sources(loaded) (a missing one is an error). Where `loaded` is not
// ok there is no program, and the diagnostics only say what is wrong with the files.
Resolved resolve(const Loaded& loaded, const Facts& facts, const ResolveOptions& options = {});

}  // namespace rushes::timeline
