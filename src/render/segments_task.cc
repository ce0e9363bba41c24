// A run of segments: each one a slice of the program, composed and encoded by itself, and stored
// when it is whole.

#include <algorithm>
#include <thread>

#include "compose/composer.h"
#include "engine/guarded.h"
#include "media/packet_file.h"
#include "media/video_encoder.h"
#include "plan/buffer.h"
#include "plan/key.h"
#include "plan/slice.h"
#include "render/files.h"
#include "render/frame_queue.h"
#include "render/program_sources.h"
#include "render/runner.h"
#include "render/tasks.h"
#include "schema/codecs.h"

namespace rushes::render {
namespace {

using base::Result;
using base::Status;

// Bridges the time that opening a clip takes. Of large frames fewer, since opening takes no longer
// for them than encoding a few.
size_t frames_ahead(const schema::Program& program) {
  constexpr size_t kLeast = 3, kMost = 8, kBytes = 16 << 20;
  const auto pixels =
      static_cast<size_t>(program.canvas_width()) * static_cast<size_t>(program.canvas_height());
  return std::clamp(kBytes / (pixels * 3 / 2), kLeast, kMost);
}

const schema::VideoCodec& codec_of(const schema::Program& program) {
  return *schema::find_video_codec(program.video.codec);  // read_program() has seen to it
}

struct RunSegment {
  int64_t number = 0;  // in the whole program
  plan::Segment range;
  plan::Coding coding;
  std::string output() const { return "segment:" + std::to_string(number); }
};

Result<std::vector<RunSegment>> run_of(const engine::TaskContext& context,
                                       const schema::Program& program) {
  const schema::VideoCodec& codec = codec_of(program);
  std::vector<RunSegment> run;
  const auto list = context.params().find("segments");
  if (list != context.params().end() && list->is_array()) {
    for (const auto& entry : *list) {
      RunSegment s;
      s.number = entry.value("number", int64_t{-1});
      s.range = {entry.value("first", int64_t{-1}), entry.value("end", int64_t{-1})};
      if (entry.contains("crf")) s.coding.crf = entry.value("crf", -1.0);
      if (entry.contains("fill")) s.coding.fill = entry.value("fill", 0);
      if (s.coding.crf && !(*s.coding.crf >= codec.best_crf && *s.coding.crf <= codec.worst_crf)) {
        return base::invalid_argument("params: a segment's crf is out of range");
      }
      if (s.coding.fill && !(*s.coding.fill >= 1 && *s.coding.fill <= plan::kFullBuffer)) {
        return base::invalid_argument("params: a segment's fill is out of range");
      }
      const bool follows = run.empty() || s.range.first >= run.back().range.end;
      if (s.number < 0 || s.range.first < 0 || s.range.end <= s.range.first ||
          s.range.end > program.frames || !follows) {
        return base::invalid_argument("params: a segment is out of range");
      }
      run.push_back(s);
    }
  }
  if (run.empty()) return base::invalid_argument("params: \"segments\" must be a list of segments");
  return run;
}

Result<media::VideoEncoderOptions> encoder_options(const schema::Program& program,
                                                   const RunSegment& segment) {
  const auto codec = media::codec_named(program.video.codec);
  if (!codec) return base::internal("no encoder for " + program.video.codec);
  const schema::Program shown = plan::slice(program, segment.range).program;
  media::VideoEncoderOptions options{.codec = *codec,
                                     .width = program.canvas_width(),
                                     .height = program.canvas_height(),
                                     .fps = program.fps,
                                     .preset = program.video.preset,
                                     .crf = program.video.crf,
                                     .bitrate = program.video.bitrate,
                                     .lossless = program.video.lossless,
                                     .gliding = !plan::plays_recordings(shown),
                                     .frames = segment.range.frames(),
                                     .gop_frames = program.video.gop_frames,
                                     .threads = program.video.threads};
  if (segment.coding.crf) {
    options.crf = *segment.coding.crf;
    options.bitrate.reset();
  }
  if (program.video.maxrate) {
    const int fill = segment.coding.fill.value_or(plan::kUsualFill);
    options.buffer = {.rate = *program.video.maxrate,
                      .size = *program.video.bufsize,
                      .filled = static_cast<double>(fill) / plan::kFullBuffer};
    options.threads = 1;
  }
  return options;
}

// One segment on its way to its object.
class SegmentEncoder {
 public:
  static Result<std::unique_ptr<SegmentEncoder>> open(engine::TaskContext& context,
                                                      const schema::Program& program,
                                                      const RunSegment& segment) {
    auto out = std::make_unique<SegmentEncoder>();
    ASSIGN_OR_RETURN(out->file_, context.objects.create(segment.output()));
    out->sink_ = base::fd_sink(out->file_.fd.get());
    ASSIGN_OR_RETURN(const auto options, encoder_options(program, segment));
    ASSIGN_OR_RETURN(out->encoder_, media::VideoEncoder::open(options));
    return out;
  }

  Status add(const frame::Frame& frame, int64_t n) {
    RETURN_IF_ERROR(encoder_->send(frame, n));
    return drain();
  }
  Status finish(int64_t frames, const nlohmann::json& notes) {
    RETURN_IF_ERROR(encoder_->finish());
    RETURN_IF_ERROR(drain());
    if (packets() != frames) {
      return base::internal("encoded " + std::to_string(packets()) + " of " +
                            std::to_string(frames) + " frames");
    }
    if (!notes.empty()) {
      RETURN_IF_ERROR(
          writer_->note(notes.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
    }
    return writer_->finish();
  }
  int64_t packets() const { return writer_ != nullptr ? writer_->packets() : 0; }

 private:
  Status drain() {
    while (true) {
      ASSIGN_OR_RETURN(const auto packet, encoder_->receive());
      if (!packet) return {};
      if (writer_ == nullptr) {
        ASSIGN_OR_RETURN(writer_, media::PacketFileWriter::open(*sink_, encoder_->format()));
      }
      RETURN_IF_ERROR(writer_->write(*packet));
    }
  }

  engine::StoredFile file_;
  std::unique_ptr<base::ByteSink> sink_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  std::unique_ptr<media::PacketFileWriter> writer_;
};

// Takes frames from the queue until it is closed, and stores their segments.
class Encoding {
 public:
  Encoding(FrameQueue& queue, engine::TaskContext& context, const schema::Program& program,
           const std::vector<RunSegment>& run)
      : queue_(queue), context_(context), program_(program), run_(run) {
    for (const RunSegment& s : run) total_ += s.range.frames();
  }

  void start() {
    status_ = engine::guarded([&] { return encode(); });
    queue_.close();
  }
  const Status& status() const { return status_; }
  int64_t stored() const { return stored_; }

 private:
  Status encode() {
    std::unique_ptr<SegmentEncoder> encoder;
    while (auto queued = queue_.pop()) {
      const RunSegment& segment = run_[queued->segment];
      if (queued->number == 0) {
        ASSIGN_OR_RETURN(encoder, SegmentEncoder::open(context_, program_, segment));
      }
      RETURN_IF_ERROR(encoder->add(queued->frame, queued->number));
      const bool last = queued->number + 1 == segment.range.frames();
      if (last) RETURN_IF_ERROR(encoder->finish(segment.range.frames(), queued->notes));
      tell(encoder->packets());
      if (!last) continue;
      stored_ += segment.range.frames();
      encoder.reset();
      context_.objects.commit(
          segment.output(),
          {{"number", segment.number}, {"first", segment.range.first}, {"end", segment.range.end}});
    }
    return {};
  }

  // A segment that is begun anew does not take back what was told.
  void tell(int64_t packets) {
    told_ = std::max(told_, stored_ + packets);
    context_.events.progress({told_, total_, "render"});
  }

  FrameQueue& queue_;
  engine::TaskContext& context_;
  const schema::Program& program_;
  const std::vector<RunSegment>& run_;
  int64_t total_ = 0;
  int64_t stored_ = 0;  // frames of segments that are whole
  int64_t told_ = 0;
  Status status_;
};

class Composing {
 public:
  Composing(FrameQueue& queue, engine::TaskContext& context, const schema::Program& program,
            ProgramSources& sources)
      : queue_(queue), context_(context), program_(program), sources_(sources) {}

  Status run(const std::vector<RunSegment>& run) {
    size_t end = run.size();
    for (size_t i = 0; i < end; ++i) {
      const plan::Slice part = plan::slice(program_, run[i].range);
      const bool goes_on = i + 1 < end && run[i + 1].range.first == run[i].range.end;
      sources_.begin(goes_on ? run[i + 1].range.frames() / program_.fps : base::Rational(0));
      ASSIGN_OR_RETURN(Outcome outcome, compose(part, run, i, end));
      if (outcome == Outcome::kDamaged) {
        sources_.begin_carefully();
        ASSIGN_OR_RETURN(outcome, compose(part, run, i, end));
      }
      if (outcome == Outcome::kClosed) return {};  // the encoder failed, and says so
    }
    return {};
  }

 private:
  enum class Outcome : uint8_t { kDone, kDamaged, kClosed };

  Result<Outcome> compose(const plan::Slice& part, const std::vector<RunSegment>& run, size_t i,
                          size_t& end) {
    SliceSources sources(sources_, part);
    placed_warnings_ = nlohmann::json::array();
    const auto warn = [&](const std::string& pointer, const std::string& message) {
      placed_warnings_.push_back(note_at(part, pointer, message));
      context_.events.warning({.text = message, .place = pointer});
    };
    compose::Composer composer(part.program, sources, warn);
    for (int64_t n = 0; n < part.program.frames; ++n) {
      if (context_.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
      if (context_.share.exchange(false)) give_up_half(run, i, end);
      auto picture = composer.picture(n);
      if (!picture.ok()) {
        return std::move(picture).error().in("frame " + std::to_string(run[i].range.first + n));
      }
      const bool last = n + 1 == part.program.frames;
      if (!careful_ && sources_.may_be_damaged()) {
        careful_ = true;
        return Outcome::kDamaged;
      }
      if (!queue_.push({.segment = i,
                        .number = n,
                        .frame = std::move(picture).value(),
                        .notes = last ? notes(part) : nlohmann::json()})) {
        return Outcome::kClosed;
      }
    }
    careful_ = false;
    return Outcome::kDone;
  }

  // Of the segments after number i.
  void give_up_half(const std::vector<RunSegment>& run, size_t i, size_t& end) {
    end = i + 1 + (end - i - 1) / 2;
    context_.events.run(run[end - 1].number + 1);
  }

  // The same for whoever renders the segment: it is part of what is stored.
  nlohmann::json notes(const plan::Slice& part) const {
    nlohmann::json warnings = placed_warnings_;
    for (const InputWarning& w : sources_.warnings()) {
      warnings.push_back(note_of(part, w));
    }
    if (warnings.empty()) return {};
    return {{"warnings", std::move(warnings)}};
  }

  FrameQueue& queue_;
  engine::TaskContext& context_;
  const schema::Program& program_;
  ProgramSources& sources_;
  nlohmann::json placed_warnings_;
  bool careful_ = false;
};

}  // namespace

Status segments_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  if (program.video.codec == schema::kNoPicture) {
    return base::invalid_argument("the program has no picture to encode");
  }
  ASSIGN_OR_RETURN(const std::vector<RunSegment> run, run_of(context, program));
  ASSIGN_OR_RETURN(const auto sources, ProgramSources::open(program, context));

  FrameQueue queue(frames_ahead(program));
  Encoding encoding(queue, context, program, run);
  std::thread thread([&] { encoding.start(); });
  // Out of memory too, the other thread has to be waited for.
  const Status composed =
      engine::guarded([&] { return Composing(queue, context, program, *sources).run(run); });
  queue.close();
  thread.join();
  RETURN_IF_ERROR(composed);
  RETURN_IF_ERROR(encoding.status());
  const StillCounts& stills = sources->still_counts();
  context.events.result(
      {{"frames", encoding.stored()},
       {"encoder", codec_of(program).encoder},
       {"stills", {{"decoded", stills.decoded}, {"from_store", stills.from_store}}}});
  return {};
}

}  // namespace rushes::render
