// Frames [first, end) of the program, composed and encoded.

#include <thread>

#include "compose/composer.h"
#include "media/packet_file.h"
#include "media/video_encoder.h"
#include "render/files.h"
#include "render/frame_queue.h"
#include "render/program_sources.h"
#include "render/runner.h"
#include "render/tasks.h"

namespace rushes::render {
namespace {

using base::Result;
using base::Status;

// Bridges the time that opening a clip takes.
constexpr size_t kFramesAhead = 8;

media::VideoEncoderOptions encoder_options(const schema::Program& program) {
  return {.width = program.canvas_width(),
          .height = program.canvas_height(),
          .fps = program.fps,
          .preset = program.video.preset,
          .crf = program.video.crf,
          .bitrate = program.video.bitrate,
          .lossless = program.video.lossless,
          .gop_frames = program.video.gop_frames,
          .threads = kEncoderThreads};
}

// Takes frames from the queue until it is closed, and writes their packets.
class Encoding {
 public:
  Encoding(FrameQueue& queue, media::VideoEncoder& encoder, media::PacketFileWriter& writer,
           engine::EventSink& events, int64_t total)
      : queue_(queue), encoder_(encoder), writer_(writer), events_(events), total_(total) {}

  void run() {
    status_ = encode();
    queue_.close();
  }
  const Status& status() const { return status_; }

 private:
  Status encode() {
    int64_t sent = 0;
    while (auto frame = queue_.pop()) {
      RETURN_IF_ERROR(encoder_.send(*frame, sent++));
      RETURN_IF_ERROR(drain());
    }
    if (sent != total_) return {};  // composing failed or was cancelled, and says so itself
    RETURN_IF_ERROR(encoder_.finish());
    RETURN_IF_ERROR(drain());
    if (writer_.packets() != total_) {
      return base::internal("encoded " + std::to_string(writer_.packets()) + " of " +
                            std::to_string(total_) + " frames");
    }
    return writer_.finish();
  }

  Status drain() {
    while (true) {
      ASSIGN_OR_RETURN(const auto packet, encoder_.receive());
      if (!packet) return {};
      RETURN_IF_ERROR(writer_.write(*packet));
      events_.progress({writer_.packets(), total_, "render"});
    }
  }

  FrameQueue& queue_;
  media::VideoEncoder& encoder_;
  media::PacketFileWriter& writer_;
  engine::EventSink& events_;
  int64_t total_;
  Status status_;
};

Status compose_into(FrameQueue& queue, compose::Composer& composer, const FrameRange& range,
                    const std::atomic<bool>& cancelled) {
  for (int64_t n = range.first; n < range.end; ++n) {
    if (cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    auto picture = composer.picture(n);
    if (!picture.ok()) {
      return std::move(picture).error().in("frame " + std::to_string(n));
    }
    if (!queue.push(std::move(picture).value())) return {};  // the encoder failed, and says so
  }
  return {};
}

}  // namespace

Status segments_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  ASSIGN_OR_RETURN(std::optional<text::FontSet> fonts, open_fonts(context));
  ASSIGN_OR_RETURN(const auto sources, ProgramSources::open(program, context));
  ASSIGN_OR_RETURN(const auto sink, open_output(context, "packets"));
  ASSIGN_OR_RETURN(const auto encoder, media::VideoEncoder::open(encoder_options(program)));
  ASSIGN_OR_RETURN(const auto writer, media::PacketFileWriter::open(*sink, encoder->format()));

  compose::Composer composer(program, *sources, fonts ? &*fonts : nullptr, place_warning(context));
  FrameQueue queue(kFramesAhead);
  Encoding encoding(queue, *encoder, *writer, context.events, range.frames());
  std::thread thread([&] { encoding.run(); });
  const Status composed = compose_into(queue, composer, range, context.cancelled);
  queue.close();
  thread.join();
  RETURN_IF_ERROR(composed);
  RETURN_IF_ERROR(encoding.status());
  context.events.segment({{"first", range.first}, {"end", range.end}, {"bytes", writer->bytes()}});
  context.events.result({{"frames", range.frames()}, {"encoder", "libx264"}});
  return {};
}

}  // namespace rushes::render
