#include "media/still.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "media/av.h"
#include "media/av_log.h"
#include "media/decoder.h"
#include "media/describe.h"
#include "media/picture_header.h"
#include "media/pixels.h"
#include "media/sniff.h"
#include "media/upright.h"

namespace rushes::media {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{256} << 20;

AVCodecID codec_of(Sniffed kind) {
  switch (kind) {
    case Sniffed::kJpeg: return AV_CODEC_ID_MJPEG;
    case Sniffed::kPng: return AV_CODEC_ID_PNG;
    default: return AV_CODEC_ID_WEBP;
  }
}

const char* name_of(Sniffed kind) {
  switch (kind) {
    case Sniffed::kJpeg: return "JPEG";
    case Sniffed::kPng: return "PNG";
    default: return "WebP";
  }
}

// log2 of the largest reduction that leaves both sides as long as they are wanted.
int reduction(const PictureHeader& h, const StillOptions& options) {
  if (h.kind != Sniffed::kJpeg || options.max_width <= 0 || options.max_height <= 0) return 0;
  int64_t w = options.max_width;
  int64_t height = options.max_height;
  if (h.orientation.swaps_axes()) std::swap(w, height);
  int log2 = 0;
  while (log2 < 3 && h.width >> (log2 + 1) >= w && h.height >> (log2 + 1) >= height) ++log2;
  return log2;
}

base::Result<AvPacket> packet_of(const PictureHeader& header) {
  size_t bytes = 0;
  for (const auto& part : header.payload) bytes += part.size();
  AvPacket packet(av_packet_alloc());
  if (packet == nullptr || av_new_packet(packet.get(), static_cast<int>(bytes)) < 0) {
    return base::resource("no memory for a picture of " + std::to_string(bytes) + " bytes");
  }
  uint8_t* to = packet->data;
  for (const auto& part : header.payload) {
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  return packet;
}

base::Error damaged(const PictureHeader& header, const LogSink& log) {
  return base::corrupt("the " + std::string(name_of(header.kind)) + " is damaged" + because(log));
}

// The one frame of the packet. Damage that the decoder survives is left in `log`.
base::Result<AvFrame> decode(const PictureHeader& header, int lowres, LogSink& log) {
  ASSIGN_OR_RETURN(const AvPacket packet, packet_of(header));
  std::unique_ptr<AVCodecParameters, FreedByAddress<avcodec_parameters_free>> parameters(
      avcodec_parameters_alloc());
  if (parameters == nullptr) return base::resource("no memory for a decoder");
  parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  parameters->codec_id = codec_of(header.kind);
  const DecoderOptions options{.lowres = lowres};
  ASSIGN_OR_RETURN(const AvCodecContext decoder,
                   open_decoder(*parameters, AVRational{1, 1}, options, log));
  decoder->err_recognition |= AV_EF_CRCCHECK;
  AvFrame frame(av_frame_alloc());
  if (frame == nullptr) return base::resource("no memory for a frame");
  int err = avcodec_send_packet(decoder.get(), packet.get());
  if (err >= 0) err = avcodec_send_packet(decoder.get(), nullptr);
  if (err >= 0) err = avcodec_receive_frame(decoder.get(), frame.get());
  if (err == AVERROR(ENOMEM)) return av_error(err, "decoding the picture");
  if (err < 0 && !header.truncated.empty()) return base::corrupt(header.truncated);
  if (err < 0) return damaged(header, log);
  return frame;
}

// Whether what is wrong leaves a picture worth showing: a JPEG that has its end does.
base::Status judge(const PictureHeader& header, const LogSink& log, Still& still) {
  if (!header.truncated.empty() && (header.kind != Sniffed::kJpeg || log.errors() > 0)) {
    return base::corrupt(header.truncated);
  }
  if (!header.truncated.empty())
    still.warnings.push_back(header.truncated + "; its pixels are whole");
  if (log.errors() == 0) return {};
  if (header.kind != Sniffed::kJpeg) return damaged(header, log);
  for (const std::string& line : log.first()) still.warnings.push_back("damaged: " + line);
  return {};
}

base::Result<ColorTags> tags_for(const PictureHeader& header, const AVFrame& frame) {
  ASSIGN_OR_RETURN(ColorTags tags, tags_of(color_of(frame)));
  tags.matrix = frame::Matrix::kBt601;
  tags.site = frame::ChromaSite::kCenter;
  const bool limited = header.kind == Sniffed::kWebp;
  tags.range = limited ? frame::Range::kLimited : frame::Range::kFull;
  return tags;
}

struct Opened {
  std::vector<std::byte> file;
  PictureHeader header;  // points into `file`
};

// A picture that may be decoded.
base::Result<Opened> open_still(const base::ByteSource& source, const StillOptions& options) {
  ASSIGN_OR_RETURN(const Sniffed kind, sniff(source));
  if (kind == Sniffed::kOther) {
    return base::invalid_argument("is not a JPEG, PNG or WebP picture");
  }
  ASSIGN_OR_RETURN(std::vector<std::byte> file, base::read_all(source, kMaxFileBytes));
  ASSIGN_OR_RETURN(PictureHeader header, parse_picture(kind, file));
  RETURN_IF_ERROR(check_size(header, options.max_pixels));
  if (kind == Sniffed::kJpeg && header.components == 4) {
    return base::unsupported("CMYK JPEGs are not supported: save it as RGB");
  }
  if (kind == Sniffed::kWebp && header.animated) {
    base::Error error = base::unsupported("animated WebP is not supported yet; use a video");
    error.number = 170;
    return error;
  }
  // A PNG or WebP without its end will be refused anyway.
  if (kind != Sniffed::kJpeg && !header.truncated.empty()) return base::corrupt(header.truncated);
  return Opened{std::move(file), std::move(header)};
}

}  // namespace

base::Status check_still(const base::ByteSource& source, const StillOptions& options) {
  ASSIGN_OR_RETURN(const Opened opened, open_still(source, options));
  static_cast<void>(opened);
  return {};
}

base::Result<Still> read_still(const base::ByteSource& source, const StillOptions& options) {
  ASSIGN_OR_RETURN(const Opened opened, open_still(source, options));
  const PictureHeader& header = opened.header;
  Still still;
  LogSink log;
  const int lowres = reduction(header, options);
  ASSIGN_OR_RETURN(const AvFrame frame, decode(header, lowres, log));
  RETURN_IF_ERROR(judge(header, log, still));
  ASSIGN_OR_RETURN(const frame::Format shape, shape_of(static_cast<AVPixelFormat>(frame->format)));
  ASSIGN_OR_RETURN(const ColorTags tags, tags_for(header, *frame));
  ASSIGN_OR_RETURN(const frame::Frame stored, to_frame(*frame, describe(shape, tags)));
  still.frame = upright(stored, header.orientation);
  still.full_width = static_cast<int>(header.width);
  still.full_height = static_cast<int>(header.height);
  if (header.orientation.swaps_axes()) std::swap(still.full_width, still.full_height);
  if (header.animated) still.warnings.emplace_back("is animated: its first picture is shown");
  if (header.foreign_profile) {
    still.warnings.emplace_back("its ICC colour profile is not sRGB and was not applied");
  }
  return still;
}

}  // namespace rushes::media
