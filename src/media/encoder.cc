#include "media/encoder.h"

#include <string>

#include "media/processor.h"

namespace rushes::media {

base::Status LibavEncoder::find(const char* name) {
  settle_processor();
  const AVCodec* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr) return base::unsupported("this build has no " + std::string(name));
  context.reset(avcodec_alloc_context3(codec));
  packet.reset(av_packet_alloc());
  if (context == nullptr || packet == nullptr) return base::resource("no memory for an encoder");
  context->opaque = &log;
  return {};
}

base::Status LibavEncoder::open(AvOptions& options) {
  const std::string name = context->codec->name;
  const int err = avcodec_open2(context.get(), context->codec, options.out());
  if (err == AVERROR(ENOMEM) || because(log).find("malloc") != std::string::npos) {
    return base::resource("no memory for an encoder");
  }
  if (err < 0) {
    return base::invalid_argument("the " + name + " encoder does not take these settings" +
                                  because(log));
  }
  if (options.left() != nullptr) {
    return base::internal("the " + name + " encoder has no option \"" + options.left() + "\"");
  }
  return {};
}

std::vector<std::byte> LibavEncoder::extradata() const {
  const auto* data = reinterpret_cast<const std::byte*>(context->extradata);
  return {data, data + context->extradata_size};
}

base::Result<std::optional<Packet>> LibavEncoder::receive() {
  const int err = avcodec_receive_packet(context.get(), packet.get());
  if (err == AVERROR(EAGAIN) || err == AVERROR_EOF) return std::optional<Packet>();
  if (err < 0) return failed(err, "encoding");
  Packet out;
  out.pts = packet->pts;
  out.dts = packet->dts;
  out.duration = packet->duration;
  out.key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
  const auto* data = reinterpret_cast<const std::byte*>(packet->data);
  out.data.assign(data, data + packet->size);
  av_packet_unref(packet.get());
  return std::optional<Packet>(std::move(out));
}

// x264 says no more than that it failed. What it is given is sound, so memory is what it lacked.
base::Result<Packet> LibavEncoder::encode_alone(const AVFrame& frame, const std::string& what) {
  int err = avcodec_send_frame(context.get(), &frame);
  if (err >= 0) err = avcodec_send_frame(context.get(), nullptr);
  if (err < 0) return av_error(err, "writing " + what);
  ASSIGN_OR_RETURN(std::optional<Packet> encoded, receive());
  if (!encoded) return base::internal("nothing came of " + what);
  return *std::move(encoded);
}

base::Error LibavEncoder::failed(int err, const std::string& what) const {
  if (err == AVERROR_EXTERNAL) return base::resource(what + ": no memory" + because(log));
  return av_error(err, what + because(log));
}

}  // namespace rushes::media
