#include "render/encoded_quality.h"

namespace rushes::render {

using base::Status;

Status EncodedQuality::received(const media::TrackFormat& format, const media::Packet& packet) {
  if (decoder_ == nullptr) {
    ASSIGN_OR_RETURN(decoder_, media::PacketDecoder::open(format));
  }
  RETURN_IF_ERROR(decoder_->send(packet));
  return compare();
}

Status EncodedQuality::finish() {
  if (decoder_ != nullptr) {
    RETURN_IF_ERROR(decoder_->finish());
    RETURN_IF_ERROR(compare());
  }
  if (!sent_.empty()) return base::internal("what was encoded decodes to fewer frames");
  return {};
}

Status EncodedQuality::compare() {
  while (true) {
    ASSIGN_OR_RETURN(const auto frame, decoder_->receive());
    if (!frame) return {};
    if (sent_.empty()) return base::internal("what was encoded decodes to more frames");
    const frame::PlaneView luma = sent_.front().plane(0);
    if (frame->width() != luma.width || frame->height() != luma.height) {
      return base::internal("what was encoded decodes to another size");
    }
    const kernels::SsimSum one = kernels::ssim(luma, frame->plane(0), scratch_);
    sum_.value += one.value;
    sum_.windows += one.windows;
    sent_.pop_front();
  }
}

std::optional<double> noted_ssim(const std::string& notes) {
  const auto parsed = nlohmann::json::parse(notes, nullptr, false);
  const auto* sum = parsed.is_object() && parsed.contains("ssim") ? &parsed["ssim"] : nullptr;
  if (sum == nullptr || !sum->is_object()) return std::nullopt;
  const auto windows = static_cast<double>(sum->value("windows", int64_t{0}));
  const auto value = static_cast<double>(sum->value("value", int64_t{0}));
  // What is smaller than a window is as like as can be.
  return windows > 0 ? value / (windows * static_cast<double>(kernels::kSsimOne)) : 1;
}

}  // namespace rushes::render
