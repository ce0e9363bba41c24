#pragma once

// Small pictures along a video, in sheets, and the WebVTT file that says which part of a sheet
// shows what time: players show them where somebody points at the time line. Pure.

#include <cstddef>
#include <string>
#include <vector>

#include "base/rational.h"

namespace rushes::plan {

using base::Rational;

struct Thumbnails {
  int width = 0, height = 0;  // of one
  int columns = 10, rows = 10;
  std::vector<Rational> starts;  // when each begins to be shown, in seconds
  Rational end;                  // of the last one
  std::string stem;              // sheets are named `stem`_00000.jpg, beside the file
};

// How the file begins.
inline constexpr char kThumbnailsMark[] = "WEBVTT\n\nNOTE Rushes\n";

// Of so many segments those whose first pictures are taken: all, or evenly spread.
std::vector<size_t> thumbnail_segments(size_t count);
// The size of a thumbnail: the longer side has 160 pixels; both are even.
void set_size(Thumbnails& thumbnails, int width, int height);

size_t sheet_count(const Thumbnails& thumbnails);
std::string thumbnails_vtt(const Thumbnails& thumbnails);

}  // namespace rushes::plan
