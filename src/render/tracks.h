#pragma once

// Packets that lie in objects of the store, read one after the other as the objects come to be.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/task.h"
#include "media/packet_file.h"
#include "render/files.h"
#include "schema/program.h"

namespace rushes::render {

// An object that is read packet by packet.
class PacketObject {
 public:
  // Waits for it.
  static base::Result<std::unique_ptr<PacketObject>> open(engine::TaskContext& context,
                                                          const std::string& name);
  media::PacketFileReader& reader() { return *reader_; }

 private:
  engine::StoredFile file_;
  std::unique_ptr<base::ByteSource> bytes_;
  std::unique_ptr<media::PacketFileReader> reader_;
};

// A track's packets in decoding order. Warnings that were noted in its objects are told on the way,
// as those of a program, if there is one.
class TrackSource {
 public:
  virtual ~TrackSource() = default;
  virtual const media::TrackFormat& format() const = 0;
  virtual base::Status advance() = 0;
  const std::optional<media::Packet>& next() const { return next_; }
  base::Rational time() const { return base::Rational(next_->dts) * format().time_base; }

 protected:
  TrackSource(engine::TaskContext& context, const schema::Program* told_of)
      : context_(context), told_of_(told_of) {}

  engine::TaskContext& context_;
  const schema::Program* told_of_;
  std::optional<media::Packet> next_;
};

// The sound: one object after the other, whose packets follow one another.
class SoundTrack final : public TrackSource {
 public:
  // The program must outlive it.
  static base::Result<std::unique_ptr<SoundTrack>> open(engine::TaskContext& context,
                                                        std::vector<std::string> objects,
                                                        const schema::Program* told_of);
  const media::TrackFormat& format() const override { return object_->reader().format(); }
  int64_t packets() const { return object_->reader().packets(); }  // of the object that is read
  base::Status advance() override;
  // What the audio task reported, once all is read.
  nlohmann::json report() const;

 private:
  using TrackSource::TrackSource;
  void tell() const;
  std::vector<std::string> objects_;
  size_t at_ = 0;
  std::unique_ptr<PacketObject> object_;
};

// One segment after the other. Times follow from the number of frames before.
class PictureTrack final : public TrackSource {
 public:
  // The task's params name the segments, which must fill the range. The program must outlive it.
  static base::Result<std::unique_ptr<PictureTrack>> open(engine::TaskContext& context,
                                                          const FrameRange& range,
                                                          const schema::Program* told_of);
  const media::TrackFormat& format() const override { return format_; }
  base::Status advance() override;
  // Of each segment, in frames from the beginning of the range.
  std::vector<int64_t> ends() const;

 private:
  using TrackSource::TrackSource;
  void tell() const;
  std::string name() const { return parts_[part_].name(); }
  base::Status open_part();

  std::vector<StoredSegment> parts_;
  size_t part_ = 0;
  int64_t first_ = 0;
  int64_t counted_ = 0;  // packets of this part
  media::TrackFormat format_;
  std::unique_ptr<PacketObject> object_;
};

}  // namespace rushes::render
