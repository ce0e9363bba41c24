// Makes pieces of fragmented MP4 of one track, without encoding again, while its packets are still
// being made: each piece appears as soon as its packets are there.

#include <sys/stat.h>

#include <cerrno>

#include "media/fragment_muxer.h"
#include "mp4/fragment.h"
#include "render/files.h"
#include "render/tasks.h"
#include "render/tracks.h"

namespace rushes::render {
namespace {

using base::Result;
using base::Status;

// A file that appears alone.
class PieceFile {
 public:
  static Result<PieceFile> open(engine::TaskContext& context, std::string name) {
    PieceFile out;
    ASSIGN_OR_RETURN(out.file_, context.objects.create(name));
    out.sink_ = base::fd_sink(out.file_.fd.get());
    out.name_ = std::move(name);
    return out;
  }
  base::ByteSink& sink() { return *sink_; }
  // How far whoever wants its first picture alone has to read; of sound 0.
  Result<uint64_t> key_bytes(const media::TrackFormat& format) const {
    if (!media::is_video(format.codec)) return uint64_t{0};
    struct stat info = {};
    if (fstat(file_.fd.get(), &info) != 0) return base::from_errno(errno, "a piece");
    return mp4::end_of_first_sample(
        *base::fd_source(file_.fd.get(), static_cast<uint64_t>(info.st_size)));
  }
  void commit(engine::TaskContext& context, nlohmann::json about) {
    file_.fd.reset();
    context.objects.commit(name_, std::move(about));
  }

 private:
  engine::StoredFile file_;
  std::unique_ptr<base::ByteSink> sink_;
  std::string name_;
};

struct PiecedTrack {
  std::unique_ptr<TrackSource> packets;
  std::vector<int64_t> ends;  // of the pieces: frames, or samples
};

Result<PiecedTrack> open_track(engine::TaskContext& context) {
  PiecedTrack out;
  if (context.params().contains("objects")) {
    ASSIGN_OR_RETURN(const std::vector<plan::SoundPiece> pieces, sound_pieces(context));
    for (const plan::SoundPiece& piece : pieces) out.ends.push_back(piece.end);
    ASSIGN_OR_RETURN(out.packets,
                     SoundTrack::open(context, context.params().at("objects"), nullptr));
    return out;
  }
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  ASSIGN_OR_RETURN(std::unique_ptr<PictureTrack> picture,
                   PictureTrack::open(context, range, nullptr));
  out.ends = picture->ends();
  out.packets = std::move(picture);
  return out;
}

// Frames or samples of the track that are over with this packet.
int64_t end_of(const media::Packet& packet, const media::TrackFormat& format) {
  return packet.dts + packet.duration + format.reorder;
}

class Pieces {
 public:
  static Result<std::unique_ptr<Pieces>> open(engine::TaskContext& context, PiecedTrack track) {
    std::unique_ptr<Pieces> out(new Pieces(context, std::move(track)));
    ASSIGN_OR_RETURN(out->header_, PieceFile::open(context, "header"));
    ASSIGN_OR_RETURN(out->muxer_, media::FragmentMuxer::open(out->header_->sink(), out->format()));
    ASSIGN_OR_RETURN(out->codec_, media::codec_name(out->format()));
    return out;
  }

  Status write() {
    for (size_t i = 0; i < track_.ends.size(); ++i) RETURN_IF_ERROR(write_piece(i));
    if (track_.packets->next()) return base::internal("there are more packets than pieces");
    return {};
  }

 private:
  Pieces(engine::TaskContext& context, PiecedTrack track)
      : context_(context), track_(std::move(track)) {}
  const media::TrackFormat& format() const { return track_.packets->format(); }

  Status write_piece(size_t i) {
    ASSIGN_OR_RETURN(PieceFile file, PieceFile::open(context_, "piece:" + std::to_string(i)));
    RETURN_IF_ERROR(muxer_->begin(file.sink()));
    for (int64_t at = INT64_MIN; at < track_.ends[i];) {
      if (context_.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
      const auto& packet = track_.packets->next();
      if (!packet) return base::internal("there are fewer packets than pieces");
      RETURN_IF_ERROR(muxer_->write(*packet));
      if (header_) {
        std::exchange(header_, {})->commit(context_, {{"codec", codec_}});
      }
      at = end_of(*packet, format());
      if (at > track_.ends[i]) return base::internal("a piece ends within a packet");
      // The next packet may have to be waited for.
      if (at == track_.ends[i]) {
        RETURN_IF_ERROR(muxer_->end());
        ASSIGN_OR_RETURN(const uint64_t key_bytes, file.key_bytes(format()));
        file.commit(context_, {{"number", i}, {"key_bytes", key_bytes}});
      }
      RETURN_IF_ERROR(track_.packets->advance());
      context_.events.progress({at, track_.ends.back(), "hls"});
    }
    return {};
  }

  engine::TaskContext& context_;
  PiecedTrack track_;
  std::string codec_;
  std::optional<PieceFile> header_;  // until it is whole
  std::unique_ptr<media::FragmentMuxer> muxer_;
};

}  // namespace

Status hls_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(PiecedTrack track, open_track(context));
  const size_t count = track.ends.size();
  ASSIGN_OR_RETURN(const std::unique_ptr<Pieces> pieces, Pieces::open(context, std::move(track)));
  RETURN_IF_ERROR(pieces->write());
  context.events.result({{"pieces", count}});
  return {};
}

}  // namespace rushes::render
