#pragma once

// Frames of a video by time.
//
// Time is counted from the stream's first frame: the first one that its decoder shows, after edit
// lists. The frame at t is the one with the largest time <= t; the first one before that, the last
// one past the end. The answer depends on t alone, never on what was asked before: variable frame
// rate, reordered frames and open GOPs included (proved by comparing access in order with random
// access). Requests in order decode forward; steps back and far jumps start again at the keyframe
// before. A stream without timestamps of its own is only ever decoded from its beginning.
//
// Memory is bounded by what the decoder itself holds and two frames. One thread at a time. The
// source must outlive the reader; frames may outlive both.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/rational.h"
#include "base/result.h"
#include "frame/frame.h"
#include "media/probe.h"

namespace rushes::media {

struct VideoReaderOptions {
  int stream = 0;   // ordinal among video streams
  int threads = 1;  // decoding threads; undamaged video gives the same pixels for any number
  // VP8 and VP9 keep alpha aside: decoding it costs a second decoder. Formats that carry alpha
  // within give it always.
  bool want_alpha = true;
  bool upright = true;               // false: as stored
  bool want_sound = false;           // of the same file, by another reader: of a source far away
  int64_t max_pixels = 100'000'000;  // of one frame; more is refused before allocation
};

class VideoReader {
 public:
  static base::Result<std::unique_ptr<VideoReader>> open(const base::ByteSource& source,
                                                         const VideoReaderOptions& options = {});
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  // Stored size turned upright, in the format that info().video.format describes unless the stream
  // changes midway. Sample aspect is left to the caller. The same frame asked for twice running is
  // the same handle. Interlaced and HDR video is decoded as it is: refuse it by info().
  base::Result<frame::Frame> frame_at(const Rational& t);

  // Frames from `from` to `until` are what will be asked for next, in order: for sources that are
  // far away. What is asked for is given all the same.
  void will_read(const Rational& from, const Rational& until);

  // From the first frame to the end of the last one.
  Rational duration() const;
  const StreamInfo& info() const;

  // Packets and frames found damaged so far, over all decoding done. Which pixels a damaged frame
  // gets may depend on the number of threads and on where decoding began. With more than one thread
  // some may be missed.
  int64_t damaged() const;
  // Errors that the decoder has logged so far, on any thread: of every frame that is damaged, of
  // some frames before they are asked for, and of what an open GOP lacks when it is begun with. And
  // packets whose damage several threads might not notice.
  int64_t complaints() const;
  // The first few of the decoder's complaints.
  std::vector<std::string> warnings() const;

 private:
  struct Impl;
  explicit VideoReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::media
