#pragma once

// Encoded media as values: what encoders make, packet files keep and the muxer joins.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rational.h"

namespace rushes::media {

using base::Rational;

// Times in units of the track's time base: 1/fps for video (a frame lasts 1), 1/sample_rate for
// audio.
struct Packet {
  int64_t pts = 0;
  int64_t dts = 0;
  int64_t duration = 0;
  bool key = false;
  std::vector<std::byte> data;
  friend bool operator==(const Packet&, const Packet&) = default;
};

enum class Codec : uint8_t {
  kH264 = 1,
  kAac = 2,
  kHevc = 3,
  kOpus = 4,
  kAv1 = 5,
  kVp9 = 6,
  kProres = 7,
  kPcm = 8,
  kGif = 9,
};

constexpr bool is_video(Codec codec) {
  return codec != Codec::kAac && codec != Codec::kOpus && codec != Codec::kPcm;
}
// What a decoder must know stands in its keyframes alone.
constexpr bool has_headers(Codec codec) { return codec != Codec::kVp9 && codec != Codec::kGif; }
// PCM: 24 bits, least significant first, channels interleaved.
inline constexpr int kPcmSampleBytes = 3;
// As documents name it: "h264". Empty: there is no such codec.
std::optional<Codec> codec_named(std::string_view name);
std::string_view name_of(Codec codec);

// All that a decoder or a container must know of a track. Packets of two tracks may be joined when
// these are equal.
struct TrackFormat {
  Codec codec = Codec::kH264;
  Rational time_base{1, 30};
  int width = 0, height = 0;          // video
  int sample_rate = 0, channels = 0;  // audio
  int priming = 0;                    // audio: samples at the start that are not to be heard
  int reorder = 0;                    // video: frames by which dts runs ahead of pts
  int64_t bit_rate = 0;               // 0: not fixed
  std::vector<std::byte> extradata;   // parameter sets in Annex B, a sequence header
                                      // OBU, AudioSpecificConfig, OpusHead, the
                                      // sample entry's name of ProRes
  friend bool operator==(const TrackFormat&, const TrackFormat&) = default;
};

}  // namespace rushes::media
