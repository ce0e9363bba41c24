// Joins the encoded picture and the encoded sound into the output, without encoding again.

#include "base/hash.h"
#include "media/muxer.h"
#include "media/packet_file.h"
#include "render/files.h"
#include "render/tasks.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

struct TrackSource {
  std::unique_ptr<base::ByteSource> bytes;
  std::unique_ptr<media::PacketFileReader> reader;
  std::optional<media::Packet> next;

  Rational time() const { return Rational(next->dts) * reader->format().time_base; }
  Status advance() {
    ASSIGN_OR_RETURN(next, reader->next());
    return {};
  }
};

Result<TrackSource> open_track(const engine::TaskContext& context, const std::string& name) {
  TrackSource track;
  ASSIGN_OR_RETURN(track.bytes, open_input(context, name));
  auto reader = media::PacketFileReader::open(*track.bytes);
  if (!reader.ok()) return std::move(reader).error().in(name);
  track.reader = std::move(reader).value();
  RETURN_IF_ERROR(track.advance());
  return track;
}

}  // namespace

Status assemble_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(TrackSource video, open_track(context, "video"));
  std::optional<TrackSource> audio;
  if (!program.audio.sounds.empty()) {
    ASSIGN_OR_RETURN(audio, open_track(context, "audio"));
  }
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  if (video.reader->packets() != range.frames()) {
    return base::internal("the picture has " + std::to_string(video.reader->packets()) +
                          " frames, not the " + std::to_string(range.frames()) + " asked for");
  }

  ASSIGN_OR_RETURN(const auto sink, open_output(context, "output"));
  media::MuxerOptions options{.video = video.reader->format(),
                              .video_packets = video.reader->packets()};
  if (audio) {
    options.audio = audio->reader->format();
    options.audio_packets = audio->reader->packets();
  }
  ASSIGN_OR_RETURN(const auto muxer, media::Mp4Muxer::open(*sink, options));
  const int64_t total = options.video_packets + options.audio_packets;
  int64_t done = 0;
  while (video.next || (audio && audio->next)) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const bool sound = audio && audio->next && (!video.next || audio->time() < video.time());
    TrackSource& track = sound ? *audio : video;
    RETURN_IF_ERROR(muxer->write(sound ? media::Track::kAudio : media::Track::kVideo, *track.next));
    RETURN_IF_ERROR(track.advance());
    context.events.progress({++done, total, "assemble"});
  }
  RETURN_IF_ERROR(muxer->finish());
  context.events.result({{"frames", options.video_packets}, {"packets", total}});
  return {};
}

}  // namespace rushes::render
