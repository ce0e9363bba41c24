#include "media/video_decoder.h"

#include <algorithm>
#include <span>
#include <utility>

#include "media/av_compat.h"
#include "media/block_marks.h"
#include "media/decoder.h"
#include "media/slices.h"
#include "media/stream_info.h"

extern "C" {
#include <libavutil/intreadwrite.h>
}

namespace rushes::media {
namespace {

// The alpha picture that a VP8 or VP9 packet carries beside it; empty if none.
std::span<const uint8_t> alpha_of(const AVPacket& packet) {
  size_t size = 0;
  const uint8_t* data =
      av_packet_get_side_data(&packet, AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, &size);
  if (data == nullptr || size < 9 || AV_RB64(data) != 1) return {};
  return {data + 8, size - 8};
}

bool is_key_vp8(std::span<const uint8_t> data) { return (data[0] & 1) == 0; }

// frame_marker 2 bits, profile 2, a reserved bit in profile 3, show_existing_frame, frame_type.
bool is_key_vp9(std::span<const uint8_t> data) {
  const bool profile3 = (data[0] & 0x30) == 0x30;
  const int shift = profile3 ? 2 : 3;
  const bool existing = (data[0] >> shift & 1) != 0;
  return !existing && (data[0] >> (shift - 1) & 1) == 0;
}

}  // namespace

base::Result<std::unique_ptr<VideoDecoder>> VideoDecoder::open(const base::ByteSource& source,
                                                               const VideoDecoderOptions& options) {
  std::unique_ptr<VideoDecoder> d(new VideoDecoder);
  ASSIGN_OR_RETURN(d->demuxer_, Demuxer::open(source));
  ASSIGN_OR_RETURN(d->stream_, d->demuxer_->find(StreamKind::kVideo, options.stream));
  d->demuxer_->select(*d->stream_);
  if (options.want_sound) d->demuxer_->want_sound();
  const AVCodecParameters& par = *d->stream_->codecpar;
  if (options.max_pixels > 0 && int64_t{par.width} * par.height > options.max_pixels) {
    return base::invalid_argument("the video is " + std::to_string(par.width) + "x" +
                                  std::to_string(par.height) + "; at most " +
                                  std::to_string(options.max_pixels) + " pixels are read");
  }
  d->side_alpha_ = options.want_alpha && has_side_alpha(*d->stream_);
  d->can_seek_ = d->demuxer_->seeks_exactly();
  d->packet_.reset(av_packet_alloc());
  if (d->packet_ == nullptr) return base::resource("no memory for a packet");
  ASSIGN_OR_RETURN(d->pending_, d->demuxer_->read(*d->packet_));
  const DecoderOptions decoder{.threads = d->holds_slices() ? 1 : options.threads,
                               .side_alpha = d->side_alpha_,
                               .max_pixels = options.max_pixels,
                               .find_missing = true};
  ASSIGN_OR_RETURN(d->codec_, open_decoder(par, d->stream_->time_base, decoder, d->log_));
  return d;
}

bool VideoDecoder::has_whole_index() const {
  return demuxer_->container() == "mp4" || demuxer_->container() == "mov";
}

bool VideoDecoder::is_access_point(const AVPacket& packet) const {
  if ((packet.flags & AV_PKT_FLAG_KEY) == 0) return false;
  if (!side_alpha_) return true;
  const auto alpha = alpha_of(packet);
  if (alpha.empty()) return true;
  return stream_->codecpar->codec_id == AV_CODEC_ID_VP8 ? is_key_vp8(alpha) : is_key_vp9(alpha);
}

bool VideoDecoder::holds_slices() const {
  return stream_->codecpar->codec_id == AV_CODEC_ID_HEVC && packet_->size > 0 &&
         has_several_slices({packet_->data, static_cast<size_t>(packet_->size)},
                            *stream_->codecpar);
}

base::Status VideoDecoder::send(const AVPacket* packet) {
  const int err = avcodec_send_packet(codec_.get(), packet);
  if (err == AVERROR(ENOMEM)) return av_error(err, "decoding video");
  if (err < 0 && err != AVERROR_EOF) ++damaged_;
  return {};
}

// One more packet to the decoder, or word of the end.
base::Status VideoDecoder::feed() {
  if (!std::exchange(pending_, false)) {
    ASSIGN_OR_RETURN(const bool more, demuxer_->read(*packet_));
    if (!more) {
      draining_ = true;
      return send(nullptr);
    }
  }
  if (packet_->pts == AV_NOPTS_VALUE) can_seek_ = false;
  if (codec_->thread_count > 1 && holds_slices()) ++doubtful_;
  const int64_t time = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
  if (time != AV_NOPTS_VALUE) position_ = std::max(position_, time);
  return send(packet_.get());
}

base::Result<std::optional<TimedFrame>> VideoDecoder::accept(AvFrame frame) {
  bool damaged = frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
  ASSIGN_OR_RETURN(const bool missing, replace_missing_blocks(frame, previous_.get()));
  damaged = damaged || missing;
  previous_.reset(av_frame_clone(frame.get()));
  if (previous_ == nullptr) return base::resource("no memory for a frame");
  if (damaged) ++damaged_;
  int64_t time = can_seek_ ? frame->pts : frame->best_effort_timestamp;
  if (time == AV_NOPTS_VALUE) time = frame->best_effort_timestamp;
  if (time == AV_NOPTS_VALUE) time = last_ == INT64_MIN ? 0 : last_ + last_length_;
  if (time < drop_before_) return std::optional<TimedFrame>();
  if (time <= last_) {
    ++damaged_;
    return std::optional<TimedFrame>();
  }
  last_ = time;
  last_length_ = std::max<int64_t>(duration_of(*frame), 1);
  return std::optional<TimedFrame>({std::move(frame), time});
}

base::Result<std::optional<TimedFrame>> VideoDecoder::next() {
  while (true) {
    AvFrame frame(av_frame_alloc());
    if (frame == nullptr) return base::resource("no memory for a frame");
    const int err = avcodec_receive_frame(codec_.get(), frame.get());
    if (err >= 0) {
      ASSIGN_OR_RETURN(auto accepted, accept(std::move(frame)));
      if (accepted) return accepted;
      continue;
    }
    if (err == AVERROR_EOF) return std::optional<TimedFrame>();
    if (err == AVERROR(ENOMEM)) return av_error(err, "decoding video");
    if (err != AVERROR(EAGAIN)) {
      ++damaged_;
      if (draining_) continue;
    }
    RETURN_IF_ERROR(feed());
  }
}

base::Result<std::optional<VideoDecoder::Key>> VideoDecoder::seek(int64_t time) {
  if (!demuxer_->seek(*stream_, time)) return std::optional<Key>();
  avcodec_flush_buffers(codec_.get());
  draining_ = false;
  pending_ = false;
  previous_.reset();
  last_ = INT64_MIN;
  position_ = INT64_MIN;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, demuxer_->read(*packet_));
    if (!more) return std::optional<Key>();
    if (packet_->pts == AV_NOPTS_VALUE || !is_access_point(*packet_)) continue;
    pending_ = true;
    drop_before_ = packet_->pts;
    const int64_t dts = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
    return std::optional<Key>(Key{packet_->pts, dts});
  }
}

}  // namespace rushes::media
