#pragma once

// What a media file holds, found without decoding it all.
//
// A source is untrusted: only containers of a fixed list are opened (see sniff.h and demuxer.h),
// playlists and scripts that name other files are refused, and nothing but the source is ever read.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/rational.h"
#include "base/result.h"
#include "frame/frame.h"

namespace rushes::media {

using base::Rational;

enum class StreamKind : uint8_t { kVideo, kAudio, kSubtitle, kData };

// How stored pixels become upright ones: first mirrored left to right if `flip`, then turned
// clockwise by `rotation` degrees (0, 90, 180, 270). All eight EXIF orientations, and every display
// matrix of right angles, are one of these.
struct Orientation {
  int rotation = 0;
  bool flip = false;
  bool swaps_axes() const { return rotation == 90 || rotation == 270; }
  friend bool operator==(const Orientation&, const Orientation&) = default;
};

// What playing a video at a steady rate makes of its pictures: the one that is due is shown.
struct Pace {
  Rational fps;
  int64_t pictures = 0;  // looked at: the first ones
  int64_t left_out = 0;  // of these
  int64_t repeated = 0;  // how often one is shown again
};

struct VideoInfo {
  int width = 0, height = 0;                  // as stored
  int display_width = 0, display_height = 0;  // upright, square pixels; never fewer pixels a side
  Rational sample_aspect = 1;                 // of a stored pixel, width / height
  Orientation orientation;
  std::string pixel_format;  // libav's name: "yuv420p10le"
  int depth = 8;
  bool alpha = false;  // the VP8 and VP9 alpha_mode tag counts
  bool interlaced = false;
  bool hdr = false;  // PQ or HLG
  // As tagged, in libav's words ("bt709", "tv", "left"); empty where the file says nothing.
  std::string matrix, range, primaries, transfer, site;
  // As VideoReader will describe its frames (see describe.h).
  frame::Format format;
  Rational frame_rate;               // average; 0 if unknown
  bool variable_frame_rate = false;  // frames differ in length by more than the rounding of times
  std::vector<Pace> paces;           // if it is, at each usual rate, the lowest first
  std::optional<int64_t> frames;     // if the container knows
  bool attached_picture = false;     // cover art: not a video
  // Where decoding can begin, so far as an index tells without reading the file: seconds from the
  // first frame, a second apart or more. In an MP4 of open GOPs some may be a few frames late, by
  // as many as are decoded after a keyframe and shown before it. Empty: not known, or every frame
  // is one.
  std::vector<Rational> keyframes;
};

struct AudioInfo {
  int sample_rate = 0;
  int channels = 0;
  std::string layout;  // "stereo", "5.1"
};

struct StreamInfo {
  StreamKind kind = StreamKind::kData;
  int index = 0;    // in the container
  int ordinal = 0;  // among streams of its kind, attached pictures not counted: what readers take
  std::string codec, profile;  // profile may be empty
  int64_t bit_rate = 0;        // 0: unknown
  Rational start;              // of its first packet, on the container's clock
  std::optional<Rational> duration;
  std::string language;  // may be empty
  VideoInfo video;       // if kVideo
  AudioInfo audio;       // if kAudio
};

struct MediaInfo {
  std::string container;      // "mp4", "mov", "webm", "matroska", "wav", "jpeg", "png", "webp", ...
  Rational duration;          // from the earliest start to the latest end; 0 for a still
  int64_t bit_rate = 0;       // 0: unknown
  std::string creation_time;  // as the file says it (ISO 8601); may be empty
  bool still = false;         // a picture: read_still reads it
  bool animated = false;      // a picture that moves: read_still gives its first frame, if anything
  std::vector<StreamInfo> streams;
  std::vector<std::string> warnings;

  // The stream of this kind and ordinal, or null.
  const StreamInfo* find(StreamKind kind, int ordinal = 0) const;
};

// Reads the headers; all packets too where no duration is written, or only a guessed one.
// kInvalidArgument: empty, text, a playlist. kUnsupported: a container that is not on the list.
// kCorrupt: damaged beyond use.
// Without `keyframes` these stay empty: of a file that is far away, finding them costs as much as
// all the rest.
struct ProbeOptions {
  bool keyframes = true;
};
base::Result<MediaInfo> probe(const base::ByteSource& source, const ProbeOptions& options = {});

}  // namespace rushes::media
