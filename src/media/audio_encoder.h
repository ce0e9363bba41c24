#pragma once

// Sound to packets, of the same bytes on every machine.
//
// AAC-LC by libav's own encoder, with its default search: "fast" wavers on loud tones (10 dB of
// signal to noise on one of -1 dBFS), this one passes peaks at once after silence (1 dB at 192
// kb/s, 4 dB at 128). Opus by libopus, 48 kHz, packets of 20 ms. PCM of 24 bits in packets of 1024
// samples. The first packet has pts -priming: pts 0 is the first sample sent. The last packet's
// duration ends where the samples end.

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "frame/frame.h"
#include "media/packet.h"

namespace rushes::media {

struct AudioEncoderOptions {
  Codec codec = Codec::kAac;
  int sample_rate = 48000;
  int channels = 2;          // 1 or 2
  int64_t bitrate = 192000;  // of PCM no choice
};

class AudioEncoder {
 public:
  static base::Result<std::unique_ptr<AudioEncoder>> open(const AudioEncoderOptions& options);
  ~AudioEncoder();
  AudioEncoder(const AudioEncoder&) = delete;
  AudioEncoder& operator=(const AudioEncoder&) = delete;

  const TrackFormat& format() const;

  // A block of any length. Samples that are not finite are refused (kInvalidArgument).
  base::Status send(const frame::AudioBlock& block);
  base::Status finish();
  // The next packet; empty when more samples are needed, and at the end.
  base::Result<std::optional<Packet>> receive();

 private:
  struct Impl;
  explicit AudioEncoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::media
