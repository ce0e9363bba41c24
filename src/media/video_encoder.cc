#include "media/video_encoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "media/av.h"
#include "media/encoder.h"
#include "media/picture_coder.h"
#include "media/video_settings.h"

namespace rushes::media {
namespace {

const EncoderDevice* find_device(std::string_view name) {
  for (const EncoderDevice& device : encoder_devices()) {
    if (device.name == name) return &device;
  }
  return nullptr;
}

const VideoSettings* settings_of(Codec codec, std::string_view device) {
  if (!device.empty()) {
    const EncoderDevice* found = find_device(device);
    if (found == nullptr) return nullptr;
    return codec == Codec::kH264 ? found->h264 : codec == Codec::kHevc ? found->hevc : nullptr;
  }
  switch (codec) {
    case Codec::kH264: return &kX264Settings;
    case Codec::kHevc: return &kX265Settings;
    case Codec::kAv1: return &kSvtAv1Settings;
    case Codec::kVp9: return &kVp9Settings;
    case Codec::kProres: return &kProresSettings;
    case Codec::kAac:
    case Codec::kOpus:
    case Codec::kPcm:
    case Codec::kGif: break;
  }
  return nullptr;
}

base::Status check(const VideoEncoderOptions& o) {
  constexpr int kMaxSide = 16384;
  if (o.width < 2 || o.height < 2 || o.width % 2 != 0 || o.height % 2 != 0 || o.width > kMaxSide ||
      o.height > kMaxSide) {
    return base::invalid_argument("video of " + std::to_string(o.width) + "x" +
                                  std::to_string(o.height) +
                                  " cannot be encoded: both must be even, from 2 to 16384");
  }
  if (o.fps <= 0 || o.fps > 1000 || o.fps.num() > INT32_MAX || o.fps.den() > INT32_MAX) {
    return base::invalid_argument("frame rate " + o.fps.to_string() + " cannot be encoded");
  }
  if (o.bitrate && (*o.bitrate < 1000 || *o.bitrate > 1'000'000'000)) {
    return base::invalid_argument("bitrate must be from 1000 to 1000000000 bits a second");
  }
  if (o.buffer &&
      (o.threads != 1 || o.lossless || o.buffer->rate < 1000 || o.buffer->rate > 1'000'000'000 ||
       o.buffer->size < 1000 || o.buffer->size > 60 * o.buffer->rate ||
       !(o.buffer->filled > 0 && o.buffer->filled <= 1))) {
    return base::invalid_argument("the decoder's buffer cannot be kept to");
  }
  if (o.gop_frames < 1 || o.threads < 1 || o.threads > 64) {
    return base::invalid_argument("gop_frames must be at least 1, threads from 1 to 64");
  }
  return {};
}

// A frame's planes as libav's, kept alive by the handle.
base::Result<AvFrame> wrap(const frame::Frame& picture) {
  AvFrame av(av_frame_alloc());
  if (av == nullptr) return base::resource("no memory for a frame");
  av->format = AV_PIX_FMT_YUV420P;
  av->width = picture.width();
  av->height = picture.height();
  const auto release = [](void* handle, uint8_t*) { delete static_cast<frame::Frame*>(handle); };
  for (int i = 0; i < 3; ++i) {
    const frame::PlaneView& plane = picture.plane(i);
    auto handle = std::make_unique<frame::Frame>(picture);
    auto* data = const_cast<uint8_t*>(plane.data);
    const size_t size = static_cast<size_t>(plane.stride) * static_cast<size_t>(plane.height);
    av->buf[i] = av_buffer_create(data, size, release, handle.get(), AV_BUFFER_FLAG_READONLY);
    if (av->buf[i] == nullptr) return base::resource("no memory for a frame");
    static_cast<void>(handle.release());
    av->data[i] = data;
    av->linesize[i] = static_cast<int>(plane.stride);
  }
  return av;
}

// What all encoders are told alike.
void set_common(const VideoEncoderOptions& o, AVCodecContext& context) {
  context.width = o.width;
  context.height = o.height;
  context.time_base = {static_cast<int>(o.fps.den()), static_cast<int>(o.fps.num())};
  context.framerate = {static_cast<int>(o.fps.num()), static_cast<int>(o.fps.den())};
  context.sample_aspect_ratio = {1, 1};
  context.color_primaries = AVCOL_PRI_BT709;
  context.color_trc = AVCOL_TRC_BT709;
  context.colorspace = AVCOL_SPC_BT709;
  context.color_range = AVCOL_RANGE_MPEG;
  context.chroma_sample_location = AVCHROMA_LOC_LEFT;
  // As few as it takes, and none of them short.
  const int64_t gops = (o.frames + o.gop_frames - 1) / o.gop_frames;
  context.gop_size = static_cast<int>(gops > 1 ? (o.frames + gops - 1) / gops : o.gop_frames);
  context.thread_count = o.threads;
  context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;
}

class LibavCoder : public PictureCoder {
 public:
  static base::Result<std::unique_ptr<PictureCoder>> open(const VideoEncoderOptions& options,
                                                          const VideoSettings& settings) {
    auto out = std::make_unique<LibavCoder>(options, settings);
    RETURN_IF_ERROR(out->start(options));
    return std::unique_ptr<PictureCoder>(std::move(out));
  }
  LibavCoder(const VideoEncoderOptions& options, const VideoSettings& settings)
      : settings_(settings), total_(options.frames) {}

  const TrackFormat& format() const override { return format_; }
  base::Status send(const frame::Frame& picture, int64_t n) override;
  base::Status finish() override {
    const int err = avcodec_send_frame(encoder_.context.get(), nullptr);
    if (err < 0) return encoder_.failed(err, "finishing the video");
    return {};
  }
  base::Result<std::optional<Packet>> receive() override;

 private:
  base::Status start(const VideoEncoderOptions& options);

  const VideoSettings& settings_;
  LibavEncoder encoder_;
  TrackFormat format_;
  int64_t total_ = 0;
  bool begun_ = false;
};

base::Status LibavCoder::start(const VideoEncoderOptions& options) {
  RETURN_IF_ERROR(settings_.check(options));
  RETURN_IF_ERROR(encoder_.find(settings_.encoder));
  AVCodecContext& context = *encoder_.context;
  AvOptions av_options;
  set_common(options, context);
  context.pix_fmt = settings_.pixels;
  settings_.set(options, context, av_options);
  if (settings_.prepare != nullptr) RETURN_IF_ERROR(settings_.prepare(context));
  RETURN_IF_ERROR(encoder_.open(av_options));

  format_.codec = options.codec;
  format_.time_base = Rational(1) / options.fps;
  format_.width = options.width;
  format_.height = options.height;
  ASSIGN_OR_RETURN(format_.reorder, settings_.reorder(context));
  format_.bit_rate = options.bitrate.value_or(0);
  format_.extradata =
      settings_.describe != nullptr ? settings_.describe(context) : encoder_.extradata();
  if (format_.extradata.empty() && has_headers(format_.codec))
    return base::internal(std::string(settings_.encoder) + " gave no headers");
  return {};
}

base::Status LibavCoder::send(const frame::Frame& picture, int64_t n) {
  for (int i = 0; i < 3; ++i) {
    if (picture.plane(i).stride <= 0 || picture.plane(i).stride > INT32_MAX) {
      return base::internal("frame " + std::to_string(n) + " has rows that libav cannot take");
    }
  }
  AVCodecContext& context = *encoder_.context;
  ASSIGN_OR_RETURN(const AvFrame av, settings_.convert != nullptr
                                         ? settings_.convert(context, picture)
                                         : wrap(picture));
  av->pts = n;
  if (settings_.plain_last_frame && n > 0 && n + 1 == total_) av->pict_type = AV_PICTURE_TYPE_P;
  av->color_primaries = context.color_primaries;
  av->color_trc = context.color_trc;
  av->colorspace = context.colorspace;
  av->color_range = context.color_range;
  av->chroma_location = context.chroma_sample_location;
  const int err = avcodec_send_frame(&context, av.get());
  if (err == AVERROR(EAGAIN)) {
    return base::internal("packets must be taken before frame " + std::to_string(n));
  }
  if (err < 0) return encoder_.failed(err, "encoding frame " + std::to_string(n));
  return {};
}

base::Result<std::optional<Packet>> LibavCoder::receive() {
  ASSIGN_OR_RETURN(std::optional<Packet> packet, encoder_.receive());
  if (!packet) return packet;
  packet->duration = 1;
  if (std::exchange(begun_, true) || settings_.headers == nullptr) return packet;
  ASSIGN_OR_RETURN(format_.extradata, settings_.headers(*packet));
  return packet;
}

base::Result<std::unique_ptr<PictureCoder>> open_coder(const VideoEncoderOptions& options) {
  if (options.codec == Codec::kGif) return open_gif_coder(options);
  const VideoSettings* settings = settings_of(options.codec, options.device);
  if (settings == nullptr) return base::internal("there is no such video encoder");
  return LibavCoder::open(options, *settings);
}

}  // namespace

base::Result<std::string> encoder_driver(const std::string& device) {
  const EncoderDevice* found = find_device(device);
  if (found == nullptr) return base::unsupported("this build knows no device \"" + device + "\"");
  return found->driver();
}

std::string decimal(double value) {
  constexpr int64_t kParts = 10000;
  const auto parts = static_cast<int64_t>(value * kParts + 0.5);
  const std::string fraction = std::to_string(kParts + parts % kParts).substr(1);
  return std::to_string(parts / kParts) + "." + fraction;
}

struct VideoEncoder::Impl {
  std::unique_ptr<PictureCoder> coder;
  int64_t frames = 0;
  int64_t total = 0;
  bool finished = false;
};

VideoEncoder::VideoEncoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VideoEncoder::~VideoEncoder() = default;

base::Result<std::unique_ptr<VideoEncoder>> VideoEncoder::open(const VideoEncoderOptions& options) {
  RETURN_IF_ERROR(check(options));
  auto impl = std::make_unique<Impl>();
  ASSIGN_OR_RETURN(impl->coder, open_coder(options));
  impl->total = options.frames;
  return std::unique_ptr<VideoEncoder>(new VideoEncoder(std::move(impl)));
}

const TrackFormat& VideoEncoder::format() const { return impl_->coder->format(); }

base::Status VideoEncoder::send(const frame::Frame& picture, int64_t n) {
  Impl& m = *impl_;
  if (m.finished || (m.total > 0 && m.frames == m.total))
    return base::internal("a frame came after the last");
  if (n != m.frames) {
    return base::internal("frame " + std::to_string(n) + " came where " + std::to_string(m.frames) +
                          " was due");
  }
  const TrackFormat& format = m.coder->format();
  if (!picture || picture.format() != frame::kWorking || picture.width() != format.width ||
      picture.height() != format.height) {
    return base::internal("frame " + std::to_string(n) + " is not of the encoder's format");
  }
  RETURN_IF_ERROR(m.coder->send(picture, n));
  ++m.frames;
  return {};
}

base::Status VideoEncoder::finish() {
  if (std::exchange(impl_->finished, true)) return {};
  return impl_->coder->finish();
}

base::Result<std::optional<Packet>> VideoEncoder::receive() { return impl_->coder->receive(); }

}  // namespace rushes::media
