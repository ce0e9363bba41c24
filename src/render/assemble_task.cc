// Joins the encoded segments and the encoded sound into the output, without encoding again. It may
// run while they are still being made: it takes each one when it is there.

#include "media/muxer.h"
#include "media/packet_file.h"
#include "render/files.h"
#include "render/tasks.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

// An object that is read packet by packet.
class PacketObject {
 public:
  static Result<std::unique_ptr<PacketObject>> open(engine::TaskContext& context,
                                                    const std::string& name) {
    auto out = std::make_unique<PacketObject>();
    ASSIGN_OR_RETURN(out->file_, context.objects.wait_for(name));
    out->bytes_ = base::fd_source(out->file_.fd.get(), out->file_.size);
    auto reader = media::PacketFileReader::open(*out->bytes_);
    if (!reader.ok()) return std::move(reader).error().in(name);
    out->reader_ = std::move(reader).value();
    return out;
  }
  media::PacketFileReader& reader() { return *reader_; }

 private:
  engine::StoredFile file_;
  std::unique_ptr<base::ByteSource> bytes_;
  std::unique_ptr<media::PacketFileReader> reader_;
};

// A track's packets in decoding order.
class TrackSource {
 public:
  virtual ~TrackSource() = default;
  virtual const media::TrackFormat& format() const = 0;
  virtual Status advance() = 0;
  const std::optional<media::Packet>& next() const { return next_; }
  Rational time() const { return Rational(next_->dts) * format().time_base; }

 protected:
  void tell(engine::TaskContext& context, const std::string& notes) {
    if (notes.empty()) return;
    const auto json = nlohmann::json::parse(notes, nullptr, false);
    if (!json.is_object()) return;
    for (const auto& w : json.value("warnings", nlohmann::json::array())) {
      context.events.warning({.text = w.value("text", ""), .place = w.value("place", "")});
    }
  }
  std::optional<media::Packet> next_;
};

class SoundTrack final : public TrackSource {
 public:
  static Result<std::unique_ptr<SoundTrack>> open(engine::TaskContext& context) {
    std::unique_ptr<SoundTrack> out(new SoundTrack(context));
    ASSIGN_OR_RETURN(out->object_, PacketObject::open(context, "audio"));
    RETURN_IF_ERROR(out->advance());
    return out;
  }
  const media::TrackFormat& format() const override { return object_->reader().format(); }
  int64_t packets() const { return object_->reader().packets(); }
  Status advance() override {
    ASSIGN_OR_RETURN(next_, object_->reader().next());
    if (!next_) tell(context_, object_->reader().notes());
    return {};
  }
  // What the audio task reported, once all is read.
  nlohmann::json report() const {
    const auto notes = nlohmann::json::parse(object_->reader().notes(), nullptr, false);
    return notes.is_object() ? notes.value("report", nlohmann::json()) : nlohmann::json();
  }

 private:
  explicit SoundTrack(engine::TaskContext& context) : context_(context) {}
  engine::TaskContext& context_;
  std::unique_ptr<PacketObject> object_;
};

// One segment after the other. Times follow from the number of frames before.
class PictureTrack final : public TrackSource {
 public:
  static Result<std::unique_ptr<PictureTrack>> open(engine::TaskContext& context,
                                                    const FrameRange& range) {
    std::unique_ptr<PictureTrack> out(new PictureTrack(context));
    int64_t at = range.first;
    for (const auto& entry : context.params().value("segments", nlohmann::json::array())) {
      const Part part{entry.value("number", int64_t{-1}), entry.value("first", int64_t{-1}),
                      entry.value("end", int64_t{-1})};
      if (part.first != at || part.end <= part.first) {
        return base::invalid_argument("params: the segments leave a gap at frame " +
                                      std::to_string(at));
      }
      at = part.end;
      out->parts_.push_back(part);
    }
    if (at != range.end) return base::invalid_argument("params: the segments end too early");
    out->first_ = range.first;
    RETURN_IF_ERROR(out->open_part());
    out->format_ = out->object_->reader().format();
    RETURN_IF_ERROR(out->advance());
    return out;
  }
  const media::TrackFormat& format() const override { return format_; }

  Status advance() override {
    while (true) {
      ASSIGN_OR_RETURN(next_, object_->reader().next());
      if (next_) break;
      tell(context_, object_->reader().notes());
      if (++part_ == parts_.size()) return {};
      RETURN_IF_ERROR(open_part());
      if (!(object_->reader().format() == format_)) {
        return base::internal(name() + " was encoded with other headers than the first");
      }
    }
    if (counted_ == 0 && !next_->key) {
      return base::internal(name() + " begins without a keyframe");
    }
    next_->pts += parts_[part_].first - first_;
    next_->dts = parts_[part_].first - first_ + counted_ - format_.reorder;
    ++counted_;
    return {};
  }

 private:
  struct Part {
    int64_t number, first, end;
  };
  explicit PictureTrack(engine::TaskContext& context) : context_(context) {}
  std::string name() const { return "segment:" + std::to_string(parts_[part_].number); }
  Status open_part() {
    ASSIGN_OR_RETURN(object_, PacketObject::open(context_, name()));
    counted_ = 0;
    const int64_t frames = parts_[part_].end - parts_[part_].first;
    if (object_->reader().packets() == frames) return {};
    return base::internal(name() + " has " + std::to_string(object_->reader().packets()) +
                          " frames, not " + std::to_string(frames));
  }

  engine::TaskContext& context_;
  std::vector<Part> parts_;
  size_t part_ = 0;
  int64_t first_ = 0;
  int64_t counted_ = 0;  // packets of this part
  media::TrackFormat format_;
  std::unique_ptr<PacketObject> object_;
};

}  // namespace

Status assemble_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  std::unique_ptr<SoundTrack> audio;
  if (!program.audio.sounds.empty()) {
    ASSIGN_OR_RETURN(audio, SoundTrack::open(context));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<PictureTrack> video, PictureTrack::open(context, range));

  ASSIGN_OR_RETURN(const auto sink, open_output(context, "output"));
  media::MuxerOptions options{.video = video->format(), .video_packets = range.frames()};
  if (audio) {
    options.audio = audio->format();
    options.audio_packets = audio->packets();
  }
  ASSIGN_OR_RETURN(const auto muxer, media::Mp4Muxer::open(*sink, options));
  const int64_t total = options.video_packets + options.audio_packets;
  int64_t done = 0;
  while (video->next() || (audio && audio->next())) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const bool sound = audio && audio->next() && (!video->next() || audio->time() < video->time());
    TrackSource& track = sound ? static_cast<TrackSource&>(*audio) : *video;
    RETURN_IF_ERROR(
        muxer->write(sound ? media::Track::kAudio : media::Track::kVideo, *track.next()));
    RETURN_IF_ERROR(track.advance());
    context.events.progress({++done, total, "assemble"});
  }
  RETURN_IF_ERROR(muxer->finish());
  nlohmann::json result = {{"frames", options.video_packets}, {"packets", total}};
  if (audio) result["audio"] = audio->report();
  context.events.result(std::move(result));
  return {};
}

}  // namespace rushes::render
