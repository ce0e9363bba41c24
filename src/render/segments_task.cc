// A run of segments: each one a slice of the program, composed and encoded by itself, as one
// picture or as several at a time, and stored when it is whole.

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "compose/composer.h"
#include "engine/guarded.h"
#include "media/packet_file.h"
#include "media/video_encoder.h"
#include "plan/buffer.h"
#include "plan/key.h"
#include "plan/rendition.h"
#include "plan/slice.h"
#include "render/encoded_quality.h"
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
size_t frames_ahead(size_t pixels) {
  constexpr size_t kLeast = 3, kMost = 8, kBytes = 16 << 20;
  return std::clamp(kBytes / (pixels * 3 / 2), kLeast, kMost);
}

const schema::VideoCodec& codec_of(const schema::Rendition& rendition) {
  return *schema::find_video_codec(rendition.video.codec,
                                   rendition.video.device);  // read_program() has seen to it
}

struct RunSegment {
  int64_t number = 0;  // in the whole program
  plan::Segment range;
  std::map<size_t, plan::Coding> codings;  // of the pictures that are wanted, by their numbers
};

// What is to be rendered: segments in order, each as some of the pictures.
struct Run {
  std::vector<schema::Rendition> pictures;
  std::vector<RunSegment> segments;

  std::string output(size_t segment, size_t picture) const {
    const std::string name = "segment:" + std::to_string(segments[segment].number);
    const std::string& rendition = pictures[picture].name;
    return rendition.empty() ? name : name + ":" + rendition;
  }
};

class RunReader {
 public:
  explicit RunReader(const schema::Program& program) : program_(program) {}

  Result<Run> read(const nlohmann::json& params) {
    const auto list = params.find("segments");
    if (list != params.end() && list->is_array()) {
      for (const auto& entry : *list) RETURN_IF_ERROR(add(entry));
    }
    if (run_.segments.empty()) {
      return base::invalid_argument("params: \"segments\" must be a list of segments");
    }
    return std::move(run_);
  }

 private:
  Status add(const nlohmann::json& entry) {
    RunSegment s;
    s.number = entry.value("number", int64_t{-1});
    s.range = {entry.value("first", int64_t{-1}), entry.value("end", int64_t{-1})};
    const bool follows = run_.segments.empty() || s.range.first >= run_.segments.back().range.end;
    if (s.number < 0 || s.range.first < 0 || s.range.end <= s.range.first ||
        s.range.end > program_.frames || !follows) {
      return base::invalid_argument("params: a segment is out of range");
    }
    if (!entry.contains("renditions")) {
      RETURN_IF_ERROR(add_picture("", entry, s));
    } else {
      for (const auto& [name, coding] : entry["renditions"].items()) {
        RETURN_IF_ERROR(add_picture(name, coding, s));
      }
    }
    if (s.codings.empty()) return base::invalid_argument("params: a segment without a rendition");
    run_.segments.push_back(std::move(s));
    return {};
  }

  Status add_picture(const std::string& name, const nlohmann::json& entry, RunSegment& segment) {
    auto at = std::ranges::find(run_.pictures, name, &schema::Rendition::name);
    if (at == run_.pictures.end()) {
      auto rendition = plan::find_rendition(program_, name);
      if (!rendition) return base::invalid_argument("params: the program has no such rendition");
      at = run_.pictures.insert(at, *std::move(rendition));
    }
    const schema::VideoCodec& codec = codec_of(*at);
    plan::Coding coding;
    if (entry.contains("crf")) coding.crf = entry.value("crf", -1.0);
    if (entry.contains("fill")) coding.fill = entry.value("fill", 0);
    if (coding.crf && !(*coding.crf >= codec.best_crf && *coding.crf <= codec.worst_crf)) {
      return base::invalid_argument("params: a segment's crf is out of range");
    }
    if (coding.fill && !(*coding.fill >= 1 && *coding.fill <= plan::kFullBuffer)) {
      return base::invalid_argument("params: a segment's fill is out of range");
    }
    segment.codings[static_cast<size_t>(at - run_.pictures.begin())] = coding;
    return {};
  }

  const schema::Program& program_;
  Run run_;
};

// How a segment is encoded as one of the pictures.
struct PictureOfSegment {
  const schema::Program& program;
  const schema::Rendition& as;
  plan::Segment range;
  plan::Coding coding;
};

Result<media::VideoEncoderOptions> encoder_options(const PictureOfSegment& picture) {
  const schema::Program& program = picture.program;
  const schema::VideoEncoding& video = picture.as.video;
  const auto codec = media::codec_named(video.codec);
  if (!codec) return base::internal("no encoder for " + video.codec);
  const schema::Program shown = plan::slice(program, picture.range).program;
  media::VideoEncoderOptions options{
      .codec = *codec,
      .device = video.device,
      .width = schema::Program::scaled(program.width, picture.as.scale),
      .height = schema::Program::scaled(program.height, picture.as.scale),
      .fps = program.fps,
      .preset = video.preset,
      .crf = video.crf,
      .bitrate = video.bitrate,
      .lossless = video.lossless,
      .gliding = !plan::plays_recordings(shown),
      .frames = picture.range.frames(),
      .gop_frames = video.gop_frames,
      .threads = video.threads};
  if (picture.coding.crf) {
    options.crf = *picture.coding.crf;
    options.bitrate.reset();
  }
  if (video.maxrate && codec_of(picture.as).buffer) {
    const int fill = picture.coding.fill.value_or(plan::kUsualFill);
    options.buffer = {.rate = *video.maxrate,
                      .size = *video.bufsize,
                      .filled = static_cast<double>(fill) / plan::kFullBuffer};
    options.threads = 1;
  }
  return options;
}

// What other hardware made is not mixed with what this makes.
Status check_devices(const Run& run) {
  for (const schema::Rendition& picture : run.pictures) {
    const schema::VideoEncoding& video = picture.video;
    if (video.device.empty()) continue;
    if (video.device == schema::kAutoEncoder) {
      return base::invalid_argument("the program's encoder has not been settled");
    }
    ASSIGN_OR_RETURN(const std::string driver, media::encoder_driver(video.device));
    if (driver == video.driver) continue;
    return base::unsupported("the program wants " + video.driver + ", and this machine has " +
                             driver);
  }
  return {};
}

// One segment on its way to its object.
class SegmentEncoder {
 public:
  static Result<std::unique_ptr<SegmentEncoder>> open(engine::TaskContext& context,
                                                      const std::string& output,
                                                      const PictureOfSegment& picture) {
    auto out = std::make_unique<SegmentEncoder>();
    ASSIGN_OR_RETURN(out->file_, context.objects.create(output));
    out->sink_ = base::fd_sink(out->file_.fd.get());
    ASSIGN_OR_RETURN(const auto options, encoder_options(picture));
    ASSIGN_OR_RETURN(out->encoder_, media::VideoEncoder::open(options));
    if (picture.as.video.target_ssim) out->quality_.emplace();
    return out;
  }

  Status add(const frame::Frame& frame, int64_t n) {
    if (quality_) quality_->sent(frame);
    RETURN_IF_ERROR(encoder_->send(frame, n));
    return drain();
  }
  Status finish(int64_t frames, nlohmann::json notes) {
    RETURN_IF_ERROR(encoder_->finish());
    RETURN_IF_ERROR(drain());
    if (packets() != frames) {
      return base::internal("encoded " + std::to_string(packets()) + " of " +
                            std::to_string(frames) + " frames");
    }
    if (quality_) {
      RETURN_IF_ERROR(quality_->finish());
      notes["ssim"] = quality_->note();
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
      if (quality_) RETURN_IF_ERROR(quality_->received(encoder_->format(), *packet));
    }
  }

  engine::StoredFile file_;
  std::unique_ptr<base::ByteSink> sink_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  std::unique_ptr<media::PacketFileWriter> writer_;
  std::optional<EncodedQuality> quality_;  // where it is asked for
};

// How far all pictures of a run are. A segment that is begun anew does not take back what was told.
class RunProgress {
 public:
  RunProgress(engine::TaskContext& context, const Run& run)
      : context_(context), done_(run.pictures.size()) {
    for (const RunSegment& s : run.segments) {
      frames_ += s.range.frames();
      total_ += s.range.frames() * static_cast<int64_t>(s.codings.size());
    }
  }
  // Frames of a picture that are encoded.
  void tell(size_t picture, int64_t frames) {
    const std::lock_guard lock(mutex_);
    done_[picture] = std::max(done_[picture], frames);
    const int64_t sum = std::accumulate(done_.begin(), done_.end(), int64_t{0});
    context_.events.progress({(base::Rational(sum, total_) * frames_).floor(), frames_, "render"});
  }

 private:
  engine::TaskContext& context_;
  std::mutex mutex_;
  std::vector<int64_t> done_;
  int64_t frames_ = 0;  // of the run
  int64_t total_ = 0;   // of all pictures
};

// Encodes one of the pictures: takes frames from its queue until that is closed, and stores their
// segments.
class Encoding {
 public:
  Encoding(engine::TaskContext& context, const schema::Program& program, const Run& run,
           size_t picture, RunProgress& progress)
      : context_(context),
        program_(program),
        run_(run),
        picture_(picture),
        progress_(progress),
        queue_(frames_ahead(pixels())) {}

  FrameQueue& queue() { return queue_; }
  void start() {
    thread_ = std::thread([this] {
      status_ = engine::guarded([this] { return encode(); });
      queue_.close();
    });
  }
  // No more frames come.
  Status finish() {
    queue_.close();
    thread_.join();
    return status_;
  }
  int64_t stored() const { return stored_; }

 private:
  const schema::Rendition& as() const { return run_.pictures[picture_]; }
  size_t pixels() const {
    return static_cast<size_t>(schema::Program::scaled(program_.width, as().scale)) *
           static_cast<size_t>(schema::Program::scaled(program_.height, as().scale));
  }

  Status encode() {
    std::unique_ptr<SegmentEncoder> encoder;
    while (auto queued = queue_.pop()) {
      const RunSegment& segment = run_.segments[queued->segment];
      const std::string output = run_.output(queued->segment, picture_);
      if (queued->number == 0) {
        ASSIGN_OR_RETURN(encoder, SegmentEncoder::open(context_, output,
                                                       {.program = program_,
                                                        .as = as(),
                                                        .range = segment.range,
                                                        .coding = segment.codings.at(picture_)}));
      }
      RETURN_IF_ERROR(encoder->add(queued->frame, queued->number));
      const bool last = queued->number + 1 == segment.range.frames();
      if (last) RETURN_IF_ERROR(encoder->finish(segment.range.frames(), std::move(queued->notes)));
      progress_.tell(picture_, stored_ + encoder->packets());
      if (!last) continue;
      stored_ += segment.range.frames();
      encoder.reset();
      context_.objects.commit(
          output,
          {{"number", segment.number}, {"first", segment.range.first}, {"end", segment.range.end}});
    }
    return {};
  }

  engine::TaskContext& context_;
  const schema::Program& program_;
  const Run& run_;
  size_t picture_;
  RunProgress& progress_;
  FrameQueue queue_;
  int64_t stored_ = 0;  // frames of segments that are whole
  Status status_;
  std::thread thread_;
};

// The encodings of all pictures.
using Encodings = std::vector<std::unique_ptr<Encoding>>;

// Composes the pictures of each frame one after the other: what is decoded for one is there for
// all.
class Composing {
 public:
  Composing(const Encodings& encodings, engine::TaskContext& context,
            const schema::Program& program, const Run& run, ProgramSources& sources)
      : encodings_(encodings), context_(context), program_(program), run_(run), sources_(sources) {}

  Status start() {
    const std::vector<RunSegment>& segments = run_.segments;
    end_ = segments.size();
    for (size_t i = 0; i < end_; ++i) {
      const bool goes_on = i + 1 < end_ && segments[i + 1].range.first == segments[i].range.end;
      sources_.begin(goes_on ? segments[i + 1].range.frames() / program_.fps : base::Rational(0));
      ASSIGN_OR_RETURN(Outcome outcome, compose(i));
      if (outcome == Outcome::kDamaged) {
        sources_.begin_carefully();
        ASSIGN_OR_RETURN(outcome, compose(i));
      }
      if (outcome == Outcome::kClosed) return {};  // an encoder failed, and says so
    }
    return {};
  }

 private:
  enum class Outcome : uint8_t { kDone, kDamaged, kClosed };

  // One picture of a segment.
  struct View {
    size_t picture = 0;
    plan::Slice part;
    nlohmann::json warnings = nlohmann::json::array();
    std::unique_ptr<SliceSources> sources;
    std::unique_ptr<compose::Composer> composer;
    frame::Frame frame;
  };

  // What several pictures are warned of is told once.
  std::vector<std::unique_ptr<View>> views_of(size_t i) {
    std::vector<std::unique_ptr<View>> views;
    told_.clear();
    const plan::Slice part = plan::slice(program_, run_.segments[i].range);
    for (const auto& [picture, coding] : run_.segments[i].codings) {
      auto view = std::make_unique<View>();
      view->picture = picture;
      view->part = part;
      plan::become(view->part.program, run_.pictures[picture]);
      view->sources = std::make_unique<SliceSources>(sources_, view->part);
      const auto warn = [this, v = view.get()](const std::string& pointer,
                                               const std::string& message) {
        v->warnings.push_back(note_at(v->part, pointer, message));
        if (!told_.insert({pointer, message}).second) return;
        context_.events.warning({.text = message, .place = pointer});
      };
      view->composer =
          std::make_unique<compose::Composer>(view->part.program, *view->sources, warn);
      views.push_back(std::move(view));
    }
    return views;
  }

  Result<Outcome> compose(size_t i) {
    const RunSegment& segment = run_.segments[i];
    const auto views = views_of(i);
    for (int64_t n = 0; n < segment.range.frames(); ++n) {
      if (context_.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
      if (context_.share.exchange(false)) give_up_half(i);
      for (const auto& view : views) {
        auto picture = view->composer->picture(n);
        if (!picture.ok()) {
          return std::move(picture).error().in("frame " + std::to_string(segment.range.first + n));
        }
        view->frame = *std::move(picture);
      }
      if (!careful_ && sources_.may_be_damaged()) {
        careful_ = true;
        return Outcome::kDamaged;
      }
      const bool last = n + 1 == segment.range.frames();
      for (const auto& view : views) {
        if (!encodings_[view->picture]->queue().push(
                {.segment = i,
                 .number = n,
                 .frame = std::move(view->frame),
                 .notes = last ? notes(*view) : nlohmann::json()})) {
          return Outcome::kClosed;
        }
      }
    }
    careful_ = false;
    return Outcome::kDone;
  }

  // Of the segments after number i.
  void give_up_half(size_t i) {
    end_ = i + 1 + (end_ - i - 1) / 2;
    context_.events.run(run_.segments[end_ - 1].number + 1);
  }

  // The same for whoever renders the segment: it is part of what is stored.
  nlohmann::json notes(const View& view) const {
    nlohmann::json warnings = view.warnings;
    for (const InputWarning& w : sources_.warnings()) {
      warnings.push_back(note_of(view.part, w));
    }
    if (warnings.empty()) return {};
    return {{"warnings", std::move(warnings)}};
  }

  const Encodings& encodings_;
  engine::TaskContext& context_;
  const schema::Program& program_;
  const Run& run_;
  ProgramSources& sources_;
  size_t end_ = 0;  // of the segments that are ours
  std::set<std::pair<std::string, std::string>> told_;
  bool careful_ = false;
};

}  // namespace

Status segments_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  if (program.video.codec == schema::kNoPicture) {
    return base::invalid_argument("the program has no picture to encode");
  }
  ASSIGN_OR_RETURN(const Run run, RunReader(program).read(context.params()));
  RETURN_IF_ERROR(check_devices(run));
  ASSIGN_OR_RETURN(const auto sources, ProgramSources::open(program, context));

  RunProgress progress(context, run);
  Encodings encodings;
  for (size_t i = 0; i < run.pictures.size(); ++i) {
    encodings.push_back(std::make_unique<Encoding>(context, program, run, i, progress));
  }
  for (const auto& encoding : encodings) encoding->start();
  // Out of memory too, the other threads have to be waited for.
  Status status = engine::guarded(
      [&] { return Composing(encodings, context, program, run, *sources).start(); });
  int64_t stored = 0;
  for (const auto& encoding : encodings) {
    Status encoded = encoding->finish();
    if (status.ok()) status = std::move(encoded);
    stored += encoding->stored();
  }
  RETURN_IF_ERROR(std::move(status));
  const StillCounts& stills = sources->still_counts();
  context.events.result(
      {{"frames", stored},
       {"encoder", codec_of(run.pictures[0]).encoder},
       {"stills", {{"decoded", stills.decoded}, {"from_store", stills.from_store}}}});
  return {};
}

}  // namespace rushes::render
