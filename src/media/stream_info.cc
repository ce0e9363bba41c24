#include "media/stream_info.h"

#include <algorithm>
#include <optional>

#include "base/decimal.h"
#include "media/av_compat.h"
#include "media/describe.h"
#include "media/pacing.h"
#include "media/pixels.h"
#include "media/upright.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

namespace rushes::media {
namespace {

std::string or_empty(const char* text) { return text != nullptr ? text : ""; }

std::string tag(const AVDictionary* metadata, const char* key) {
  const AVDictionaryEntry* e = av_dict_get(metadata, key, nullptr, 0);
  std::string value = e != nullptr ? e->value : "";
  constexpr size_t kMaxTag = 200;
  return value.size() > kMaxTag ? value.substr(0, kMaxTag) : value;
}

// If the gaps between these times differ; what rounding of times does is not counted.
std::vector<Pace> varying_paces(std::vector<int64_t> times, const Rational& unit) {
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  int64_t all = 0;
  if (times.size() <= 2 || __builtin_sub_overflow(times.back(), times.front(), &all)) return {};
  int64_t least = INT64_MAX;
  int64_t most = 0;
  for (size_t i = 1; i < times.size(); ++i) {
    const int64_t gap = times[i] - times[i - 1];
    least = std::min(least, gap);
    most = std::max(most, gap);
  }
  if (most - least <= 2) return {};
  return paces_of(times, unit);
}

// All samples of an MP4 stand in its index.
std::vector<Pace> index_paces(AVStream& stream) {
  constexpr int kMaxLook = 250'000;
  std::vector<int64_t> times;
  const int n = std::min(avformat_index_get_entries_count(&stream), kMaxLook);
  times.reserve(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) {
    const AVIndexEntry* e = avformat_index_get_entry(&stream, i);
    if ((e->flags & AVINDEX_DISCARD_FRAME) == 0) times.push_back(e->timestamp);
  }
  return varying_paces(std::move(times), rational(stream.time_base));
}

int64_t shown_samples(AVStream& stream) {
  int64_t shown = 0;
  const int n = avformat_index_get_entries_count(&stream);
  for (int i = 0; i < n; ++i) {
    shown += (avformat_index_get_entry(&stream, i)->flags & AVINDEX_DISCARD_FRAME) == 0;
  }
  return shown;
}

void set_color(const AVCodecParameters& par, VideoInfo& video, std::vector<std::string>& warnings) {
  if (par.color_space != AVCOL_SPC_UNSPECIFIED) {
    video.matrix = or_empty(av_color_space_name(par.color_space));
  }
  if (par.color_range != AVCOL_RANGE_UNSPECIFIED) {
    video.range = or_empty(av_color_range_name(par.color_range));
  }
  if (par.color_primaries != AVCOL_PRI_UNSPECIFIED) {
    video.primaries = or_empty(av_color_primaries_name(par.color_primaries));
  }
  if (par.color_trc != AVCOL_TRC_UNSPECIFIED) {
    video.transfer = or_empty(av_color_transfer_name(par.color_trc));
  }
  if (par.chroma_location != AVCHROMA_LOC_UNSPECIFIED) {
    video.site = or_empty(av_chroma_location_name(par.chroma_location));
  }
  const auto pixels = static_cast<AVPixelFormat>(par.format);
  const AvColor color{pixels,        par.color_space,     par.color_range,
                      par.color_trc, par.chroma_location, par.height};
  const auto shape = shape_of(pixels);
  const auto tags = tags_of(color);
  if (!shape.ok() || !tags.ok()) {
    warnings.push_back(shape.ok() ? tags.error().message : shape.error().message);
    return;
  }
  video.format = describe(*shape, *tags);
  video.alpha = shape->alpha;
  video.depth = shape->depth;
  video.hdr = video.format.transfer != frame::Transfer::kSdr;
}

void set_orientation(const AVStream& stream, VideoInfo& video, std::vector<std::string>& warnings) {
  const auto matrix = stream_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX);
  if (matrix.empty()) return;
  const auto orientation = from_display_matrix(matrix);
  if (!orientation) warnings.emplace_back("its display matrix is not a right angle; not applied");
  video.orientation = orientation.value_or(Orientation{});
}

VideoInfo video_info(Demuxer& demuxer, AVStream& stream, std::vector<std::string>& warnings) {
  const AVCodecParameters& par = *stream.codecpar;
  VideoInfo video;
  video.width = par.width;
  video.height = par.height;
  const AVRational aspect = av_guess_sample_aspect_ratio(&demuxer.context(), &stream, nullptr);
  if (aspect.num > 0 && aspect.den > 0) video.sample_aspect = rational(aspect);
  video.pixel_format = or_empty(av_get_pix_fmt_name(static_cast<AVPixelFormat>(par.format)));
  set_color(par, video, warnings);
  if (has_side_alpha(stream)) video.alpha = video.format.alpha = true;
  set_orientation(stream, video, warnings);
  video.format = upright_format(video.format, video.width, video.height, video.orientation);
  video.interlaced = par.field_order != AV_FIELD_UNKNOWN && par.field_order != AV_FIELD_PROGRESSIVE;
  video.frame_rate = rational(stream.avg_frame_rate);
  if (video.frame_rate.num() <= 0) video.frame_rate = rational(stream.r_frame_rate);
  video.attached_picture = is_attached_picture(stream);
  const bool full_index = demuxer.container() == "mp4" || demuxer.container() == "mov";
  if (full_index) {
    video.paces = index_paces(stream);
    video.variable_frame_rate = !video.paces.empty();
    video.frames = shown_samples(stream);
  } else if (stream.nb_frames > 0) {
    video.frames = stream.nb_frames;
  }
  set_display_size(video);
  return video;
}

AudioInfo audio_info(const AVCodecParameters& par) {
  AudioInfo audio;
  audio.sample_rate = par.sample_rate;
  audio.channels = par.ch_layout.nb_channels;
  char text[64] = {};
  if (av_channel_layout_describe(&par.ch_layout, text, sizeof(text)) > 0) audio.layout = text;
  return audio;
}

}  // namespace

bool has_side_alpha(const AVStream& stream) {
  const AVCodecID id = stream.codecpar->codec_id;
  return (id == AV_CODEC_ID_VP8 || id == AV_CODEC_ID_VP9) &&
         tag(stream.metadata, "alpha_mode") == "1";
}

void set_display_size(VideoInfo& video) {
  Rational width = video.width;
  Rational height = video.height;
  const Rational& aspect = video.sample_aspect;
  if (aspect > 1) width = width * aspect;
  if (aspect < 1 && aspect > 0) height = height / aspect;
  // One pixel more is the rounding of an aspect that was meant to be square; twenty times more is
  // no aspect at all.
  const bool meant = width - video.width + (height - video.height) > Rational(3, 2);
  const bool absurd = width > Rational(video.width) * 20 || height > Rational(video.height) * 20;
  video.display_width = meant && !absurd ? static_cast<int>(width.round()) : video.width;
  video.display_height = meant && !absurd ? static_cast<int>(height.round()) : video.height;
  if (video.orientation.swaps_axes()) std::swap(video.display_width, video.display_height);
}

StreamInfo describe_stream(Demuxer& demuxer, AVStream& stream, std::vector<std::string>& warnings) {
  const AVCodecParameters& par = *stream.codecpar;
  StreamInfo info;
  info.kind = kind_of(stream);
  info.index = stream.index;
  for (unsigned i = 0; i < static_cast<unsigned>(stream.index); ++i) {
    const AVStream& other = *demuxer.context().streams[i];
    info.ordinal += kind_of(other) == info.kind && !is_attached_picture(other);
  }
  info.codec = avcodec_get_name(par.codec_id);
  info.profile = or_empty(avcodec_profile_name(par.codec_id, par.profile));
  info.bit_rate = std::max<int64_t>(par.bit_rate, 0);
  if (stream.start_time != AV_NOPTS_VALUE)
    info.start = seconds(stream.start_time, stream.time_base);
  if (const auto end = stated_end(demuxer, stream)) info.duration = *end - info.start;
  info.language = tag(stream.metadata, "language");
  if (info.kind == StreamKind::kVideo) info.video = video_info(demuxer, stream, warnings);
  if (info.kind == StreamKind::kAudio) info.audio = audio_info(par);
  return info;
}

std::optional<Rational> stated_end(Demuxer& demuxer, const AVStream& stream) {
  const AVFormatContext& context = demuxer.context();
  if (context.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) return std::nullopt;
  if (stream.duration == AV_NOPTS_VALUE || stream.duration <= 0) return std::nullopt;
  const int64_t start = stream.start_time != AV_NOPTS_VALUE ? stream.start_time : 0;
  return seconds(start, stream.time_base) + seconds(stream.duration, stream.time_base);
}

namespace {

// Packets of a stream come in the order of decoding.
constexpr int kMostBack = 1;  // seconds

base::Error jumps_back(const Rational& from, const Rational& to) {
  return base::corrupt("its clock jumps back from " + base::decimal(from) + " s to " +
                       base::decimal(to) +
                       " s, as where recordings were put one behind the other: what comes then "
                       "has no place of its own; split it there, or give it times that go on");
}

}  // namespace

base::Result<Extent> measure(const base::ByteSource& source, int stream_index, bool whole) {
  ASSIGN_OR_RETURN(const auto demuxer, Demuxer::open(source));
  AVFormatContext& context = demuxer->context();
  if (stream_index < 0 || static_cast<unsigned>(stream_index) >= context.nb_streams) {
    return base::corrupt("its streams change from one reading to the next");
  }
  AVStream& stream = *context.streams[stream_index];
  demuxer->select(stream);
  Extent extent;
  AvPacket packet(av_packet_alloc());
  if (packet == nullptr) return base::resource("no memory for a packet");
  constexpr int kLook = 300;
  std::vector<int64_t> times;
  std::optional<Rational> latest;
  int64_t count = 0;
  bool more = true;
  const auto take = [&]() -> base::Status {
    ASSIGN_OR_RETURN(more, demuxer->read(*packet));
    if (!more) return {};
    ++count;
    const int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (time == AV_NOPTS_VALUE) return {};
    if (count <= kLook) times.push_back(time);
    const Rational now =
        seconds(packet->dts != AV_NOPTS_VALUE ? packet->dts : time, stream.time_base);
    if (latest && *latest - now > kMostBack) return jumps_back(*latest, now);
    latest = std::max(latest.value_or(now), now);
    Rational length = seconds(packet->duration, stream.time_base);
    if (length.num() <= 0 && stream.avg_frame_rate.num > 0) {
      length = Rational(1) / rational(stream.avg_frame_rate);
    }
    extent.end = std::max(extent.end, seconds(time, stream.time_base) + length);
    return {};
  };
  while (more && count < kLook) RETURN_IF_ERROR(take());
  extent.paces = varying_paces(std::move(times), rational(stream.time_base));
  if (!more) whole = true;
  if (!whole && demuxer->seeks_exactly() && context.duration != AV_NOPTS_VALUE) {
    const int64_t end =
        (context.start_time != AV_NOPTS_VALUE ? context.start_time : 0) + context.duration;
    // On failure reading goes on from the start, which only takes longer.
    static_cast<void>(
        demuxer->seek(stream, av_rescale_q(end, AVRational{1, AV_TIME_BASE}, stream.time_base)));
  } else {
    whole = true;
  }
  while (more) RETURN_IF_ERROR(take());
  extent.packets = whole ? count : 0;
  if (demuxer->log().errors() > 0) extent.warnings = demuxer->log().first();
  return extent;
}

}  // namespace rushes::media
