#include "media/video_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "media/av.h"
#include "media/av_compat.h"
#include "media/av_log.h"
#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/describe.h"
#include "media/pixels.h"
#include "media/stream_info.h"
#include "media/upright.h"
#include "media/video_decoder.h"

namespace rushes::media {
namespace {

// A keyframe this many frames ahead, or nearer, is reached by decoding on.
constexpr int kWorthSeekingFrames = 8;
// Without an index, jumps longer than this try to seek.
constexpr int kBlindJumpSeconds = 4;
constexpr int kMaxSeekTries = 12;

}  // namespace

struct VideoReader::Impl {
  const base::ByteSource& source;
  VideoReaderOptions options;
  std::unique_ptr<VideoDecoder> decoder;
  StreamInfo info;
  Rational duration;
  std::vector<std::string> warnings;
  int64_t first = 0;
  // The frame last found and the one after it; no `next` at the end.
  std::optional<TimedFrame> current, next;
  frame::Frame converted;                             // of `current`; empty until asked for
  int64_t damaged_before = 0, complaints_before = 0;  // of decoders that were given up
  bool end_checked = false;
  std::optional<int64_t> until;  // what was announced ends there

  base::Status start();
  base::Status find(int64_t time);
  base::Status advance();
  base::Status jump(int64_t time);
  bool worth_seeking(int64_t time);
  bool has_to_jump(int64_t time);
  base::Result<bool> try_seek(int64_t target, int64_t time, int64_t& landed);
  base::Result<frame::Frame> convert(const AVFrame& frame) const;
  int64_t time_of(const Rational& t) const;
  void check_end();
  void note(const std::string& warning);  // once each
};

void VideoReader::Impl::note(const std::string& warning) {
  constexpr size_t kMaxWarnings = 32;
  if (warnings.size() < kMaxWarnings &&
      std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) {
    warnings.push_back(warning);
  }
}

base::Status VideoReader::Impl::start() {
  if (decoder != nullptr) {
    damaged_before += decoder->damaged();
    complaints_before += decoder->complaints();
    for (const std::string& line : decoder->log().first()) note(line);
  }
  const VideoDecoderOptions wanted{.stream = options.stream,
                                   .threads = options.threads,
                                   .want_alpha = options.want_alpha,
                                   .max_pixels = options.max_pixels,
                                   .want_sound = options.want_sound};
  ASSIGN_OR_RETURN(decoder, VideoDecoder::open(source, wanted));
  converted = {};
  ASSIGN_OR_RETURN(current, decoder->next());
  if (!current) {
    return base::corrupt("no frame of its video can be decoded" + because(decoder->log()));
  }
  ASSIGN_OR_RETURN(next, decoder->next());
  return {};
}

base::Status VideoReader::Impl::advance() {
  current = std::exchange(next, std::nullopt);
  converted = {};
  ASSIGN_OR_RETURN(next, decoder->next());
  if (!next) check_end();
  return {};
}

// A stream that ends long before its stated end was cut off.
void VideoReader::Impl::check_end() {
  if (std::exchange(end_checked, true) || !info.duration) return;
  const Rational reached = seconds(current->time - first, decoder->stream().time_base);
  const Rational missing = duration - reached;
  if (missing > Rational(3, 2) && info.video.frame_rate.num() > 0 &&
      missing * info.video.frame_rate > 5) {
    ++damaged_before;
    warnings.push_back("ends " + std::to_string(missing.round()) + " s before its stated end");
  }
}

// The stream's time for a time since the first frame; bounded, so that sums cannot overflow.
int64_t VideoReader::Impl::time_of(const Rational& t) const {
  if (t <= 0) return first;
  const Rational ticks = t / rational(decoder->stream().time_base);
  constexpr int64_t kFar = int64_t{1} << 61;
  const int64_t whole = ticks >= kFar ? kFar : ticks.floor();
  return first > kFar ? first : first + whole;
}

bool VideoReader::Impl::worth_seeking(int64_t time) {
  if (!decoder->can_seek()) return false;
  AVStream& stream = decoder->stream();
  const Rational unit = rational(stream.time_base);
  const Rational rate = info.video.frame_rate.num() > 0 ? info.video.frame_rate : Rational(25);
  const int64_t margin = (Rational(kWorthSeekingFrames) / rate / unit).ceil();
  const AVIndexEntry* key =
      avformat_index_get_entry_from_timestamp(&stream, time, AVSEEK_FLAG_BACKWARD);
  if (key != nullptr && key->timestamp > decoder->position() + margin) return true;
  // MP4's index is whole; other containers may know less than they hold.
  if (decoder->has_whole_index()) return false;
  return Rational(time - next->time) * unit > kBlindJumpSeconds;
}

// Seeks to `target`; true if what is shown at `time` can be decoded from where that led. `landed`
// becomes the place to try before, if not.
base::Result<bool> VideoReader::Impl::try_seek(int64_t target, int64_t time, int64_t& landed) {
  if (until) {
    decoder->demuxer().will_read(decoder->stream(), target, *until, Demuxer::Begin::kKeyframe);
  }
  ASSIGN_OR_RETURN(const auto key, decoder->seek(target));
  if (!key) return false;
  landed = std::min(key->pts, key->dts);
  if (key->pts > time) return false;
  ASSIGN_OR_RETURN(current, decoder->next());
  converted = {};
  if (!current || current->time > time) return false;
  ASSIGN_OR_RETURN(next, decoder->next());
  return true;
}

base::Status VideoReader::Impl::jump(int64_t time) {
  if (decoder->can_seek()) {
    int64_t target = time;
    int64_t step = 1;
    for (int i = 0; i < kMaxSeekTries && target >= first; ++i) {
      int64_t landed = target;
      ASSIGN_OR_RETURN(const bool found, try_seek(target, time, landed));
      if (found) return {};
      // The keyframe before the one that was found, then ever further back.
      target = std::min(landed, target) - step;
      step *= 4;
    }
  }
  return start();
}

base::Result<frame::Frame> VideoReader::Impl::convert(const AVFrame& av) const {
  ASSIGN_OR_RETURN(const frame::Format shape, shape_of(static_cast<AVPixelFormat>(av.format)));
  ASSIGN_OR_RETURN(const ColorTags tags, tags_of(color_of(av)));
  ASSIGN_OR_RETURN(const frame::Frame stored, to_frame(av, describe(shape, tags)));
  return options.upright ? upright(stored, info.video.orientation) : stored;
}

VideoReader::VideoReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VideoReader::~VideoReader() = default;

base::Result<std::unique_ptr<VideoReader>> VideoReader::open(const base::ByteSource& source,
                                                             const VideoReaderOptions& options) {
  auto impl = std::make_unique<Impl>(Impl{.source = source, .options = options});
  RETURN_IF_ERROR(impl->start());
  impl->first = impl->current->time;
  AVStream& stream = impl->decoder->stream();
  impl->info = describe_stream(impl->decoder->demuxer(), stream, impl->warnings);
  VideoInfo& video = impl->info.video;
  video.interlaced = video.interlaced || is_interlaced(*impl->current->frame);
  ASSIGN_OR_RETURN(impl->converted, impl->convert(*impl->current->frame));
  video.format = impl->converted.format();
  video.hdr = video.format.transfer != frame::Transfer::kSdr;

  const Rational start = seconds(impl->first, stream.time_base);
  if (const auto end = stated_end(impl->decoder->demuxer(), stream)) {
    impl->duration = *end - start;
  } else {
    ASSIGN_OR_RETURN(const Extent extent, measure(source, stream.index, false));
    impl->duration = extent.end - start;
    for (const std::string& warning : extent.warnings) impl->note(warning);
  }
  return std::unique_ptr<VideoReader>(new VideoReader(std::move(impl)));
}

bool VideoReader::Impl::has_to_jump(int64_t time) {
  return time < current->time || (next && time >= next->time && worth_seeking(time));
}

// Makes `current` the frame that is shown at `time`.
base::Status VideoReader::Impl::find(int64_t time) {
  if (!current) RETURN_IF_ERROR(start());
  if (has_to_jump(time)) RETURN_IF_ERROR(jump(time));
  while (next && next->time <= time) RETURN_IF_ERROR(advance());
  return {};
}

base::Result<frame::Frame> VideoReader::frame_at(const Rational& t) {
  Impl& m = *impl_;
  if (auto status = m.find(m.time_of(t)); !status.ok()) {
    // Where decoding stands is not known any more: the next request starts afresh.
    m.current.reset();
    m.next.reset();
    return std::move(status).error();
  }
  if (!m.converted) {
    ASSIGN_OR_RETURN(m.converted, m.convert(*m.current->frame));
  }
  return m.converted;
}

void VideoReader::will_read(const Rational& from, const Rational& until) {
  Impl& m = *impl_;
  m.until = m.time_of(until);
  // Where it jumps is told then.
  if (!m.current || m.has_to_jump(m.time_of(from))) return;
  m.decoder->demuxer().will_read(m.decoder->stream(), m.decoder->position(), *m.until,
                                 Demuxer::Begin::kOn);
}

Rational VideoReader::duration() const { return impl_->duration; }
const StreamInfo& VideoReader::info() const { return impl_->info; }
int64_t VideoReader::damaged() const {
  return impl_->damaged_before + (impl_->decoder != nullptr ? impl_->decoder->damaged() : 0);
}

int64_t VideoReader::complaints() const {
  return impl_->complaints_before + (impl_->decoder != nullptr ? impl_->decoder->complaints() : 0);
}

std::vector<std::string> VideoReader::warnings() const {
  std::vector<std::string> all = impl_->warnings;
  if (damaged() > 0) all.emplace_back("is damaged in places: its pictures there are guesses");
  if (impl_->decoder != nullptr) {
    for (const LogSink* log : {&impl_->decoder->log(), &impl_->decoder->demuxer().log()}) {
      for (const std::string& line : log->first()) all.push_back(line);
    }
  }
  return all;
}

}  // namespace rushes::media
