#include "media/muxer.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "media/av.h"
#include "media/av_log.h"
#include "media/avio.h"
#include "media/gif_file.h"
#include "media/mp4_track.h"

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
  int64_t fixed = 4096;
  if (o.video) fixed += 4096 + static_cast<int64_t>(o.video->extradata.size());
  if (o.audio) fixed += 4096 + static_cast<int64_t>(o.audio->extradata.size());
  return fixed + o.video_packets * 32 + o.audio_packets * 20;
}

// Units a second in which both tracks' lengths are whole; edit lists are written in them.
int64_t movie_timescale(const MuxerOptions& o) {
  const int64_t video = o.video ? o.video->time_base.den() : 1;
  const int64_t audio = o.audio ? o.audio->sample_rate : 1;
  const int64_t both = std::max<int64_t>(std::lcm(video, audio), 1);
  constexpr int64_t kMax = INT32_MAX;
  if (both > kMax) return std::max(video, audio);
  // At least a millisecond's worth.
  return both >= 1000 ? both : both * ((1000 + both - 1) / both);
}

void set_mp4_options(const MuxerOptions& o, AvOptions& av) {
  av.set("moov_size", std::to_string(index_bytes(o)));
  av.set("movie_timescale", std::to_string(movie_timescale(o)));
  av.set("use_editlist", "1");
  av.set("movflags", "+write_colr");
}

// Packets of WebM have no lengths, but what is not to be heard of them.
base::Status discard_rest(AVPacket& packet, int64_t samples) {
  if (samples <= 0) return {};
  constexpr size_t kSize = 10;
  uint8_t* data = av_packet_new_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, kSize);
  if (data == nullptr) return base::resource("no memory for a packet");
  std::fill_n(data, kSize, uint8_t{0});
  for (int i = 0; i < 4; ++i) data[4 + i] = static_cast<uint8_t>(samples >> (8 * i) & 0xFF);
  return {};
}

base::Status check(const MuxerOptions& o) {
  const auto bad = [](const std::string& what) { return base::internal("MP4: " + what); };
  if (!o.video && !o.audio) return bad("no track");
  if (o.video_packets < (o.video ? 1 : 0) || o.video_packets > kMaxPackets || o.audio_packets < 0 ||
      o.audio_packets > kMaxPackets) {
    return bad("number of packets out of range");
  }
  if (o.video && !is_video(o.video->codec)) return bad("no video");
  if (o.audio && is_video(o.audio->codec)) return bad("no sound");
  const bool gif = o.container == "gif";
  if (o.video && (o.video->codec == Codec::kGif) != gif) return bad("GIF in another file");
  if (o.audio && gif) return bad("GIF with sound");
  for (const auto& track : {o.video, o.audio}) {
    if (track) RETURN_IF_ERROR(check_track(*track));
  }
  return {};
}

}  // namespace

struct Muxer::Impl {
  MuxerOptions options;
  LogSink log;  // outlives what logs to it
  std::unique_ptr<SinkIo> io;
  AvOutput context;
  AvPacket packet;
  AVStream* streams[kTracks] = {};
  std::optional<GifFile> gif;  // in the place of all these
  int64_t written[kTracks] = {};
  int64_t last_dts[kTracks] = {INT64_MIN, INT64_MIN};
  bool finished = false;

  base::Status open(base::ByteSink& sink);
  base::Status check_packet(Track track, const Packet& p) const;
  base::Error failed(int err, const std::string& what) const;
  bool has(Track track) const {
    return track == Track::kVideo ? options.video.has_value() : options.audio.has_value();
  }
  const TrackFormat& format_of(Track track) const {
    return track == Track::kVideo ? *options.video : *options.audio;
  }
  // Where sound beside a picture is cut, in samples.
  int64_t end_in_samples() const {
    return (Rational(options.video_packets) * options.video->time_base * options.audio->sample_rate)
        .round();
  }
};

base::Error Muxer::Impl::failed(int err, const std::string& what) const {
  return io->error() ? *io->error() : mp4_error(err, what, log);
}

base::Status Muxer::Impl::open(base::ByteSink& sink) {
  if (options.container == "gif") return gif.emplace(sink, *options.video).begin();
  ASSIGN_OR_RETURN(io, SinkIo::open(sink));
  ASSIGN_OR_RETURN(context, open_mp4(options.container, log));
  context->pb = io->context();
  packet.reset(av_packet_alloc());
  if (packet == nullptr) return base::resource("no memory for a packet");
  if (options.video) {
    ASSIGN_OR_RETURN(streams[0], add_track(*context, *options.video));
  }
  if (options.audio) {
    ASSIGN_OR_RETURN(streams[1], add_track(*context, *options.audio));
  }
  AvOptions av_options;
  if (options.container == "webm") {
    // Seeking is told by sound alone if there is no picture; players start 80 ms before.
    if (options.audio) streams[1]->codecpar->seek_preroll = options.audio->sample_rate * 2 / 25;
  } else if (options.container != "opus") {
    set_mp4_options(options, av_options);
  }
  base::Status begun = begin_mp4(*context, av_options, log);
  return io->error() ? base::Status(*io->error()) : std::move(begun);
}

Muxer::Muxer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Muxer::~Muxer() = default;

base::Result<std::unique_ptr<Muxer>> Muxer::open(base::ByteSink& sink,
                                                 const MuxerOptions& options) {
  RETURN_IF_ERROR(check(options));
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  RETURN_IF_ERROR(impl->open(sink));
  return std::unique_ptr<Muxer>(new Muxer(std::move(impl)));
}

base::Status Muxer::Impl::check_packet(Track track, const Packet& p) const {
  const auto at = static_cast<size_t>(track);
  const std::string name = track == Track::kVideo ? "video" : "audio";
  const auto bad = [&](const std::string& what) {
    return base::internal("MP4: " + name + " packet " + std::to_string(written[at]) + " " + what);
  };
  if (!has(track)) return bad("has no track");
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

base::Status Muxer::write(Track track, const Packet& p) {
  Impl& m = *impl_;
  RETURN_IF_ERROR(m.check_packet(track, p));
  const auto at = static_cast<size_t>(track);
  if (m.gif) {
    m.last_dts[at] = p.dts;
    ++m.written[at];
    return m.gif->write(p);
  }
  AVPacket& out = *m.packet;
  int64_t duration = p.duration;
  if (track == Track::kAudio && m.options.video) {
    const int64_t end = m.end_in_samples();
    if (p.pts >= end) {
      return base::internal("MP4: audio packet " + std::to_string(m.written[at]) +
                            " starts after the video's end");
    }
    duration = std::min(duration, end - p.pts);
  }
  // WebM has no times before 0: sound is timed with its priming, and CodecDelay tells how long that
  // is. libav writes that, but would move the picture, too.
  const bool later = track == Track::kAudio && m.options.container == "webm";
  RETURN_IF_ERROR(set_packet(out, p,
                             {.format = m.format_of(track),
                              .stream = *m.streams[at],
                              .duration = duration,
                              .later = later ? m.options.audio->priming : 0}));
  if (later) {
    RETURN_IF_ERROR(discard_rest(out, m.streams[at]->codecpar->frame_size - duration));
  }
  m.last_dts[at] = p.dts;
  ++m.written[at];
  // Takes the packet's bytes.
  if (const int err = av_interleaved_write_frame(m.context.get(), &out); err < 0) {
    return m.failed(err, "writing the MP4");
  }
  if (m.io->error()) return *m.io->error();
  return {};
}

base::Status Muxer::finish() {
  Impl& m = *impl_;
  if (std::exchange(m.finished, true)) return base::internal("MP4: finished twice");
  const int64_t announced[kTracks] = {m.options.video_packets, m.options.audio_packets};
  for (size_t i = 0; i < kTracks; ++i) {
    if (m.has(static_cast<Track>(i)) && m.written[i] != announced[i]) {
      return base::internal("MP4: " + std::to_string(m.written[i]) + " packets of track " +
                            std::to_string(i) + " where " + std::to_string(announced[i]) +
                            " were announced");
    }
  }
  if (m.gif) return m.gif->finish();
  const int err = av_write_trailer(m.context.get());
  if (err < 0) return m.failed(err, "finishing the MP4");
  avio_flush(m.io->context());
  if (m.io->error()) return *m.io->error();
  return {};
}

}  // namespace rushes::media
