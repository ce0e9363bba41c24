#include "media/muxer.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#include "media/av.h"
#include "media/av_log.h"
#include "media/avio.h"

extern "C" {
#include <libavutil/channel_layout.h>
}

namespace rushes::media {
namespace {

constexpr int kTracks = 2;
constexpr int64_t kMaxPackets = 50'000'000;

// The most that the index can take. Each packet has 4 bytes for its size; of video 8 more for its
// offset from dts and 4 for being a keyframe. Chunks, runs of packets of one track, have 8 bytes
// for their place and 12 for their length where it differs from the last one's: at worst two chunks
// for three packets, 14 bytes a packet. Durations are all the same but the last. The rest has a
// fixed size, parameter sets aside.
int64_t index_bytes(const MuxerOptions& o) {
  int64_t fixed = 4096 + static_cast<int64_t>(o.video.extradata.size());
  if (o.audio) fixed += 4096 + static_cast<int64_t>(o.audio->extradata.size());
  return fixed + o.video_packets * 32 + o.audio_packets * 20;
}

// Units a second in which both tracks' lengths are whole; edit lists are written in them.
int64_t movie_timescale(const MuxerOptions& o) {
  const int64_t video = o.video.time_base.den();
  const int64_t audio = o.audio ? o.audio->sample_rate : 1;
  const int64_t both = std::lcm(video, audio);
  constexpr int64_t kMax = INT32_MAX;
  if (both > kMax) return std::max(video, audio);
  // At least a millisecond's worth.
  return both >= 1000 ? both : both * ((1000 + both - 1) / both);
}

base::Status copy_extradata(const TrackFormat& format, AVCodecParameters& par) {
  const size_t size = format.extradata.size();
  par.extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
  if (par.extradata == nullptr) return base::resource("no memory for a track");
  std::memcpy(par.extradata, format.extradata.data(), size);
  par.extradata_size = static_cast<int>(size);
  return {};
}

base::Status check(const MuxerOptions& o) {
  const auto bad = [](const std::string& what) { return base::internal("MP4: " + what); };
  if (o.video.codec != Codec::kH264 || o.video.extradata.empty()) return bad("no H.264 video");
  if (o.video_packets < 1 || o.video_packets > kMaxPackets || o.audio_packets < 0 ||
      o.audio_packets > kMaxPackets) {
    return bad("number of packets out of range");
  }
  if (o.video.time_base <= 0 || o.video.time_base.num() > INT32_MAX ||
      o.video.time_base.den() > INT32_MAX) {
    return bad("time base out of range");
  }
  if (o.audio && (o.audio->codec != Codec::kAac || o.audio->sample_rate < 1 ||
                  o.audio->channels < 1 || o.audio->channels > 8)) {
    return bad("no AAC audio");
  }
  if (o.audio && o.audio->time_base != Rational(1, o.audio->sample_rate)) {
    return bad("audio is not timed by its samples");
  }
  return {};
}

}  // namespace

struct Mp4Muxer::Impl {
  MuxerOptions options;
  LogSink log;  // outlives what logs to it
  std::unique_ptr<SinkIo> io;
  AvOutput context;
  AvPacket packet;
  AVStream* streams[kTracks] = {};
  int64_t written[kTracks] = {};
  int64_t last_dts[kTracks] = {INT64_MIN, INT64_MIN};
  bool finished = false;

  base::Status open(base::ByteSink& sink);
  base::Status add_video();
  base::Status add_audio();
  base::Result<AVStream*> add_stream(const TrackFormat& format);
  base::Status check_packet(Track track, const Packet& p) const;
  base::Error failed(int err, const std::string& what) const;
  const TrackFormat& format_of(Track track) const {
    return track == Track::kVideo ? options.video : *options.audio;
  }
  // Units of `track` at which the video ends.
  int64_t video_end_in_samples() const {
    return (Rational(options.video_packets) * options.video.time_base * options.audio->sample_rate)
        .round();
  }
};

base::Error Mp4Muxer::Impl::failed(int err, const std::string& what) const {
  if (io != nullptr && io->error()) return *io->error();
  base::Error error = av_error(err, what + because(log));
  if (error.code == base::Code::kCorrupt) error.code = base::Code::kInternal;
  return error;
}

base::Result<AVStream*> Mp4Muxer::Impl::add_stream(const TrackFormat& format) {
  AVStream* stream = avformat_new_stream(context.get(), nullptr);
  if (stream == nullptr) return base::resource("no memory for a track");
  stream->time_base = {static_cast<int>(format.time_base.num()),
                       static_cast<int>(format.time_base.den())};
  stream->codecpar->bit_rate = format.bit_rate;
  RETURN_IF_ERROR(copy_extradata(format, *stream->codecpar));
  return stream;
}

base::Status Mp4Muxer::Impl::add_video() {
  const TrackFormat& format = options.video;
  ASSIGN_OR_RETURN(AVStream * stream, add_stream(format));
  streams[0] = stream;
  AVCodecParameters& par = *stream->codecpar;
  par.codec_type = AVMEDIA_TYPE_VIDEO;
  par.codec_id = AV_CODEC_ID_H264;
  par.width = format.width;
  par.height = format.height;
  par.format = AV_PIX_FMT_YUV420P;
  par.color_primaries = AVCOL_PRI_BT709;
  par.color_trc = AVCOL_TRC_BT709;
  par.color_space = AVCOL_SPC_BT709;
  par.color_range = AVCOL_RANGE_MPEG;
  par.chroma_location = AVCHROMA_LOC_LEFT;
  par.sample_aspect_ratio = stream->sample_aspect_ratio = {1, 1};
  stream->avg_frame_rate = {static_cast<int>(format.time_base.den()),
                            static_cast<int>(format.time_base.num())};
  return {};
}

base::Status Mp4Muxer::Impl::add_audio() {
  const TrackFormat& format = *options.audio;
  ASSIGN_OR_RETURN(AVStream * stream, add_stream(format));
  streams[1] = stream;
  AVCodecParameters& par = *stream->codecpar;
  par.codec_type = AVMEDIA_TYPE_AUDIO;
  par.codec_id = AV_CODEC_ID_AAC;
  par.sample_rate = format.sample_rate;
  par.frame_size = 1024;
  par.initial_padding = format.priming;
  av_channel_layout_default(&par.ch_layout, format.channels);
  return {};
}

base::Status Mp4Muxer::Impl::open(base::ByteSink& sink) {
  ASSIGN_OR_RETURN(io, SinkIo::open(sink));
  AVFormatContext* raw = nullptr;
  int err = avformat_alloc_output_context2(&raw, nullptr, "mp4", nullptr);
  if (err < 0) return av_error(err, "opening the MP4 muxer");
  context.reset(raw);
  raw->pb = io->context();
  raw->opaque = &log;
  raw->io_open = refuse_to_open;
  raw->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
  packet.reset(av_packet_alloc());
  if (packet == nullptr) return base::resource("no memory for a packet");
  RETURN_IF_ERROR(add_video());
  if (options.audio) RETURN_IF_ERROR(add_audio());
  AvOptions av_options;
  av_options.set("moov_size", std::to_string(index_bytes(options)));
  av_options.set("movie_timescale", std::to_string(movie_timescale(options)));
  av_options.set("use_editlist", "1");
  av_options.set("movflags", "+write_colr");
  err = avformat_write_header(raw, av_options.out());
  if (err < 0) return failed(err, "beginning the MP4");
  if (av_options.left() != nullptr) {
    return base::internal("the MP4 muxer has no option \"" + std::string(av_options.left()) + "\"");
  }
  return {};
}

Mp4Muxer::Mp4Muxer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mp4Muxer::~Mp4Muxer() = default;

base::Result<std::unique_ptr<Mp4Muxer>> Mp4Muxer::open(base::ByteSink& sink,
                                                       const MuxerOptions& options) {
  RETURN_IF_ERROR(check(options));
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  RETURN_IF_ERROR(impl->open(sink));
  return std::unique_ptr<Mp4Muxer>(new Mp4Muxer(std::move(impl)));
}

base::Status Mp4Muxer::Impl::check_packet(Track track, const Packet& p) const {
  const auto at = static_cast<size_t>(track);
  const std::string name = track == Track::kVideo ? "video" : "audio";
  const auto bad = [&](const std::string& what) {
    return base::internal("MP4: " + name + " packet " + std::to_string(written[at]) + " " + what);
  };
  if (streams[at] == nullptr) return bad("has no track");
  if (finished) return bad("came after the end");
  const int64_t announced = track == Track::kVideo ? options.video_packets : options.audio_packets;
  if (written[at] >= announced) return bad("is one more than announced");
  if (p.dts <= last_dts[at]) return bad("steps back in time");
  if (p.pts < p.dts || p.duration < 0) return bad("has impossible times");
  if (p.data.empty() || p.data.size() > INT32_MAX / 2) return bad("has an impossible size");
  if (written[at] > 0) return {};
  if (track == Track::kVideo && (!p.key || p.pts != 0)) {
    return bad("is not a keyframe at time 0");
  }
  if (track == Track::kAudio && p.pts != -options.audio->priming) {
    return bad("does not begin with the priming");
  }
  return {};
}

base::Status Mp4Muxer::write(Track track, const Packet& p) {
  Impl& m = *impl_;
  RETURN_IF_ERROR(m.check_packet(track, p));
  const auto at = static_cast<size_t>(track);
  AVPacket& out = *m.packet;
  if (const int err = av_new_packet(&out, static_cast<int>(p.data.size())); err < 0) {
    return av_error(err, "writing the MP4");
  }
  std::memcpy(out.data, p.data.data(), p.data.size());
  out.stream_index = m.streams[at]->index;
  out.flags = p.key ? AV_PKT_FLAG_KEY : 0;
  out.pts = p.pts;
  out.dts = p.dts;
  out.duration = p.duration;
  if (track == Track::kAudio) {
    const int64_t end = m.video_end_in_samples();
    if (p.pts >= end) {
      av_packet_unref(&out);
      return base::internal("MP4: audio packet " + std::to_string(m.written[at]) +
                            " starts after the video's end");
    }
    out.duration = std::min(p.duration, end - p.pts);
  }
  const TrackFormat& format = m.format_of(track);
  av_packet_rescale_ts(
      &out, {static_cast<int>(format.time_base.num()), static_cast<int>(format.time_base.den())},
      m.streams[at]->time_base);
  m.last_dts[at] = p.dts;
  ++m.written[at];
  // Takes the packet's bytes.
  if (const int err = av_interleaved_write_frame(m.context.get(), &out); err < 0) {
    return m.failed(err, "writing the MP4");
  }
  if (m.io->error()) return *m.io->error();
  return {};
}

base::Status Mp4Muxer::finish() {
  Impl& m = *impl_;
  if (std::exchange(m.finished, true)) return base::internal("MP4: finished twice");
  const int64_t announced[kTracks] = {m.options.video_packets, m.options.audio_packets};
  for (size_t i = 0; i < kTracks; ++i) {
    if (m.streams[i] != nullptr && m.written[i] != announced[i]) {
      return base::internal("MP4: " + std::to_string(m.written[i]) + " packets of track " +
                            std::to_string(i) + " where " + std::to_string(announced[i]) +
                            " were announced");
    }
  }
  const int err = av_write_trailer(m.context.get());
  if (err < 0) return m.failed(err, "finishing the MP4");
  avio_flush(m.io->context());
  if (m.io->error()) return *m.io->error();
  return {};
}

}  // namespace rushes::media
