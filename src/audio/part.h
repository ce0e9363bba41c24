#pragma once

// The part of a source that a sound plays, as an endless stream of samples at the source's rate.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/source.h"
#include "base/rational.h"
#include "base/result.h"

namespace rushes::audio {

struct Part {
  bool loop = false;
  // In source frames. Not looped: read() goes through the source itself, past the part's end too.
  // Looped: positions count from the start of the first pass, and pass k is made of the positions
  // from round(k * period) on.
  int64_t first = 0;  // looped: the source frame that each pass begins with
  Rational period;    // looped: >= 1
};

// Used by one thread.
class PartReader {
 public:
  PartReader(std::unique_ptr<SampleSource> source, Part part, int64_t position);

  int channels() const { return channels_; }
  // Fills `out` with the next interleaved frames, finite and within +-16: zeros before position 0
  // and past the source's end.
  base::Status read(std::span<float> out);

  std::optional<int64_t> source_end() const { return source_end_; }  // in frames, once it was met
  int64_t mended() const { return mended_; }  // samples that were not finite or beyond +-16

 private:
  base::Status read_looped(std::span<float> out);
  base::Status fetch(int64_t frame, std::span<float> out);
  base::Status fetch_block();

  std::unique_ptr<SampleSource> source_;
  Part part_;
  int channels_;
  int64_t position_;
  int64_t source_next_ = 0;  // the frame with which the rest of block_ begins
  std::vector<float> block_;
  size_t block_used_ = 0;  // samples
  std::optional<int64_t> source_end_;
  std::vector<float> pass_;  // what is known of one pass, if a pass is short
  bool keep_pass_;
  int64_t mended_ = 0;
};

}  // namespace rushes::audio
