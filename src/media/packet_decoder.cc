#include "media/packet_decoder.h"

#include <cstring>
#include <utility>

#include "media/av.h"
#include "media/av_log.h"
#include "media/decoder.h"
#include "media/mp4_track.h"
#include "media/pixels.h"

namespace rushes::media {

struct PacketDecoder::Impl {
  LogSink log;  // outlives what logs to it
  AvCodecContext context;
  AvPacket packet;

  base::Error failed(int err) const {
    if (err == AVERROR(ENOMEM)) return av_error(err, "decoding what was encoded");
    return base::internal("what was encoded cannot be decoded" + because(log));
  }
};

PacketDecoder::PacketDecoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PacketDecoder::~PacketDecoder() = default;

base::Result<std::unique_ptr<PacketDecoder>> PacketDecoder::open(const TrackFormat& format) {
  auto impl = std::make_unique<Impl>();
  const std::unique_ptr<AVCodecParameters, FreedByAddress<avcodec_parameters_free>> track(
      avcodec_parameters_alloc());
  impl->packet.reset(av_packet_alloc());
  if (track == nullptr || impl->packet == nullptr) return base::resource("no memory for a track");
  RETURN_IF_ERROR(describe_track(format, *track));
  const AVRational time_base{static_cast<int>(format.time_base.num()),
                             static_cast<int>(format.time_base.den())};
  ASSIGN_OR_RETURN(impl->context, open_decoder(*track, time_base, {}, impl->log));
  return std::unique_ptr<PacketDecoder>(new PacketDecoder(std::move(impl)));
}

base::Status PacketDecoder::send(const Packet& packet) {
  AVPacket& av = *impl_->packet;
  if (const int err = av_new_packet(&av, static_cast<int>(packet.data.size())); err < 0) {
    return impl_->failed(err);
  }
  std::memcpy(av.data, packet.data.data(), packet.data.size());
  av.flags = packet.key ? AV_PKT_FLAG_KEY : 0;
  av.pts = packet.pts;
  av.dts = packet.dts;
  av.duration = packet.duration;
  const int err = avcodec_send_packet(impl_->context.get(), &av);
  av_packet_unref(&av);
  if (err < 0) return impl_->failed(err);
  return {};
}

base::Status PacketDecoder::finish() {
  const int err = avcodec_send_packet(impl_->context.get(), nullptr);
  if (err < 0) return impl_->failed(err);
  return {};
}

base::Result<std::optional<frame::Frame>> PacketDecoder::receive() {
  const AvFrame frame(av_frame_alloc());
  if (frame == nullptr) return base::resource("no memory for a frame");
  const int err = avcodec_receive_frame(impl_->context.get(), frame.get());
  if (err == AVERROR(EAGAIN) || err == AVERROR_EOF) return std::optional<frame::Frame>();
  if (err < 0) return impl_->failed(err);
  if (frame->format != AV_PIX_FMT_YUV420P) {
    return base::internal("what was encoded decodes to other pixels");
  }
  ASSIGN_OR_RETURN(frame::Frame out, to_frame(*frame, frame::kWorking));
  return std::optional(std::move(out));
}

}  // namespace rushes::media
