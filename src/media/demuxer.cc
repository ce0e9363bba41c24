#include "media/demuxer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "media/allowed.h"
#include "media/sniff.h"

namespace rushes::media {
namespace {

constexpr unsigned kProbeBytes = 1 << 20;
constexpr int kMaxDamagedInARow = 64;

const AllowedContainer* allowed(std::string_view libav_name) {
  const auto* it =
      std::find_if(kContainers.begin(), kContainers.end(),
                   [&](const AllowedContainer& c) { return c.libav_name == libav_name; });
  return it == kContainers.end() ? nullptr : it;
}

// Demuxers whose files name other files or devices.
bool names_others(std::string_view demuxer) {
  constexpr std::array kNames = {"hls",  "applehttp", "concat", "dash",  "webm_dash_manifest",
                                 "imf",  "sdp",       "rtsp",   "rtp",   "image2",
                                 "smil", "asx",       "imx",    "vobsub"};
  return std::any_of(kNames.begin(), kNames.end(), [&](const char* n) { return demuxer == n; });
}

// Packets that touch are one range.
void add(std::vector<base::ByteRange>& ranges, const AVIndexEntry& packet) {
  const auto at = static_cast<uint64_t>(packet.pos), size = static_cast<uint64_t>(packet.size);
  if (!ranges.empty() && ranges.back().offset + ranges.back().size == at) {
    ranges.back().size += size;
  } else {
    ranges.push_back({at, size});
  }
}

bool begins_with_doctype_webm(const base::ByteSource& source) {
  std::array<std::byte, 64> head{};
  const auto n = source.read_at(0, head);
  if (!n.ok()) return false;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), *n);
  return text.find("webm") != std::string_view::npos;
}

// In our words: those of libav are for whoever knows its code.
base::Error unreadable(int err, const std::string& container, const LogSink& log) {
  if (log.last().find("moov atom not found") != std::string::npos) {
    return base::corrupt("has no index (\"moov\"): it was cut off, or its recording never ended");
  }
  base::Error error = av_error(err, "cannot be read as " + container);
  if (error.code != base::Code::kCorrupt) return error;
  return base::corrupt("cannot be read as " + container + ": its beginning is damaged or cut off");
}

}  // namespace

StreamKind kind_of(const AVStream& stream) {
  switch (stream.codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO: return StreamKind::kVideo;
    case AVMEDIA_TYPE_AUDIO: return StreamKind::kAudio;
    case AVMEDIA_TYPE_SUBTITLE: return StreamKind::kSubtitle;
    default: return StreamKind::kData;
  }
}

bool is_attached_picture(const AVStream& stream) {
  return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

base::Result<std::unique_ptr<Demuxer>> Demuxer::open(const base::ByteSource& source) {
  ASSIGN_OR_RETURN(const Sniffed kind, sniff(source));
  if (kind != Sniffed::kOther) {
    return base::invalid_argument("is a picture, where video or audio is wanted");
  }
  std::unique_ptr<Demuxer> demuxer(new Demuxer(source));
  if (auto status = demuxer->open_input(); !status.ok()) {
    // A failing source explains more than what libav makes of it.
    if (demuxer->io_ != nullptr && demuxer->io_->error()) return *demuxer->io_->error();
    return std::move(status).error();
  }
  RETURN_IF_ERROR(demuxer->check_complete());
  demuxer->errors_at_open_ = demuxer->log_.errors();
  return demuxer;
}

base::Status Demuxer::open_input() {
  ASSIGN_OR_RETURN(io_, SourceIo::open(source_));
  const AVInputFormat* format = nullptr;
  const int score = av_probe_input_buffer2(io_->context(), &format, "", nullptr, 0, kProbeBytes);
  if (score < 0 || format == nullptr) {
    return base::unsupported("is not a media file of a known kind");
  }
  if (names_others(format->name)) {
    return base::invalid_argument("is a playlist (" + std::string(format->name) + "), not media");
  }
  const AllowedContainer* container = allowed(format->name);
  if (container == nullptr) {
    const std::string name = format->name;
    if (const std::string pipe = "_pipe"; name.ends_with(pipe)) {
      return base::unsupported(name.substr(0, name.size() - pipe.size()) +
                               " pictures are not supported; save it as PNG or JPEG");
    }
    return base::unsupported("the container \"" + std::string(format->name) +
                             "\" is not supported");
  }
  container_ = container->name;
  seeks_exactly_ = container->seeks_exactly;

  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) return base::resource("no memory for a demuxer");
  raw->pb = io_->context();
  raw->opaque = &log_;
  raw->io_open = refuse_to_open;
  raw->max_streams = 64;
  AvOptions options;
  options.set("protocol_whitelist", "none");
  options.set("format_whitelist", format->name);
  options.set("codec_whitelist", std::string(kDecoders));
  const int err = avformat_open_input(&raw, "", format, options.out());  // frees `raw` on failure
  if (err < 0) return unreadable(err, container_, log_);
  context_.reset(raw);
  const int found = avformat_find_stream_info(raw, nullptr);
  if (found < 0) return unreadable(found, container_, log_);
  if (raw->nb_streams == 0) return base::corrupt("holds no streams: it is damaged or cut off");
  if (container_ == "mp4") {
    const AVDictionaryEntry* brand = av_dict_get(raw->metadata, "major_brand", nullptr, 0);
    if (brand != nullptr && std::strncmp(brand->value, "qt", 2) == 0) container_ = "mov";
  }
  if (container_ == "matroska" && begins_with_doctype_webm(source_)) container_ = "webm";
  return {};
}

// An index that names bytes past the end of the file: the rest of it is missing.
base::Status Demuxer::check_complete() {
  if (container_ != "mp4" && container_ != "mov") return {};
  int64_t end = 0;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    const int entries = avformat_index_get_entries_count(stream);
    for (int k = 0; k < entries; ++k) {
      const AVIndexEntry* e = avformat_index_get_entry(stream, k);
      if (e->size > 0 && e->pos <= INT64_MAX - e->size) end = std::max(end, e->pos + e->size);
    }
  }
  const auto size = static_cast<int64_t>(source_.size());
  if (end <= size) return {};
  return base::corrupt("is truncated: it has " + std::to_string(size) + " bytes of at least " +
                       std::to_string(end));
}

base::Result<AVStream*> Demuxer::find(StreamKind kind, int ordinal) {
  int count = 0;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    if (kind_of(*stream) != kind || is_attached_picture(*stream)) continue;
    if (count++ == ordinal) return stream;
  }
  const std::string name = kind == StreamKind::kVideo ? "video" : "audio";
  if (count == 0) return base::invalid_argument("has no " + name);
  return base::invalid_argument("has no " + name + " stream " + std::to_string(ordinal) + " (has " +
                                std::to_string(count) + ")");
}

void Demuxer::select(const AVStream& stream) {
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* other = context_->streams[i];
    other->discard = other == &stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

base::Result<bool> Demuxer::read(AVPacket& packet) {
  for (int tries = 0; tries < kMaxDamagedInARow; ++tries) {
    av_packet_unref(&packet);
    const int err = av_read_frame(context_.get(), &packet);
    if (io_->error()) return *io_->error();
    if (err == AVERROR_EOF) return false;
    if (err == AVERROR(ENOMEM)) return av_error(err, "reading packets");
    if (err == AVERROR(EAGAIN)) continue;
    if (err < 0) {
      ++damaged_;
      continue;
    }
    if (context_->streams[packet.stream_index]->discard >= AVDISCARD_ALL) {
      tries = -1;
      continue;
    }
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0) ++damaged_;
    return true;
  }
  return base::corrupt("unreadable: " + std::to_string(damaged_) + " damaged places" +
                       because(log_));
}

bool Demuxer::seek(const AVStream& stream, int64_t time) {
  return avformat_seek_file(context_.get(), stream.index, INT64_MIN, time, time, 0) >= 0;
}

void Demuxer::will_read(AVStream& stream, int64_t from, int64_t until, Begin begin) {
  if (container_ != "mp4" && container_ != "mov") return;
  const int flags = begin == Begin::kKeyframe ? AVSEEK_FLAG_BACKWARD : AVSEEK_FLAG_ANY;
  const int first = av_index_search_timestamp(&stream, from, flags);
  const int count = avformat_index_get_entries_count(&stream);
  // Decoders give a frame only when they have seen what comes after it.
  int spare = stream.codecpar->video_delay + 2;
  std::vector<base::ByteRange> ranges;
  uint64_t least = UINT64_MAX, most = 0;
  for (int i = std::max(first, 0); i < count && spare > 0; ++i) {
    const AVIndexEntry* e = avformat_index_get_entry(&stream, i);
    if (e->timestamp > until) --spare;
    if (e->pos < 0 || e->size <= 0) continue;
    add(ranges, *e);
    least = std::min(least, static_cast<uint64_t>(e->pos));
    most = std::max(most, static_cast<uint64_t>(e->pos));
  }
  source_.wanted_later(wanted_later(stream, least, most));
  // What lies between packets is not read through to get from one to the next.
  context_->pb->direct = 1;
  source_.will_read(ranges);
}

// The sound that lies among a picture's packets; of sound all of it that is read now.
std::vector<base::ByteRange> Demuxer::wanted_later(const AVStream& of, uint64_t least,
                                                   uint64_t most) const {
  std::vector<base::ByteRange> ranges;
  const bool is_sound = kind_of(of) == StreamKind::kAudio;
  if (!is_sound && !sound_is_wanted_) return ranges;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    if (kind_of(*stream) != StreamKind::kAudio || (is_sound && stream != &of)) continue;
    const int count = avformat_index_get_entries_count(stream);
    for (int k = 0; k < count; ++k) {
      const AVIndexEntry* e = avformat_index_get_entry(stream, k);
      if (e->pos < 0 || e->size <= 0) continue;
      const auto at = static_cast<uint64_t>(e->pos);
      if (at >= least && at <= most) add(ranges, *e);
    }
  }
  return ranges;
}

}  // namespace rushes::media
