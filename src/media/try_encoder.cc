#include <cstdlib>
#include <vector>

#include "media/packet_decoder.h"
#include "media/video_encoder.h"

namespace rushes::media {
namespace {

constexpr int kFrames = 4;
// Mean difference of luma. At the lowest quality a bar that moves over a gradient comes to about a
// third of it; a picture of nothing, or another one, to several times as much.
constexpr int64_t kMostDifference = 12;
constexpr double kMiddleCrf = 26, kOtherCrf = 7;

base::Error lies(const std::string& what) {
  return base::unsupported("what it encoded is not what it was given: " + what);
}

// Grey from left to right, and a bright bar that moves down.
frame::Frame picture(int width, int height, int n) {
  frame::FrameBuffer out(frame::kWorking, width, height);
  const int bar = height * n / (kFrames + 1), below = bar + height / 4;
  for (int p = 0; p < 3; ++p) {
    const frame::MutablePlaneView plane = out.plane(p);
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const bool lit = p == 0 && y >= bar && y < below;
        plane.row(y)[x] = static_cast<uint8_t>(p > 0 ? 128
                                               : lit ? 220
                                                     : 16 + 128 * x / plane.width);
      }
    }
  }
  return std::move(out).freeze();
}

int64_t difference(const frame::PlaneView& a, const frame::PlaneView& b) {
  int64_t sum = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) sum += std::abs(a.row(y)[x] - b.row(y)[x]);
  }
  return sum / (int64_t{a.width} * a.height);
}

struct Stretch {
  TrackFormat format;
  std::vector<Packet> packets;
};

base::Result<Stretch> encode(const VideoEncoderOptions& options) {
  Stretch out;
  ASSIGN_OR_RETURN(const auto encoder, VideoEncoder::open(options));
  const auto take = [&]() -> base::Status {
    for (;;) {
      ASSIGN_OR_RETURN(auto packet, encoder->receive());
      if (!packet) return {};
      out.packets.push_back(*std::move(packet));
    }
  };
  for (int n = 0; n < options.frames; ++n) {
    RETURN_IF_ERROR(encoder->send(picture(options.width, options.height, n), n));
    RETURN_IF_ERROR(take());
  }
  RETURN_IF_ERROR(encoder->finish());
  RETURN_IF_ERROR(take());
  out.format = encoder->format();
  return out;
}

base::Status compare(const VideoEncoderOptions& options, const Stretch& stretch) {
  if (stretch.packets.size() != kFrames || !stretch.packets[0].key) {
    return lies(std::to_string(stretch.packets.size()) + " packets of " + std::to_string(kFrames) +
                " pictures");
  }
  ASSIGN_OR_RETURN(const auto decoder, PacketDecoder::open(stretch.format));
  int shown = 0;
  const auto take = [&]() -> base::Status {
    for (;;) {
      ASSIGN_OR_RETURN(const auto frame, decoder->receive());
      if (!frame) return {};
      const frame::Frame sent = picture(options.width, options.height, shown++);
      if (frame->width() != options.width || frame->height() != options.height) {
        return lies("pictures of another size");
      }
      const int64_t off = difference(frame->plane(0), sent.plane(0));
      if (off > kMostDifference) return lies("luma is off by " + std::to_string(off) + " of 255");
    }
  };
  for (const Packet& packet : stretch.packets) {
    RETURN_IF_ERROR(decoder->send(packet));
    RETURN_IF_ERROR(take());
  }
  RETURN_IF_ERROR(decoder->finish());
  RETURN_IF_ERROR(take());
  if (shown != kFrames) return lies(std::to_string(shown) + " pictures came of it");
  return {};
}

}  // namespace

base::Status try_encoder(const VideoEncoderOptions& options, bool any_quality) {
  VideoEncoderOptions tried = options;
  tried.frames = kFrames;
  ASSIGN_OR_RETURN(const Stretch stretch, encode(tried));
  RETURN_IF_ERROR(compare(tried, stretch));
  tried.frames = 1;
  if (any_quality) tried.crf += tried.crf < kMiddleCrf ? kOtherCrf : -kOtherCrf;
  ASSIGN_OR_RETURN(const Stretch other, encode(tried));
  if (other.format != stretch.format) {
    return base::unsupported(any_quality ? "stretches of different quality do not join"
                                         : "two stretches of the same settings do not join");
  }
  return {};
}

}  // namespace rushes::media
