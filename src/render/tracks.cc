#include "render/tracks.h"

#include <utility>

#include "render/noted_warnings.h"

namespace rushes::render {

using base::Result;
using base::Status;

namespace {

nlohmann::json notes_of(PacketObject& object) {
  auto notes = nlohmann::json::parse(object.reader().notes(), nullptr, false);
  return notes.is_object() ? notes : nlohmann::json::object();
}

}  // namespace

Result<std::unique_ptr<PacketObject>> PacketObject::open(engine::TaskContext& context,
                                                         const std::string& name) {
  auto out = std::make_unique<PacketObject>();
  ASSIGN_OR_RETURN(out->file_, context.objects.wait_for(name));
  out->bytes_ = base::fd_source(out->file_.fd.get(), out->file_.size);
  auto reader = media::PacketFileReader::open(*out->bytes_);
  if (!reader.ok()) return std::move(reader).error().in(name);
  out->reader_ = std::move(reader).value();
  return out;
}

Result<std::unique_ptr<SoundTrack>> SoundTrack::open(engine::TaskContext& context,
                                                     std::vector<std::string> objects,
                                                     const schema::Program* told_of) {
  if (objects.empty()) return base::invalid_argument("params: a sound of no objects");
  std::unique_ptr<SoundTrack> out(new SoundTrack(context, told_of));
  out->objects_ = std::move(objects);
  ASSIGN_OR_RETURN(out->object_, PacketObject::open(context, out->objects_[0]));
  RETURN_IF_ERROR(out->advance());
  return out;
}

Status SoundTrack::advance() {
  while (true) {
    ASSIGN_OR_RETURN(next_, object_->reader().next());
    if (next_) return {};
    tell();
    if (at_ + 1 == objects_.size()) return {};
    const media::TrackFormat before = format();
    const std::string& name = objects_[++at_];
    ASSIGN_OR_RETURN(object_, PacketObject::open(context_, name));
    if (!(format() == before)) {
      return base::internal(name + " was encoded with other headers than the first");
    }
  }
}

void SoundTrack::tell() const {
  const nlohmann::json notes = notes_of(*object_);
  if (told_of_ == nullptr || !notes.contains("warnings")) return;
  tell_noted(notes["warnings"], plan::sound_slice(*told_of_), context_.events);
}

nlohmann::json SoundTrack::report() const {
  return notes_of(*object_).value("report", nlohmann::json());
}

Result<std::unique_ptr<PictureTrack>> PictureTrack::open(engine::TaskContext& context,
                                                         const FrameRange& range,
                                                         const schema::Program* told_of) {
  std::unique_ptr<PictureTrack> out(new PictureTrack(context, told_of));
  ASSIGN_OR_RETURN(out->parts_, stored_segments(context, range));
  if (out->parts_.empty()) return base::invalid_argument("params: a picture of no segments");
  out->first_ = range.first;
  RETURN_IF_ERROR(out->open_part());
  out->format_ = out->object_->reader().format();
  RETURN_IF_ERROR(out->advance());
  return out;
}

Status PictureTrack::advance() {
  while (true) {
    ASSIGN_OR_RETURN(next_, object_->reader().next());
    if (next_) break;
    tell();
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

void PictureTrack::tell() const {
  const nlohmann::json notes = notes_of(*object_);
  if (told_of_ == nullptr || !notes.contains("warnings")) return;
  const StoredSegment& part = parts_[part_];
  const plan::Slice slice = plan::slice(*told_of_, {.first = part.first, .end = part.end});
  tell_noted(notes["warnings"], slice, context_.events);
}

std::vector<int64_t> PictureTrack::ends() const {
  std::vector<int64_t> ends;
  for (const StoredSegment& part : parts_) ends.push_back(part.end - first_);
  return ends;
}

Status PictureTrack::open_part() {
  ASSIGN_OR_RETURN(object_, PacketObject::open(context_, name()));
  counted_ = 0;
  const int64_t frames = parts_[part_].end - parts_[part_].first;
  if (object_->reader().packets() == frames) return {};
  return base::internal(name() + " has " + std::to_string(object_->reader().packets()) +
                        " frames, not " + std::to_string(frames));
}

}  // namespace rushes::render
