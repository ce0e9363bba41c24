#pragma once

// Samples of an audio stream by time.
//
// Sample n is at time n / sample_rate from the zero of the file: its first video frame as
// VideoReader counts it, or, in a file without video, the first sample that is meant to be heard.
// So the offset between sound and picture is kept: what the stream has before zero is left out, and
// silence stands where it starts late or has a hole. Encoder priming is left out as edit lists,
// Opus pre-skip and LAME headers tell.
//
// Mono stays mono; all else becomes stereo. Downmix (ITU-R BS.775, not normalised, so peaks may
// pass 1): L' = L + 0.7071 (C + Ls + Lb) + 0.5 Cb, right alike; LFE is left out. Samples that are
// not finite become 0 and are counted.
//
// Memory is bounded. One thread at a time. The source must outlive the reader.

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

struct AudioReaderOptions {
  int stream = 0;  // ordinal among audio streams
};

class AudioReader {
 public:
  static base::Result<std::unique_ptr<AudioReader>> open(const base::ByteSource& source,
                                                         const AudioReaderOptions& options = {});
  ~AudioReader();
  AudioReader(const AudioReader&) = delete;
  AudioReader& operator=(const AudioReader&) = delete;

  int sample_rate() const;
  int channels() const;  // 1 or 2, of what read() gives
  const StreamInfo& info() const;
  // Where the stream's first sample stands, counted from zero; what read() has made good already.
  Rational start_offset() const;

  // The next samples, at most 8192 a channel; an empty block at the end and ever after.
  base::Result<frame::AudioBlock> read();
  // The next read() begins with sample round(t * sample_rate), t >= 0. Past the end is no error.
  // What a codec needs to have heard before is decoded and dropped.
  base::Status seek(const Rational& t);

  // Samples of these times are what will be read next: for sources that are far away.
  void will_read(const Rational& from, const Rational& until);

  int64_t not_finite() const;  // samples that were set to 0
  int64_t damaged() const;     // packets that could not be decoded: silence stands in their place
  // Of all that was read so far; these two among them.
  std::vector<std::string> warnings() const;

 private:
  struct Impl;
  explicit AudioReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::media
