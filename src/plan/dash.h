#pragma once

// A finished video in pieces as MPEG-DASH (ISO/IEC 23009-1, the live profile with static contents):
// the text of its manifest. The pieces are those of HLS. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "base/rational.h"

namespace rushes::plan {

using base::Rational;

// How every manifest of ours begins.
inline constexpr char kManifestMark[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- Rushes -->\n";

// One track. Its pieces are named `name`_00000.m4s and so on, its header `name`_header.mp4.
struct DashTrack {
  std::string name;  // in it letters, digits, "-" and "_" only
  std::string codec;
  int64_t bit_rate = 0;
  int64_t timescale = 0;
  std::vector<int64_t> durations;  // of the pieces, in units of the time scale
  int width = 0, height = 0;       // of pictures
};

struct DashSubtitles {
  std::string file;      // by its name beside the manifest
  std::string language;  // "en"; may be empty
};

struct DashManifest {
  Rational fps;
  Rational duration;                // seconds
  std::vector<DashTrack> pictures;  // sizes of the same
  std::vector<DashTrack> sounds;    // one, or none
  int sample_rate = 0, channels = 0;
  std::vector<DashSubtitles> subtitles;
};

std::string dash_manifest(const DashManifest& manifest);

}  // namespace rushes::plan
