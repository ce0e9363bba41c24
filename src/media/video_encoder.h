#pragma once

// Pictures to packets, by software such that the bytes depend on frames and options alone: no SIMD
// level, no machine, and so that separately encoded stretches join: equal parameter sets for any
// content and rate. Every encoder starts with a keyframe; GOPs are closed. Tagged BT.709 limited
// range, left-sited chroma. How each codec is brought to that stands in its own file
// (video_settings.h).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/rational.h"
#include "base/result.h"
#include "frame/frame.h"
#include "media/packet.h"

namespace rushes::media {

struct VideoEncoderOptions {
  Codec codec = Codec::kH264;
  // Hardware that encodes it ("nvenc", "qsv", "vaapi"); empty: software. Its bytes are those of one
  // kind of device and driver (encoder_driver()) at best, and stretches join all the same.
  std::string device;
  int width = 0, height = 0;  // even, at most 16384
  Rational fps = 30;
  std::string preset = "veryfast";  // the encoder's own names
  double crf = 21;
  std::optional<int64_t> bitrate;  // bits a second, instead of crf
  // A decoder that is fed at `rate` bits a second never waits (encoders call it "VBV"). Wants one
  // thread: with more the bytes differ from run to run.
  struct Buffer {
    int64_t rate = 0;
    int64_t size = 0;   // bits
    double filled = 0;  // when the first frame comes, as a fraction
  };
  std::optional<Buffer> buffer;
  bool lossless = false;  // exact; of H.264 the High 4:4:4 Predictive profile
  // Stills and letters alone: what moves glides. Motion is looked for nearby then (x264: "me=dia"),
  // where the preset would look farther around: it is found all the same, in less time.
  bool gliding = false;
  // That will come: GOPs are of equal length then, and the last frame is no keyframe unless it is
  // the first. 0: not known.
  int64_t frames = 0;
  int gop_frames = 250;  // at most
  int threads = 1;       // fixed by the caller: the bytes depend on it
};

class VideoEncoder {
 public:
  static base::Result<std::unique_ptr<VideoEncoder>> open(const VideoEncoderOptions& options);
  ~VideoEncoder();
  VideoEncoder(const VideoEncoder&) = delete;
  VideoEncoder& operator=(const VideoEncoder&) = delete;

  // Whole once the first packet has come: some encoders tell their headers no sooner.
  const TrackFormat& format() const;

  // Frame n, kWorking and of the encoder's size; n counts up by one from 0. Planes are not copied:
  // the encoder holds the handle until it needs it no more.
  base::Status send(const frame::Frame& frame, int64_t n);
  // No more frames; what is left comes from receive().
  base::Status finish();
  // The next packet, in decoding order; empty when more frames are needed, and at the end.
  base::Result<std::optional<Packet>> receive();

 private:
  struct Impl;
  explicit VideoEncoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The driver of a device and what it drives, as text: what two machines with the same text make may
// be mixed. kUnsupported says why there is none.
base::Result<std::string> encoder_driver(const std::string& device);

// Whether an encoder works: a few frames are encoded as it will be asked to, decoded by software,
// and are still the same pictures; and what two of its stretches say of themselves is equal, so
// that they join; with `any_quality` where their crf differs, too. kUnsupported says what is wrong.
base::Status try_encoder(const VideoEncoderOptions& options, bool any_quality = false);

}  // namespace rushes::media
