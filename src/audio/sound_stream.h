#pragma once

// One sound at the rate of the mix, before its gains: part, resampler and stretcher in a row.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/part.h"
#include "audio/placement.h"
#include "audio/resample.h"
#include "audio/source.h"
#include "audio/stretch.h"

namespace rushes::audio {

// Resampling tables by the source's rate, kept as long as one mix.
class TableCache {
 public:
  explicit TableCache(int to) : to_(to) {}
  base::Result<std::shared_ptr<const ResampleTable>> get(int from);

 private:
  int to_;
  std::map<int, std::shared_ptr<const ResampleTable>> tables_;
};

// Used by one thread.
class SoundStream {
 public:
  // `from`: the output frame that read() begins with, at or after the sound's first.
  static base::Result<SoundStream> open(const schema::Sound& sound, const Placement& placement,
                                        int sample_rate, int64_t from,
                                        std::unique_ptr<SampleSource> source, TableCache& tables);

  int channels() const { return part_.channels(); }
  base::Status read(std::span<float> out);  // fills it
  // What was done otherwise than asked, once the sound is over.
  std::vector<std::string> warnings(const schema::Sound& sound) const;

 private:
  SoundStream(PartReader part, int source_rate) : part_(std::move(part)), rate_(source_rate) {}
  base::Status read_unstretched(std::span<float> out);

  PartReader part_;
  int rate_;
  std::optional<Resampler> resampler_;
  std::optional<Stretcher> stretcher_;
  std::vector<float> fed_, pushed_;
};

}  // namespace rushes::audio
