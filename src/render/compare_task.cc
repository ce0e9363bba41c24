// A run of segments of a rendered file, decoded and compared, frame by frame, with what the program
// says: composed anew as whoever rendered them did, slice by slice.

#include <optional>
#include <utility>

#include "compose/composer.h"
#include "kernels/color.h"
#include "kernels/compare.h"
#include "media/video_reader.h"
#include "plan/slice.h"
#include "qc/figures.h"
#include "render/files.h"
#include "render/program_sources.h"
#include "render/tasks.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

// Luma that is nearly black: a tenth of the way to white, as FFmpeg's blackdetect has it.
constexpr uint8_t kDark = 37;

struct NumberedSegment {
  int64_t number = 0;
  plan::Segment range;
  std::string output() const { return "segment:" + std::to_string(number); }
};

Result<std::vector<NumberedSegment>> run_of(const engine::TaskContext& context,
                                            const schema::Program& program) {
  std::vector<NumberedSegment> run;
  for (const auto& entry : context.params().value("segments", nlohmann::json::array())) {
    const NumberedSegment s{
        .number = entry.value("number", int64_t{-1}),
        .range = {entry.value("first", int64_t{-1}), entry.value("end", int64_t{-1})}};
    const bool follows = run.empty() || s.range.first >= run.back().range.end;
    if (s.number < 0 || s.range.first < 0 || s.range.end <= s.range.first ||
        s.range.end > program.frames || !follows) {
      return base::invalid_argument("params: a segment is out of range");
    }
    run.push_back(s);
  }
  if (run.empty()) return base::invalid_argument("params: \"segments\" must be a list of segments");
  return run;
}

// The file that is verified, by numbers of the program's frames.
class OutputFrames {
 public:
  OutputFrames(const base::ByteSource& source, const Rational& fps, int64_t first)
      : source_(source), fps_(fps), first_(first) {}

  // What a viewer sees amid the frame's time: a container's times may be rounded.
  Result<frame::Frame> at(int64_t n) {
    if (!reader_) {
      ASSIGN_OR_RETURN(reader_, media::VideoReader::open(source_));
    }
    return reader_->frame_at((Rational(n - first_) + Rational(1, 2)) / fps_);
  }
  // What is asked for from here on follows from the file and from that alone.
  void begin_anew() { reader_.reset(); }
  bool may_be_damaged() const {
    return reader_ && (reader_->damaged() > 0 || reader_->complaints() > 0);
  }
  int64_t damaged() const { return reader_ ? reader_->damaged() : 0; }

 private:
  const base::ByteSource& source_;
  Rational fps_;
  int64_t first_;
  std::unique_ptr<media::VideoReader> reader_;
};

// Frames one after the other become figures.
class Comparison {
 public:
  qc::FrameFigures compare(const frame::Frame& decoded, const frame::Frame& reference,
                           bool chroma) {
    qc::FrameFigures out;
    out.fresh = !(decoded == decoded_);
    if (out.fresh) output_ = kernels::to_working(decoded, true);
    decoded_ = decoded;
    for (int i = 0; i < (chroma ? 3 : 1); ++i) {
      const auto plane = static_cast<size_t>(i);
      const frame::PlaneView a = output_.plane(i);
      const frame::PlaneView b = reference.plane(i);
      out.error[plane] = kernels::squared_error(a, b);
      out.shift[plane] =
          static_cast<int64_t>(kernels::sum(a)) - static_cast<int64_t>(kernels::sum(b));
    }
    const frame::PlaneView luma = output_.plane(0);
    out.ssim = kernels::ssim(luma, reference.plane(0), scratch_).value;
    out.dark = kernels::count_at_most(luma, kDark);
    out.reference_dark = kernels::count_at_most(reference.plane(0), kDark);
    if (before_) {
      out.moved = kernels::absolute_error(luma, before_.plane(0));
      out.reference_moved = kernels::block_error(reference.plane(0), reference_.plane(0));
    } else {
      // Nothing lies before the first frame: it counts as new.
      out.moved = out.reference_moved = UINT32_MAX;
    }
    before_ = output_;
    reference_ = reference;
    return out;
  }
  // The frame before the first that is compared.
  void begin(const frame::Frame& decoded, const frame::Frame& reference) {
    decoded_ = decoded;
    before_ = output_ = kernels::to_working(decoded, true);
    reference_ = reference;
  }
  void begin() { *this = {}; }

 private:
  frame::Frame decoded_, output_, before_, reference_;
  kernels::SsimScratch scratch_;
};

class Comparing {
 public:
  Comparing(engine::TaskContext& context, const schema::Program& program, ProgramSources& sources,
            OutputFrames& output, int64_t first)
      : context_(context), program_(program), sources_(sources), output_(output), first_(first) {}

  Status run(const std::vector<NumberedSegment>& run) {
    for (const NumberedSegment& s : run) total_ += s.range.frames();
    size_t end = run.size();
    for (size_t i = 0; i < end; ++i) {
      ASSIGN_OR_RETURN(Outcome outcome, compare(run, i, end));
      if (outcome == Outcome::kDamaged) {
        // What is made of damage must follow from the segment alone.
        careful_ = true;
        contiguous_ = false;
        output_.begin_anew();
        ASSIGN_OR_RETURN(outcome, compare(run, i, end));
        contiguous_ = careful_ = false;
        output_.begin_anew();
      }
      RETURN_IF_ERROR(store(run[i]));
      done_ += run[i].range.frames();
    }
    return {};
  }

 private:
  enum class Outcome : uint8_t { kDone, kDamaged };

  Result<Outcome> compare(const std::vector<NumberedSegment>& run, size_t i, size_t& end) {
    const plan::Segment& range = run[i].range;
    figures_ = {.first = range.first,
                .end = range.end,
                .width = program_.canvas_width(),
                .height = program_.canvas_height()};
    if (contiguous_ && range.first != last_end_) contiguous_ = false;
    if (!contiguous_) {
      ASSIGN_OR_RETURN(const Outcome begun, begin_before(range.first));
      if (begun == Outcome::kDamaged) return begun;
    }
    begin_sources();
    const plan::Slice part = plan::slice(program_, range);
    SliceSources sources(sources_, part);
    compose::Composer composer(part.program, sources, place_warning(context_));
    for (int64_t n = range.first; n < range.end; ++n) {
      if (context_.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
      if (context_.share.exchange(false)) {
        end = i + 1 + (end - i - 1) / 2;
        context_.events.run(run[end - 1].number + 1);
      }
      auto picture = composer.picture(n - range.first);
      if (!picture.ok()) {
        return std::move(picture).error().in("the reference: frame " + std::to_string(n));
      }
      if (!careful_ && sources_.may_be_damaged()) return Outcome::kDamaged;
      ASSIGN_OR_RETURN(const bool readable, add(n, *picture));
      if (!careful_ && (output_.may_be_damaged() || !readable)) return Outcome::kDamaged;
      tell(n + 1 - range.first);
      if (!readable) break;
    }
    figures_.damaged = output_.damaged();
    last_end_ = range.end;
    contiguous_ = true;
    return Outcome::kDone;
  }

  void begin_sources() {
    if (careful_) {
      sources_.begin_carefully();
    } else {
      sources_.begin();
    }
  }

  // What changes from one frame to the next is measured across the boundaries of segments, too.
  Result<Outcome> begin_before(int64_t n) {
    comparison_.begin();
    if (n == first_) return Outcome::kDone;
    begin_sources();
    const plan::Slice part = plan::slice(program_, {n - 1, n});
    SliceSources sources(sources_, part);
    compose::Composer composer(part.program, sources, place_warning(context_));
    ASSIGN_OR_RETURN(const frame::Frame reference, composer.picture(0));
    if (!careful_ && sources_.may_be_damaged()) return Outcome::kDamaged;
    auto decoded = output_.at(n - 1);
    if (!careful_ && (!decoded.ok() || output_.may_be_damaged())) return Outcome::kDamaged;
    if (decoded.ok() && is_like(*decoded)) comparison_.begin(*decoded, reference);
    return Outcome::kDone;
  }

  bool is_like(const frame::Frame& decoded) const {
    return decoded.width() == program_.canvas_width() &&
           decoded.height() == program_.canvas_height();
  }

  // False: the output cannot be read from here on, and the figures say why.
  Result<bool> add(int64_t n, const frame::Frame& reference) {
    auto decoded = output_.at(n);
    if (!decoded.ok()) {
      const base::Code code = decoded.error().code;
      if (code != base::Code::kCorrupt && code != base::Code::kUnsupported) {
        return std::move(decoded).error().in("the output");
      }
      figures_.error = decoded.error().message;
      return false;
    }
    if (!is_like(*decoded)) {
      figures_.error = "its size is " + std::to_string(decoded->width()) + "x" +
                       std::to_string(decoded->height()) + " from here on";
      return false;
    }
    const frame::Layout layout = decoded->format().layout;
    if (layout != frame::Layout::kYuv420 && layout != frame::Layout::kGray) figures_.chroma = false;
    figures_.frames.push_back(comparison_.compare(*decoded, reference, figures_.chroma));
    return true;
  }

  Status store(const NumberedSegment& segment) {
    ASSIGN_OR_RETURN(engine::StoredFile file, context_.objects.create(segment.output()));
    const std::string text =
        qc::json_of(figures_).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    RETURN_IF_ERROR(base::fd_sink(file.fd.get())->write_at(0, std::as_bytes(std::span(text))));
    file.fd.reset();
    context_.objects.commit(
        segment.output(),
        {{"number", segment.number}, {"first", segment.range.first}, {"end", segment.range.end}});
    return {};
  }

  // A segment that is begun anew does not take back what was told.
  void tell(int64_t frames) {
    told_ = std::max(told_, done_ + frames);
    context_.events.progress({told_, total_, "compare"});
  }

  engine::TaskContext& context_;
  const schema::Program& program_;
  ProgramSources& sources_;
  OutputFrames& output_;
  int64_t first_;  // of the program, shown by the output's first frame
  Comparison comparison_;
  qc::SegmentFigures figures_;
  bool careful_ = false;
  bool contiguous_ = false;  // the segment before has just been compared
  int64_t last_end_ = 0;
  int64_t total_ = 0, done_ = 0, told_ = 0;
};

}  // namespace

Status compare_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const std::vector<NumberedSegment> run, run_of(context, program));
  ASSIGN_OR_RETURN(const int64_t first, int_param(context, "first", 0, run[0].range.first));
  ASSIGN_OR_RETURN(const auto film, open_input(context, "output"));
  ASSIGN_OR_RETURN(const auto sources, ProgramSources::open(program, context));
  OutputFrames output(*film, program.fps, first);
  RETURN_IF_ERROR(Comparing(context, program, *sources, output, first).run(run));
  context.events.result({{"segments", run.size()}});
  return {};
}

}  // namespace rushes::render
