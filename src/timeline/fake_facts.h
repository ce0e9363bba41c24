#pragma once

// For tests and fuzzers: facts that follow from a file's name, so that no file is needed.
//
//   x.jpg .png .webp   a picture of 4000x3000; with "tall" in its name 3000x4000
//   x.mp4 .webm .mov   a video of 1920x1080 with sound; "silent" has none, "hdr", "interlaced"
//   x.m4a .mp3 .wav    a sound
//   x.srt .vtt .json   two captions, from 0.5 to 2 and 2.5 to 4 s; x.ass none
//   "-8.5s" in a name is its duration, "-forever" means it does not say; otherwise 10 s
//   "missing", "damaged"  errors

#include "timeline/document.h"
#include "timeline/resolve.h"

namespace rushes::timeline {

Facts fake_facts(const Loaded& loaded);

}  // namespace rushes::timeline
