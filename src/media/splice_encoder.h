#pragma once

// An encoder of pictures one after the other, each leaning on the one before alone, as their units
// without lengths or start codes. Internal to this layer.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "media/av.h"
#include "media/encoder.h"
#include "media/nal_units.h"
#include "media/splice.h"

namespace rushes::media {

struct SpliceEncoderOptions {
  const AVCodecParameters* stream = nullptr;  // that it is to go with
  AVRational time_base = {1, 30};
  int threads = 1;
  std::vector<bool> intra;  // which of them lean on none; empty: the first
  std::string tools;        // what the profile lacks, in x264's words: "cabac=0:8x8dct=0"
};

struct EncodedPicture {
  std::vector<NalBytes> nals;
};

// kInvalidArgument where a frame is not as the stream says.
base::Result<std::vector<EncodedPicture>> encode_pictures(const SpliceEncoderOptions& options,
                                                          size_t count, const StoredFrames& frames,
                                                          std::vector<NalBytes>& parameter_sets);

}  // namespace rushes::media
