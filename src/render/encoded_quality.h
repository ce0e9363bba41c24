#pragma once

// How like encoded pictures are to what they were made of, found out while they are encoded: their
// packets are decoded again, and compared in the order that is shown.

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "frame/frame.h"
#include "kernels/compare.h"
#include "media/packet.h"
#include "media/packet_decoder.h"

namespace rushes::render {

class EncodedQuality {
 public:
  // The next frame that goes into the encoder.
  void sent(const frame::Frame& frame) { sent_.push_back(frame); }
  // The next packet that has come out of it; `format` is that of its track.
  base::Status received(const media::TrackFormat& format, const media::Packet& packet);
  // Nothing more comes; kInternal unless each frame that was sent has come back.
  base::Status finish();
  // SSIM of luma, of all frames together.
  const kernels::SsimSum& sum() const { return sum_; }
  // For the notes of what is stored.
  nlohmann::json note() const { return {{"value", sum_.value}, {"windows", sum_.windows}}; }

 private:
  base::Status compare();

  std::unique_ptr<media::PacketDecoder> decoder_;
  std::deque<frame::Frame> sent_;
  kernels::SsimScratch scratch_;
  kernels::SsimSum sum_;
};

// From the notes of an object, the mean; empty if they do not have it.
std::optional<double> noted_ssim(const std::string& notes);

}  // namespace rushes::render
