#pragma once

// Packets out of a container, with every way to open something else shut: only demuxers and
// decoders of a fixed list, no protocol, and io_open refuses. Internal to this layer.

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/rational.h"
#include "base/result.h"
#include "media/av.h"
#include "media/av_log.h"
#include "media/avio.h"
#include "media/probe.h"

namespace rushes::media {

class Demuxer {
 public:
  // The source must outlive it. Errors as probe()'s; pictures (see sniff.h) are refused too.
  static base::Result<std::unique_ptr<Demuxer>> open(const base::ByteSource& source);

  AVFormatContext& context() { return *context_; }
  const std::string& container() const { return container_; }
  LogSink& log() { return log_; }

  // The stream of this kind and ordinal, attached pictures left out; kInvalidArgument if there is
  // none.
  base::Result<AVStream*> find(StreamKind kind, int ordinal);
  // Packets of all other streams are dropped, unread where the container allows it.
  void select(const AVStream& stream);

  // The next packet; false at the end. Damage that the demuxer survives is skipped and counted.
  base::Result<bool> read(AVPacket& packet);
  // To a place from which a frame at `time` (in the stream's time base) may be decoded, so far as
  // the container knows. False where it cannot.
  bool seek(const AVStream& stream, int64_t time);
  // Tells the source which bytes the packets of a stream lie in that are decoded from the keyframe
  // at or before `from` (with `on`: from there on) until `until`, and a few more. Nothing where the
  // container has no whole index.
  // If it is sound, or want_sound() was called, the source is also told what sound lies there:
  // ByteSource::wanted_later.
  enum class Begin : uint8_t { kKeyframe, kOn };
  void will_read(AVStream& stream, int64_t from, int64_t until, Begin begin);
  // Somebody else will read the sound among the packets of a picture.
  void want_sound() { sound_is_wanted_ = true; }
  // Places skipped, and complaints of the demuxer since it was opened.
  int64_t damaged() const { return damaged_ + log_.errors() - errors_at_open_; }

  // Whether seeking by time lands on packets with true times: where it does not (MP3, Ogg, raw
  // streams), readers start from the beginning instead.
  bool seeks_exactly() const { return seeks_exactly_; }

 private:
  explicit Demuxer(const base::ByteSource& source) : source_(source) {}
  base::Status open_input();
  base::Status check_complete();
  std::vector<base::ByteRange> wanted_later(const AVStream& of, uint64_t least,
                                            uint64_t most) const;

  const base::ByteSource& source_;
  LogSink log_;  // outlives what logs to it
  std::unique_ptr<SourceIo> io_;
  AvInput context_;
  std::string container_;
  int64_t damaged_ = 0;
  int64_t errors_at_open_ = 0;
  bool seeks_exactly_ = false;
  bool sound_is_wanted_ = false;
};

StreamKind kind_of(const AVStream& stream);
bool is_attached_picture(const AVStream& stream);

}  // namespace rushes::media
