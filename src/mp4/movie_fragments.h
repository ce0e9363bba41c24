#pragma once

// Samples that an index tells of piece by piece (ISO/IEC 14496-12, 8.8): "moof" boxes, as recorders
// write them that want to lose nothing when they are cut off. Internal to this layer.

#include <cstdint>
#include <map>
#include <vector>

#include "mp4/movie.h"

namespace rushes::mp4 {

struct MovieLimits {
  uint64_t file_size = 0;
  uint64_t samples = 0;  // of a track
  int64_t seconds = 0;   // that a track may go on
};

class FragmentReader {
 public:
  // `boxes`: of "moov", with "mvex"; `movie` is what they say, and must outlive this.
  static base::Result<FragmentReader> open(const std::vector<Box>& boxes, Movie& movie,
                                           const MovieLimits& limits);

  // The payload of a "moof" that lies at `offset`. False: the file ends before its samples do;
  // those that are whole are taken, and what would follow it makes no sense.
  base::Result<bool> add(View moof, uint64_t offset);

  // Time 0 is when the first track begins: recorders may count from when they were switched on.
  void finish();

 private:
  struct Defaults {
    uint32_t entry = 1, duration = 0, size = 0, flags = 0;
  };
  struct Source {
    size_t track = 0;
    Defaults defaults;
    int64_t end = 0;  // when the next sample is decoded, unless a fragment says otherwise
    bool grew = false;
  };
  FragmentReader(Movie& movie, const MovieLimits& limits) : movie_(movie), limits_(limits) {}
  base::Status read_defaults(View extension);
  base::Status add_track(View fragment, uint64_t moof);
  base::Status begin_at(Source& source, uint64_t time);
  base::Status add_run(View run, Source& source, const Defaults& defaults, uint64_t base);
  base::Status add_sample(Source& source, const Defaults& sample, int32_t shift);

  Movie& movie_;
  MovieLimits limits_;
  std::map<uint32_t, Source> sources_;  // by the IDs of their tracks
  uint64_t at_ = 0;                     // where the next sample lies, if nothing else is said
  bool cut_off_ = false;
};

}  // namespace rushes::mp4
