// Joins the encoded segments and the encoded sound into the output, without encoding again. It may
// run while they are still being made: it takes each one when it is there.

#include "media/muxer.h"
#include "plan/buffer.h"
#include "render/files.h"
#include "render/tasks.h"
#include "render/tracks.h"
#include "schema/codecs.h"

namespace rushes::render {
using base::Rational;
using base::Status;

namespace {

// All of them, from the first one on; the last may be shorter.
int64_t packets_of(const std::vector<plan::SoundPiece>& pieces, const SoundTrack& sound) {
  if (!sound.next() || sound.next()->duration <= 0) return 0;
  return (Rational(pieces.back().end - sound.next()->pts) / sound.next()->duration).ceil();
}

// What is told of the sound stands with the whole of it.
base::Result<nlohmann::json> report_of(engine::TaskContext& context, const SoundTrack& sound,
                                       bool is_whole, const schema::Program& program) {
  if (is_whole) return sound.report();
  ASSIGN_OR_RETURN(const auto whole, SoundTrack::open(context, {"audio"}, &program));
  while (whole->next()) RETURN_IF_ERROR(whole->advance());
  return whole->report();
}

}  // namespace

Status assemble_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  ASSIGN_OR_RETURN(const std::vector<plan::SoundPiece> pieces, sound_pieces(context));
  std::unique_ptr<SoundTrack> audio;
  if (!program.audio.sounds.empty()) {
    std::vector<std::string> objects;
    for (size_t i = 0; i < pieces.size(); ++i) objects.push_back("sound:" + std::to_string(i));
    if (objects.empty()) objects.emplace_back("audio");
    ASSIGN_OR_RETURN(audio, SoundTrack::open(context, std::move(objects), &program));
  }
  std::unique_ptr<PictureTrack> video;
  if (program.video.codec != schema::kNoPicture) {
    ASSIGN_OR_RETURN(video, PictureTrack::open(context, range, &program));
  }

  ASSIGN_OR_RETURN(const auto sink, open_output(context, "output"));
  media::MuxerOptions options{.container = program.format};
  if (video) {
    options.video = video->format();
    options.video_packets = range.frames();
  }
  if (audio) {
    options.audio = audio->format();
    options.audio_packets = pieces.empty() ? audio->packets() : packets_of(pieces, *audio);
  }
  ASSIGN_OR_RETURN(const auto muxer, media::Muxer::open(*sink, options));
  const int64_t total = options.video_packets + options.audio_packets;
  const std::optional<plan::Buffer> buffer = plan::buffer_of(program);
  plan::BufferUse use = buffer ? buffer->none() : plan::BufferUse{};
  int64_t done = 0;
  const auto more = [](const TrackSource* track) { return track != nullptr && track->next(); };
  while (more(video.get()) || more(audio.get())) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const bool sound = more(audio.get()) && (!more(video.get()) || audio->time() < video->time());
    if (buffer && !sound) buffer->add(use, video->next()->data.size());
    TrackSource& track = sound ? static_cast<TrackSource&>(*audio) : *video;
    RETURN_IF_ERROR(
        muxer->write(sound ? media::Track::kAudio : media::Track::kVideo, *track.next()));
    RETURN_IF_ERROR(track.advance());
    context.events.progress({++done, total, "assemble"});
  }
  RETURN_IF_ERROR(muxer->finish());
  nlohmann::json result = {{"frames", range.frames()}, {"packets", total}};
  if (audio) {
    ASSIGN_OR_RETURN(result["audio"], report_of(context, *audio, pieces.empty(), program));
  }
  if (buffer) result["buffer_fits"] = use.need <= buffer->filled(plan::kUsualFill);
  context.events.result(std::move(result));
  return {};
}

}  // namespace rushes::render
