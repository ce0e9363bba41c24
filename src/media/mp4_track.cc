#include "media/mp4_track.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "media/avio.h"

extern "C" {
#include <libavutil/channel_layout.h>
}

namespace rushes::media {
namespace {

struct CodecEntry {
  Codec codec;
  AVCodecID id;
  uint32_t tag;  // sample entry; 0: libav's own
};

// Of ProRes a name, no data that the file would hold.
uint32_t tag_of(const TrackFormat& format, const CodecEntry& entry) {
  if (format.codec != Codec::kProres) return entry.tag;
  uint32_t tag = 0;
  for (const std::byte b : format.extradata) tag = tag >> 8 | std::to_integer<uint32_t>(b) << 24;
  return tag;
}

base::Status copy_extradata(const TrackFormat& format, AVCodecParameters& par) {
  if (format.extradata.empty() || format.codec == Codec::kProres) return {};
  const size_t size = format.extradata.size();
  par.extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
  if (par.extradata == nullptr) return base::resource("no memory for a track");
  std::memcpy(par.extradata, format.extradata.data(), size);
  par.extradata_size = static_cast<int>(size);
  return {};
}

// hvc1: parameter sets stand in the sample entry alone, as Apple's players want it.
constexpr std::array kEntries = {
    CodecEntry{Codec::kH264, AV_CODEC_ID_H264, 0},
    CodecEntry{Codec::kAac, AV_CODEC_ID_AAC, 0},
    CodecEntry{Codec::kOpus, AV_CODEC_ID_OPUS, 0},
    CodecEntry{Codec::kHevc, AV_CODEC_ID_HEVC, MKTAG('h', 'v', 'c', '1')},
    CodecEntry{Codec::kAv1, AV_CODEC_ID_AV1, 0},
    CodecEntry{Codec::kVp9, AV_CODEC_ID_VP9, 0},
    CodecEntry{Codec::kProres, AV_CODEC_ID_PRORES, 0},
    CodecEntry{Codec::kPcm, AV_CODEC_ID_PCM_S24LE, 0},
};

void describe_video(const TrackFormat& format, AVCodecParameters& par) {
  par.codec_type = AVMEDIA_TYPE_VIDEO;
  par.width = format.width;
  par.height = format.height;
  par.format = AV_PIX_FMT_YUV420P;
  if (format.codec == Codec::kProres) {
    par.format = AV_PIX_FMT_YUV422P10LE;
    par.field_order = AV_FIELD_PROGRESSIVE;
  }
  par.color_primaries = AVCOL_PRI_BT709;
  par.color_trc = AVCOL_TRC_BT709;
  par.color_space = AVCOL_SPC_BT709;
  par.color_range = AVCOL_RANGE_MPEG;
  par.chroma_location = AVCHROMA_LOC_LEFT;
  par.sample_aspect_ratio = {1, 1};
}

void describe_audio(const TrackFormat& format, AVCodecParameters& par) {
  par.codec_type = AVMEDIA_TYPE_AUDIO;
  par.sample_rate = format.sample_rate;
  par.frame_size = format.codec == Codec::kOpus ? format.sample_rate / 50 : 1024;
  par.initial_padding = format.priming;
  av_channel_layout_default(&par.ch_layout, format.channels);
  if (format.codec == Codec::kPcm) {
    par.bits_per_coded_sample = 8 * kPcmSampleBytes;
    par.block_align = kPcmSampleBytes * format.channels;
  }
}

AVRational time_base_of(const TrackFormat& format) {
  return {static_cast<int>(format.time_base.num()), static_cast<int>(format.time_base.den())};
}

}  // namespace

base::Status check_track(const TrackFormat& format) {
  const auto bad = [](const std::string& what) { return base::internal("MP4: " + what); };
  if (is_video(format.codec)) {
    if (format.extradata.empty() && has_headers(format.codec))
      return bad("video without its headers");
    if (format.time_base <= 0 || format.time_base.num() > INT32_MAX ||
        format.time_base.den() > INT32_MAX) {
      return bad("time base out of range");
    }
    if (format.codec == Codec::kProres && format.extradata.size() != 4) {
      return bad("ProRes without the name of its profile");
    }
    return {};
  }
  if (format.sample_rate < 1 || format.channels < 1 || format.channels > 8) {
    return bad("sound of no samples");
  }
  if (format.time_base != Rational(1, format.sample_rate)) {
    return bad("audio is not timed by its samples");
  }
  return {};
}

base::Result<AvOutput> open_mp4(const std::string& container, LogSink& log) {
  AVFormatContext* raw = nullptr;
  const char* muxer = container == "m4a" ? "ipod" : container.c_str();
  const int err = avformat_alloc_output_context2(&raw, nullptr, muxer, nullptr);
  if (err < 0) return av_error(err, "opening the muxer of " + container);
  AvOutput context(raw);
  raw->opaque = &log;
  raw->io_open = refuse_to_open;
  raw->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
  return context;
}

base::Status describe_track(const TrackFormat& format, AVCodecParameters& par) {
  par.bit_rate = format.bit_rate;
  RETURN_IF_ERROR(copy_extradata(format, par));
  const auto* entry = std::ranges::find(kEntries, format.codec, &CodecEntry::codec);
  if (entry == kEntries.end()) return base::internal("MP4: a codec that it does not hold");
  par.codec_id = entry->id;
  par.codec_tag = tag_of(format, *entry);
  if (is_video(format.codec)) {
    describe_video(format, par);
  } else {
    describe_audio(format, par);
  }
  return {};
}

base::Result<AVStream*> add_track(AVFormatContext& context, const TrackFormat& format) {
  AVStream* stream = avformat_new_stream(&context, nullptr);
  if (stream == nullptr) return base::resource("no memory for a track");
  stream->time_base = time_base_of(format);
  RETURN_IF_ERROR(describe_track(format, *stream->codecpar));
  if (is_video(format.codec)) {
    stream->sample_aspect_ratio = stream->codecpar->sample_aspect_ratio;
    stream->avg_frame_rate = {stream->time_base.den, stream->time_base.num};
  }
  return stream;
}

base::Status begin_mp4(AVFormatContext& context, AvOptions& options, const LogSink& log) {
  const int err = avformat_write_header(&context, options.out());
  if (err < 0) return mp4_error(err, "beginning the MP4", log);
  if (options.left() != nullptr) {
    return base::internal("the MP4 muxer has no option \"" + std::string(options.left()) + "\"");
  }
  return {};
}

base::Status set_packet(AVPacket& out, const Packet& packet, const PacketPlace& place) {
  size_t size = packet.data.size();
  if (place.format.codec == Codec::kPcm) {  // as long as its bytes
    const auto a_sample = size_t{kPcmSampleBytes} * static_cast<size_t>(place.format.channels);
    if (size != static_cast<size_t>(packet.duration) * a_sample) {
      return base::internal("MP4: PCM of an odd size");
    }
    size = std::min(size, static_cast<size_t>(place.duration) * a_sample);
  }
  if (const int err = av_new_packet(&out, static_cast<int>(size)); err < 0) {
    return av_error(err, "writing the MP4");
  }
  std::memcpy(out.data, packet.data.data(), size);
  out.stream_index = place.stream.index;
  out.flags = packet.key ? AV_PKT_FLAG_KEY : 0;
  out.pts = packet.pts + place.later;
  out.dts = packet.dts + place.later;
  out.duration = place.duration;
  av_packet_rescale_ts(&out, time_base_of(place.format), place.stream.time_base);
  return {};
}

base::Error mp4_error(int err, const std::string& what, const LogSink& log) {
  base::Error error = av_error(err, what + because(log));
  if (error.code == base::Code::kCorrupt) error.code = base::Code::kInternal;
  return error;
}

}  // namespace rushes::media
