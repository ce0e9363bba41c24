#include "media/fragment_muxer.h"

#include <cstdio>
#include <utility>

#include "media/av.h"
#include "media/av1_syntax.h"
#include "media/av_log.h"
#include "media/avio.h"
#include "media/hevc_syntax.h"
#include "media/mp4_track.h"

namespace rushes::media {
namespace {

// libav holds a fragment in memory until it is written; a piece may have several.
constexpr size_t kMaxFragmentBytes = size_t{32} << 20;

// The three bytes that follow the type of the first sequence parameter set.
base::Result<std::string> avc_name(const std::vector<std::byte>& annex_b) {
  constexpr unsigned kSps = 7;
  for (size_t i = 0; i + 7 <= annex_b.size(); ++i) {
    const auto at = [&](size_t k) { return std::to_integer<unsigned>(annex_b[i + k]); };
    if (at(0) != 0 || at(1) != 0 || at(2) != 1 || (at(3) & 0x1fU) != kSps) continue;
    char name[16];
    std::snprintf(name, sizeof(name), "avc1.%02x%02x%02x", at(4), at(5), at(6));
    return std::string(name);
  }
  return base::internal("MP4: H.264 without a sequence parameter set");
}

base::Result<std::string> hevc_name(const std::vector<std::byte>& annex_b) {
  const NalView sets(reinterpret_cast<const uint8_t*>(annex_b.data()), annex_b.size());
  for (const NalView nal : nals_by_start_codes(sets)) {
    if (hevc::type_of(nal) != hevc::kSps) continue;
    ASSIGN_OR_RETURN(const std::string profile, hevc::profile_name(nal));
    return "hvc1." + profile;
  }
  return base::internal("MP4: HEVC without a sequence parameter set");
}

}  // namespace

base::Result<std::string> codec_name(const TrackFormat& format) {
  if (format.codec == Codec::kH264) return avc_name(format.extradata);
  if (format.codec == Codec::kHevc) return hevc_name(format.extradata);
  if (format.codec == Codec::kAv1) {
    ASSIGN_OR_RETURN(const std::string profile, av1::profile_name(format.extradata));
    return "av01." + profile;
  }
  if (format.extradata.empty()) return base::internal("MP4: AAC without its configuration");
  // The first five bits are the type of AAC.
  return "mp4a.40." + std::to_string(std::to_integer<unsigned>(format.extradata[0]) >> 3U);
}

struct FragmentMuxer::Impl {
  TrackFormat format;
  LogSink log;  // outlives what logs to it
  std::unique_ptr<SinkIo> header;
  std::unique_ptr<SinkIo> piece;
  AvOutput context;
  AvPacket packet;
  AVStream* stream = nullptr;
  int64_t written = 0;
  int64_t next_dts = 0;
  size_t held_bytes = 0;  // of the fragment that libav holds

  base::Status open(base::ByteSink& sink);
  base::Status check(const Packet& p) const;
  base::Status flush(SinkIo& io);
};

base::Status FragmentMuxer::Impl::open(base::ByteSink& sink) {
  ASSIGN_OR_RETURN(header, SinkIo::open(sink));
  ASSIGN_OR_RETURN(context, open_mp4("mp4", log));
  context->pb = header->context();
  packet.reset(av_packet_alloc());
  if (packet == nullptr) return base::resource("no memory for a packet");
  ASSIGN_OR_RETURN(stream, add_track(*context, format));
  AvOptions options;
  options.set("use_editlist", "1");
  // The header is written after the first packet, whose time the edit list needs.
  options.set("movflags", "+empty_moov+delay_moov+frag_custom+default_base_moof+write_colr");
  RETURN_IF_ERROR(begin_mp4(*context, options, log));
  next_dts = is_video(format.codec) ? -format.reorder : -format.priming;
  return {};
}

base::Status FragmentMuxer::Impl::check(const Packet& p) const {
  const auto bad = [&](const std::string& what) {
    return base::internal("fragmented MP4: packet " + std::to_string(written) + " " + what);
  };
  if (piece == nullptr) return bad("belongs to no piece");
  if (p.dts != next_dts) return bad("does not follow the one before");
  if (p.pts < p.dts || p.duration < 1) return bad("has impossible times");
  if (p.data.empty() || p.data.size() > INT32_MAX / 2) return bad("has an impossible size");
  if (is_video(format.codec) && written == 0 && (!p.key || p.pts != 0))
    return bad("is not a keyframe at time 0");
  return {};
}

base::Status FragmentMuxer::Impl::flush(SinkIo& io) {
  context->pb = io.context();
  const int err = av_write_frame(context.get(), nullptr);
  avio_flush(io.context());
  if (io.error()) return *io.error();
  if (err < 0) return mp4_error(err, "writing fragmented MP4", log);
  return {};
}

FragmentMuxer::FragmentMuxer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FragmentMuxer::~FragmentMuxer() = default;

base::Result<std::unique_ptr<FragmentMuxer>> FragmentMuxer::open(base::ByteSink& header,
                                                                 const TrackFormat& format) {
  RETURN_IF_ERROR(check_track(format));
  auto impl = std::make_unique<Impl>();
  impl->format = format;
  RETURN_IF_ERROR(impl->open(header));
  return std::unique_ptr<FragmentMuxer>(new FragmentMuxer(std::move(impl)));
}

base::Status FragmentMuxer::begin(base::ByteSink& piece) {
  if (impl_->piece != nullptr) return base::internal("fragmented MP4: a piece within a piece");
  ASSIGN_OR_RETURN(impl_->piece, SinkIo::open(piece));
  return {};
}

base::Status FragmentMuxer::write(const Packet& p) {
  Impl& m = *impl_;
  RETURN_IF_ERROR(m.check(p));
  if (m.held_bytes >= kMaxFragmentBytes) {
    RETURN_IF_ERROR(m.flush(*m.piece));
    m.held_bytes = 0;
  }
  RETURN_IF_ERROR(
      set_packet(*m.packet, p, {.format = m.format, .stream = *m.stream, .duration = p.duration}));
  const int err = av_write_frame(m.context.get(), m.packet.get());
  av_packet_unref(m.packet.get());
  if (err < 0) return mp4_error(err, "writing fragmented MP4", m.log);
  m.next_dts = p.dts + p.duration;
  m.held_bytes += p.data.size();
  if (m.written++ > 0) return {};
  // The first flush writes the header alone.
  return m.flush(*m.header);
}

base::Status FragmentMuxer::end() {
  Impl& m = *impl_;
  if (m.piece == nullptr || m.held_bytes == 0) return base::internal("fragmented MP4: no piece");
  RETURN_IF_ERROR(m.flush(*m.piece));
  m.held_bytes = 0;
  m.context->pb = nullptr;
  m.piece.reset();
  return {};
}

}  // namespace rushes::media
