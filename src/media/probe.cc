#include "media/probe.h"

#include <algorithm>
#include <utility>

#include "media/av.h"
#include "media/demuxer.h"
#include "media/describe.h"
#include "media/keyframes.h"
#include "media/picture_header.h"
#include "media/sniff.h"
#include "media/stream_info.h"
#include "media/upright.h"

namespace rushes::media {
namespace {

constexpr uint64_t kMaxPictureBytes = uint64_t{256} << 20;

frame::Format picture_format(const PictureHeader& h) {
  frame::Format format;
  format.depth = h.kind == Sniffed::kPng && h.depth > 8 ? 16 : 8;
  format.alpha = h.alpha;
  format.range = frame::Range::kFull;
  const bool rgb = h.kind == Sniffed::kPng || h.lossless;
  if (rgb) {
    format.layout = h.components < 3 ? frame::Layout::kGray : frame::Layout::kRgb;
  } else {
    const auto subsampled = h.luma_y > 1 ? frame::Layout::kYuv420 : frame::Layout::kYuv422;
    format.layout = h.luma_x > 1 ? subsampled : frame::Layout::kYuv444;
    if (h.components == 1) format.layout = frame::Layout::kGray;
    format.matrix = frame::Matrix::kBt601;
    format.site = frame::ChromaSite::kCenter;
    if (h.kind == Sniffed::kWebp) {
      format.layout = frame::Layout::kYuv420;
      format.range = frame::Range::kLimited;
    }
  }
  return upright_format(format, static_cast<int>(h.width), static_cast<int>(h.height),
                        h.orientation);
}

base::Result<MediaInfo> probe_picture(const base::ByteSource& source, Sniffed kind) {
  ASSIGN_OR_RETURN(const std::vector<std::byte> file, base::read_all(source, kMaxPictureBytes));
  ASSIGN_OR_RETURN(const PictureHeader h, parse_picture(kind, file));
  if (h.width <= 0 || h.height <= 0 || h.width > INT32_MAX || h.height > INT32_MAX) {
    return base::corrupt("the picture is " + std::to_string(h.width) + "x" +
                         std::to_string(h.height) + " pixels");
  }
  MediaInfo info;
  info.still = true;
  info.animated = h.animated;
  info.container = kind == Sniffed::kJpeg ? "jpeg" : kind == Sniffed::kPng ? "png" : "webp";
  if (!h.truncated.empty()) info.warnings.push_back(h.truncated);
  StreamInfo stream;
  stream.kind = StreamKind::kVideo;
  stream.codec = kind == Sniffed::kJpeg ? "mjpeg" : info.container;
  VideoInfo& video = stream.video;
  video.width = static_cast<int>(h.width);
  video.height = static_cast<int>(h.height);
  video.orientation = h.orientation;
  video.depth = h.depth;
  video.alpha = h.alpha;
  video.frames = 1;
  video.format = picture_format(h);
  set_display_size(video);
  info.streams.push_back(std::move(stream));
  return info;
}

// Streams whose header does not tell their end are measured by their packets.
base::Status measure_streams(const base::ByteSource& source, Demuxer& demuxer, MediaInfo& info) {
  const bool whole_index = info.container == "mp4" || info.container == "mov";
  const bool guessed =
      demuxer.context().duration_estimation_method == AVFMT_DURATION_FROM_BITRATE ||
      demuxer.context().duration == AV_NOPTS_VALUE;
  for (StreamInfo& stream : info.streams) {
    const bool timed = stream.kind == StreamKind::kVideo || stream.kind == StreamKind::kAudio;
    if (!timed || stream.video.attached_picture) continue;
    if (stream.duration && (whole_index || stream.kind == StreamKind::kAudio)) continue;
    ASSIGN_OR_RETURN(Extent extent, measure(source, stream.index, guessed));
    if (!stream.duration) stream.duration = extent.end - stream.start;
    stream.video.paces = std::move(extent.paces);
    stream.video.variable_frame_rate = !stream.video.paces.empty();
    if (extent.packets > 0 && stream.kind == StreamKind::kVideo && !stream.video.frames) {
      stream.video.frames = extent.packets;
    }
    for (const std::string& w : extent.warnings) {
      if (std::find(info.warnings.begin(), info.warnings.end(), w) == info.warnings.end()) {
        info.warnings.push_back(w);
      }
    }
  }
  return {};
}

Rational whole_duration(const MediaInfo& info) {
  std::optional<Rational> start, end;
  for (const StreamInfo& s : info.streams) {
    if (!s.duration || s.video.attached_picture) continue;
    start = start ? std::min(*start, s.start) : s.start;
    const Rational stop = s.start + *s.duration;
    end = end ? std::max(*end, stop) : stop;
  }
  return start ? *end - *start : Rational(0);
}

}  // namespace

const StreamInfo* MediaInfo::find(StreamKind kind, int ordinal) const {
  const auto it = std::find_if(streams.begin(), streams.end(), [&](const StreamInfo& s) {
    return s.kind == kind && s.ordinal == ordinal && !s.video.attached_picture;
  });
  return it == streams.end() ? nullptr : &*it;
}

base::Result<MediaInfo> probe(const base::ByteSource& source, const ProbeOptions& options) {
  ASSIGN_OR_RETURN(const Sniffed kind, sniff(source));
  if (kind != Sniffed::kOther) return probe_picture(source, kind);
  ASSIGN_OR_RETURN(const auto demuxer, Demuxer::open(source));
  AVFormatContext& context = demuxer->context();
  MediaInfo info;
  info.container = demuxer->container();
  info.bit_rate = std::max<int64_t>(context.bit_rate, 0);
  const AVDictionaryEntry* created = av_dict_get(context.metadata, "creation_time", nullptr, 0);
  if (created != nullptr) info.creation_time = std::string(created->value).substr(0, 40);
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    info.streams.push_back(describe_stream(*demuxer, *context.streams[i], info.warnings));
  }
  RETURN_IF_ERROR(measure_streams(source, *demuxer, info));
  info.duration = whole_duration(info);
  for (StreamInfo& stream : info.streams) {
    if (stream.kind != StreamKind::kVideo || stream.video.attached_picture) continue;
    if (!options.keyframes) continue;
    stream.video.keyframes = keyframes(*demuxer, *context.streams[stream.index]);
  }
  return info;
}

}  // namespace rushes::media
