#include "media/audio_reader.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

#include "media/av.h"
#include "media/av_log.h"
#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/samples.h"
#include "media/stream_info.h"
#include "media/video_decoder.h"

namespace rushes::media {
namespace {

constexpr int64_t kBlock = 8192;
// Timestamps may be off the count of samples by this much, for they are rounded; beyond it there is
// a hole or an overlap.
constexpr int64_t kJitterMs = 10;
// What codecs lean on: overlaps, bit reservoirs, band replication.
constexpr int64_t kPrerollFrames = 12;
constexpr int64_t kPrerollMs = 300;
// Nearer than this, decoding on is quicker than seeking.
constexpr int64_t kDecodeOnSeconds = 2;

struct Chunk {
  int64_t position = 0;  // of its first sample, counted from zero
  int64_t frames = 0;
  std::vector<float> samples;
};

}  // namespace

struct AudioReader::Impl {
  const base::ByteSource& source;
  AudioReaderOptions options;
  LogSink log;  // outlives what logs to it
  std::unique_ptr<Demuxer> demuxer;
  AVStream* stream = nullptr;
  AvCodecContext codec;
  AvPacket packet;
  AvFrame frame;
  StreamInfo info;
  int rate = 0;
  int channels = 0;
  std::optional<Rational> zero;  // on the container's clock
  int64_t first = 0;             // position of the stream's first sample
  int64_t wanted = 0;            // position of the next sample that read() gives
  std::optional<int64_t> expected;
  std::optional<Chunk> chunk;
  bool draining = false;
  int64_t bad_samples = 0;
  int64_t bad_packets = 0;
  int64_t damaged_before = 0;
  std::vector<std::string> warnings;

  Impl(const base::ByteSource& s, const AudioReaderOptions& o) : source(s), options(o) {}
  base::Status start();
  base::Status find_zero();
  base::Status feed();
  base::Result<bool> next_frame();
  base::Result<bool> next_chunk();
  int64_t position_of(const AVFrame& f);
  bool seeks_to_samples() const;
  base::Result<bool> jump(int64_t target);
  int64_t preroll() const;
};

base::Status AudioReader::Impl::start() {
  if (demuxer != nullptr) damaged_before += demuxer->damaged();
  codec.reset();
  ASSIGN_OR_RETURN(demuxer, Demuxer::open(source));
  ASSIGN_OR_RETURN(stream, demuxer->find(StreamKind::kAudio, options.stream));
  demuxer->select(*stream);
  ASSIGN_OR_RETURN(codec, open_decoder(*stream->codecpar, stream->time_base, {}, log));
  packet.reset(av_packet_alloc());
  frame.reset(av_frame_alloc());
  if (packet == nullptr || frame == nullptr) return base::resource("no memory for a packet");
  expected.reset();
  chunk.reset();
  draining = false;
  return {};
}

// The first frame of the video that the sound belongs to, if there is one.
base::Status AudioReader::Impl::find_zero() {
  const auto video = demuxer->find(StreamKind::kVideo, 0);
  if (!video.ok()) return {};
  const AVRational unit = (*video)->time_base;
  const auto decoder = VideoDecoder::open(source, {.want_alpha = false});
  if (decoder.ok()) {
    auto shown = (*decoder)->next();
    if (shown.ok() && *shown) {
      zero = seconds((*shown)->time, unit);
      return {};
    }
  }
  warnings.emplace_back("its video cannot be decoded: sound is timed by the video's stated start");
  const int64_t stated = (*video)->start_time;
  zero = stated == AV_NOPTS_VALUE ? Rational(0) : seconds(stated, unit);
  return {};
}

base::Status AudioReader::Impl::feed() {
  ASSIGN_OR_RETURN(const bool more, demuxer->read(*packet));
  const int err = avcodec_send_packet(codec.get(), more ? packet.get() : nullptr);
  draining = !more;
  if (err == AVERROR(ENOMEM)) return av_error(err, "decoding audio");
  if (err < 0 && err != AVERROR_EOF) ++bad_packets;
  return {};
}

// False at the end.
base::Result<bool> AudioReader::Impl::next_frame() {
  while (true) {
    const int err = avcodec_receive_frame(codec.get(), frame.get());
    if (err >= 0) return true;
    if (err == AVERROR_EOF) return false;
    if (err == AVERROR(ENOMEM)) return av_error(err, "decoding audio");
    if (err != AVERROR(EAGAIN)) {
      ++bad_packets;
      if (draining) continue;
    }
    RETURN_IF_ERROR(feed());
  }
}

int64_t AudioReader::Impl::position_of(const AVFrame& f) {
  if (f.pts == AV_NOPTS_VALUE) return expected.value_or(0);
  const Rational time = seconds(f.pts, stream->time_base);
  if (!zero) zero = time;  // a file without video begins with its sound
  const int64_t stamped = ((time - *zero) * rate).round();
  if (!expected) return stamped;
  return std::abs(stamped - *expected) <= kJitterMs * rate / 1000 ? *expected : stamped;
}

base::Result<bool> AudioReader::Impl::next_chunk() {
  while (true) {
    ASSIGN_OR_RETURN(const bool more, next_frame());
    if (!more) {
      chunk.reset();
      return false;
    }
    if (frame->nb_samples <= 0) continue;
    if (rate == 0) {
      rate = frame->sample_rate;
      channels = mixed_channels(frame->ch_layout);
    }
    if (frame->sample_rate != rate || rate <= 0) {
      return base::unsupported("its sample rate changes from " + std::to_string(rate) + " to " +
                               std::to_string(frame->sample_rate) + " midway");
    }
    Chunk c;
    c.position = position_of(*frame);
    c.frames = frame->nb_samples;
    ASSIGN_OR_RETURN(const int64_t bad, append_samples(*frame, channels, c.samples));
    bad_samples += bad;
    expected = c.position + c.frames;
    chunk = std::move(c);
    return true;
  }
}

// Whether the container's times are whole samples, so that a seek loses nothing.
bool AudioReader::Impl::seeks_to_samples() const {
  const std::string& name = demuxer->container();
  const bool kept =
      name == "mp4" || name == "mov" || name == "wav" || name == "w64" || name == "aiff";
  return kept && stream->time_base.num == 1 && stream->time_base.den % rate == 0;
}

int64_t AudioReader::Impl::preroll() const {
  return std::max(kPrerollMs * rate / 1000, kPrerollFrames * std::max(codec->frame_size, 0));
}

// Seeks so that decoding from there gives sample `target`; false if it led nowhere.
base::Result<bool> AudioReader::Impl::jump(int64_t target) {
  const Rational time = *zero + Rational(target - preroll(), rate);
  const int64_t stamp = (time / rational(stream->time_base)).floor();
  if (!demuxer->seek(*stream, stamp)) return false;
  avcodec_flush_buffers(codec.get());
  draining = false;
  expected.reset();
  ASSIGN_OR_RETURN(const bool more, next_chunk());
  return more && chunk->position <= target;
}

AudioReader::AudioReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AudioReader::~AudioReader() = default;

base::Result<std::unique_ptr<AudioReader>> AudioReader::open(const base::ByteSource& source,
                                                             const AudioReaderOptions& options) {
  auto impl = std::make_unique<Impl>(source, options);
  RETURN_IF_ERROR(impl->start());
  RETURN_IF_ERROR(impl->find_zero());
  ASSIGN_OR_RETURN(const bool any, impl->next_chunk());
  if (!any) {
    return base::corrupt("none of its audio can be decoded" + because(impl->log));
  }
  impl->first = impl->chunk->position;
  impl->info = describe_stream(*impl->demuxer, *impl->stream, impl->warnings);
  impl->info.audio.sample_rate = impl->rate;
  return std::unique_ptr<AudioReader>(new AudioReader(std::move(impl)));
}

int AudioReader::sample_rate() const { return impl_->rate; }
int AudioReader::channels() const { return impl_->channels; }
const StreamInfo& AudioReader::info() const { return impl_->info; }
Rational AudioReader::start_offset() const { return {impl_->first, impl_->rate}; }

base::Result<frame::AudioBlock> AudioReader::read() {
  Impl& m = *impl_;
  frame::AudioBlock block;
  block.channels = m.channels;
  while (m.chunk && m.chunk->position + m.chunk->frames <= m.wanted) {
    ASSIGN_OR_RETURN(const bool more, m.next_chunk());
    if (!more) break;
  }
  if (!m.chunk) return block;
  const auto channels = static_cast<size_t>(m.channels);
  const int64_t hole = m.chunk->position - m.wanted;
  if (hole > 0) {
    const int64_t n = std::min(hole, kBlock);
    block.samples.resize(static_cast<size_t>(n) * channels);
    m.wanted += n;
    return block;
  }
  const int64_t skip = -hole;
  const int64_t n = std::min(m.chunk->frames - skip, kBlock);
  const float* from = m.chunk->samples.data() + static_cast<size_t>(skip) * channels;
  block.samples.assign(from, from + static_cast<size_t>(n) * channels);
  m.wanted += n;
  return block;
}

base::Status AudioReader::seek(const Rational& t) {
  Impl& m = *impl_;
  const int64_t target = std::clamp<int64_t>((t * m.rate).round(), 0, int64_t{1} << 50);
  const bool behind = !m.chunk || target < m.chunk->position;
  const bool near = m.chunk && !behind && target - m.chunk->position < kDecodeOnSeconds * m.rate;
  if (!near) {
    bool landed = false;
    if (m.seeks_to_samples()) {
      ASSIGN_OR_RETURN(landed, m.jump(target));
    } else if (!behind) {
      landed = true;  // read() decodes on up to the target
    }
    if (!landed) {
      RETURN_IF_ERROR(m.start());
      ASSIGN_OR_RETURN(const bool any, m.next_chunk());
      static_cast<void>(any);  // without any, read() reports the end
    }
  }
  m.wanted = target;
  return {};
}

void AudioReader::will_read(const Rational& from, const Rational& until) {
  Impl& m = *impl_;
  const Rational unit = rational(m.stream->time_base);
  const Rational first = *m.zero + from - Rational(m.preroll(), m.rate);
  m.demuxer->will_read(*m.stream, (first / unit).floor(), ((*m.zero + until) / unit).ceil(),
                       Demuxer::Begin::kKeyframe);
}

int64_t AudioReader::not_finite() const { return impl_->bad_samples; }
int64_t AudioReader::damaged() const {
  return impl_->bad_packets + impl_->damaged_before + impl_->demuxer->damaged();
}

std::vector<std::string> AudioReader::warnings() const {
  std::vector<std::string> all = impl_->warnings;
  if (not_finite() > 0)
    all.emplace_back("holds samples that are not numbers: silence stands there");
  if (damaged() > 0) all.emplace_back("is damaged in places: silence stands there");
  for (const std::string& line : impl_->log.first()) all.push_back(line);
  for (const std::string& line : impl_->demuxer->log().first()) all.push_back(line);
  return all;
}

}  // namespace rushes::media
