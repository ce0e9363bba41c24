#pragma once

// Chapters of a recording as if they were one file. Cameras begin a new file every few minutes.

#include <string>
#include <vector>

#include "base/rational.h"
#include "base/result.h"
#include "mp4/marks.h"
#include "mp4/movie.h"

namespace rushes::mp4 {

struct Recording {
  // As the first chapter says it, with the samples of all: Sample::source numbers their chapter,
  // and pts are times since the recording began. Edit lists are gone (delay and start); the length
  // of a track is where it ends.
  Movie movie;
  std::vector<Rational> chapters;  // seconds at which each begins
  std::vector<Mark> marks;         // of all
  Rational length;                 // seconds, of the picture if there is one
  std::vector<std::string> notes;  // of what did not fit quite: for people
};

// "chapter 2 (GX020123.MP4)", for messages; they count from 0.
std::string chapter_title(size_t number, const std::string& name);

// A chapter begins where the picture of the one before ends. Sound and data run on without a gap
// where theirs is shorter than a sample, so that nothing adds up; where more is missing or twice
// there, the next chapter's is put where it belongs. kInvalidArgument, naming the chapter: another
// number of tracks, tracks that are encoded otherwise, a picture that is turned otherwise.
base::Result<Recording> join(std::vector<Movie> chapters);

}  // namespace rushes::mp4
