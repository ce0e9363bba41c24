#pragma once

// Packets to a file. MP4 and its kin with their index in front, written in one pass: room for the
// index is set aside by the number of packets that are announced, and what is left of it becomes a
// `free` box. Ogg and GIF have no index, and WebM's (where keyframes are) stands at the end. The
// same packets give the same bytes: no dates, no version strings.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/rational.h"
#include "base/result.h"
#include "media/packet.h"

namespace rushes::media {

enum class Track : uint8_t { kVideo, kAudio };

struct MuxerOptions {
  std::string container = "mp4";     // by name: schema/codecs.h
  std::optional<TrackFormat> video;  // one of the two, or both
  std::optional<TrackFormat> audio;
  // Exactly as many must be written.
  int64_t video_packets = 0;
  int64_t audio_packets = 0;
};

class Muxer {
 public:
  // The sink is written from offset 0 on and must outlive the muxer.
  static base::Result<std::unique_ptr<Muxer>> open(base::ByteSink& sink,
                                                   const MuxerOptions& options);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  // In decoding order within a track. Tracks may be written in any order to one another within ten
  // seconds: they are interleaved by time. Checked: dts strictly increasing, pts >= dts, the
  // announced number, video starting with a key packet at pts 0.
  // Audio is played from pts 0 (an edit list leaves out the priming) and is cut to the length of
  // the video, if there is one: the last packet's duration is shortened to end with it, and a
  // packet that starts later still is refused.
  base::Status write(Track track, const Packet& packet);
  // Writes the index. The file is whole only after this.
  base::Status finish();

 private:
  struct Impl;
  explicit Muxer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::media
