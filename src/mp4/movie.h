#pragma once

// An MP4 or QuickTime file as its index tells it: tracks, and where each of their samples lies.
// What describes a track (its sample entries, matrix, references, metadata) is kept byte for byte,
// so that what is written again says the same of it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/rational.h"
#include "base/result.h"
#include "mp4/box.h"

namespace rushes::mp4 {

using base::Rational;

// A frame, a packet of sound, or a second of sensor data. Times are in units of its track's
// timescale.
struct Sample {
  uint64_t offset = 0;  // in its file
  uint32_t size = 0;
  uint32_t duration = 0;
  int64_t dts = 0;
  int32_t shift = 0;  // it is shown at dts + shift
  uint16_t source = 0;
  uint16_t entry = 1;  // which sample entry describes it, from 1
  bool sync = true;
  uint8_t depends = 0;  // as in the box "sdtp"

  int64_t pts() const { return dts + shift; }
  int64_t end() const { return pts() + duration; }
};

inline constexpr Type kVideo = type_of("vide"), kSound = type_of("soun"),
                      kTimecode = type_of("tmcd");

inline constexpr uint16_t kOwn = UINT16_MAX;

struct Track {
  Type handler = 0;
  Type codec = 0;  // of its first sample entry: "hvc1"
  uint32_t timescale = 1;
  // What is kept as it is: payloads, and whole boxes.
  Bytes track_header, media_header, handler_box;
  Bytes sample_entries;       // the payload of "stsd"
  std::vector<Bytes> media;   // of "minf", but for its samples: "vmhd", "dinf"
  std::vector<Bytes> others;  // of "trak": "tref", "udta"
  bool has_sync_table = false;
  bool has_dependencies = false;
  // Its edit list, as far as we go along with one: nothing for `delay` seconds, then what is shown
  // from `start` on, for `length` seconds or to its end.
  Rational delay;
  int64_t start = 0;
  std::optional<Rational> length;
  std::vector<Sample> samples;  // in decoding order

  // Seconds at which a sample of this pts is shown.
  Rational shown_at(int64_t pts) const { return delay + Rational(pts - start, timescale); }
  Rational shown_until() const;  // 0 without samples
};

struct Movie {
  std::string name;  // of its file, for messages; may be empty
  Bytes file_type;   // the payload of "ftyp"; may be empty
  Bytes header;      // of "mvhd"
  uint32_t timescale = 1;
  int64_t created = 0;        // seconds since 1904 began; 0: not said
  std::vector<Bytes> others;  // whole boxes of "moov": "udta", "meta"
  std::vector<Track> tracks;
  Bytes own;                       // samples whose source is kOwn: they lie in no file
  std::vector<std::string> notes;  // of what was left out: for people
  const Track* video() const;      // the first with samples, or null
};

// Reads the index alone, and those of fragments. kUnsupported: another kind of file, edits that do
// more than shift and trim. kCorrupt: no index (a recording that was cut off), samples beyond the
// end.
base::Result<Movie> read_movie(const base::ByteSource& source);

// How many bytes follow the last box, where some cameras write sensor data. Errors as of
// read_movie.
base::Result<uint64_t> bytes_behind(const base::ByteSource& source);

// Seconds from 1904 to 1970: what "created" and Unix time differ by.
inline constexpr int64_t kUnixEpoch = 2'082'844'800;

}  // namespace rushes::mp4
