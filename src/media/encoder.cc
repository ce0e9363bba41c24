#include "media/encoder.h"

#include <string>

namespace rushes::media {

base::Result<std::optional<Packet>> receive_packet(AVCodecContext& encoder, AVPacket& packet,
                                                   const LogSink& log) {
  const int err = avcodec_receive_packet(&encoder, &packet);
  if (err == AVERROR(EAGAIN) || err == AVERROR_EOF) return std::optional<Packet>();
  if (err == AVERROR(ENOMEM)) return av_error(err, "encoding");
  if (err < 0) return base::internal("the encoder failed" + because(log));
  Packet out;
  out.pts = packet.pts;
  out.dts = packet.dts;
  out.duration = packet.duration;
  out.key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
  const auto* data = reinterpret_cast<const std::byte*>(packet.data);
  out.data.assign(data, data + packet.size);
  av_packet_unref(&packet);
  return std::optional<Packet>(std::move(out));
}

std::vector<std::byte> extradata_of(const AVCodecContext& encoder) {
  const auto* data = reinterpret_cast<const std::byte*>(encoder.extradata);
  return {data, data + encoder.extradata_size};
}

base::Status open_encoder(AVCodecContext& encoder, const AVCodec& codec, AvOptions& options,
                          const LogSink& log) {
  const int err = avcodec_open2(&encoder, &codec, options.out());
  if (err == AVERROR(ENOMEM)) return av_error(err, "opening an encoder");
  if (err < 0) {
    return base::invalid_argument("the " + std::string(codec.name) +
                                  " encoder does not take these settings" + because(log));
  }
  if (options.left() != nullptr) {
    return base::internal("the " + std::string(codec.name) + " encoder has no option \"" +
                          options.left() + "\"");
  }
  return {};
}

}  // namespace rushes::media
