#include "render/smart_cut.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "base/decimal.h"
#include "media/splice.h"
#include "media/video_reader.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;
using Files = std::vector<const base::ByteSource*>;

constexpr int kDecoderThreads = 2;
// Frames beside a seam that are compared: more than any encoder reorders or refers back to.
constexpr size_t kCompared = 48;

// The picture of a recording, frame by frame.
class Frames {
 public:
  Frames(const mp4::Recording& recording, const Files& files)
      : recording_(recording), track_(*recording.movie.video()), files_(files) {}

  // As stored, of sample i.
  Result<frame::Frame> of(size_t i) {
    const mp4::Sample& sample = track_.samples[i];
    ASSIGN_OR_RETURN(Chapter * chapter, open(sample.source));
    return chapter->reader->frame_at(Rational(sample.pts() - chapter->first, track_.timescale));
  }

  // Of damage. What decoders say otherwise is of what an open GOP lacks when they begin with it.
  std::vector<std::string> warnings() const {
    std::vector<std::string> all;
    for (const auto& [source, chapter] : chapters_) {
      if (chapter.reader->damaged() == 0) continue;
      for (const std::string& w : chapter.reader->warnings()) all.push_back(w);
    }
    return all;
  }

 private:
  struct Chapter {
    int64_t first = 0;  // pts of the first frame that is shown
    std::unique_ptr<media::VideoReader> reader;
  };

  Result<Chapter*> open(uint16_t source) {
    const auto found = chapters_.find(source);
    if (found != chapters_.end()) return &found->second;
    Chapter chapter{.first = INT64_MAX, .reader = nullptr};
    const int64_t begin = (recording_.chapters[source] * track_.timescale).round();
    for (const mp4::Sample& sample : track_.samples) {
      if (sample.source != source || sample.pts() < begin) continue;
      chapter.first = std::min(chapter.first, sample.pts());
    }
    ASSIGN_OR_RETURN(
        chapter.reader,
        media::VideoReader::open(
            *files_[source], {.threads = kDecoderThreads, .want_alpha = false, .upright = false}));
    return &chapters_.emplace(source, std::move(chapter)).first->second;
  }

  const mp4::Recording& recording_;
  const mp4::Track& track_;
  const Files& files_;
  std::map<uint16_t, Chapter> chapters_;
};

Result<media::SampleBytes> read_sample(const mp4::Track& track, size_t i, const Files& files) {
  const mp4::Sample& sample = track.samples[i];
  media::SampleBytes bytes(sample.size);
  ASSIGN_OR_RETURN(const size_t read, files[sample.source]->read_at(sample.offset, bytes));
  if (read != bytes.size()) return base::corrupt("ends within a picture");
  return bytes;
}

mp4::Access access_of(media::AccessKind kind) {
  switch (kind) {
    case media::AccessKind::kNone: break;
    case media::AccessKind::kOpen: return mp4::Access::kOpen;
    case media::AccessKind::kClosed: return mp4::Access::kClosed;
  }
  return mp4::Access::kNone;
}

class Seams {
 public:
  Seams(engine::TaskContext& context, const mp4::Recording& recording, const Files& files,
        media::Splice& splice)
      : context_(context),
        recording_(recording),
        track_(*recording.movie.video()),
        files_(files),
        splice_(splice) {}

  Result<mp4::SmartPlan> plan(const mp4::Wanted& wanted) const {
    const auto access = [&](size_t i, size_t before,
                            const std::vector<size_t>& replaced) -> Result<mp4::Access> {
      ASSIGN_OR_RETURN(const media::AccessKind kind, splice_.access_kind(i, before, replaced));
      return access_of(kind);
    };
    return plan_smart_cut(recording_, wanted,
                          {.access = access, .keeps_order = splice_.keeps_order()});
  }

  Result<mp4::SmartSamples> encode(const mp4::SmartPlan& plan) {
    mp4::SmartSamples out;
    total_ = plan.encoded();
    ASSIGN_OR_RETURN(out.head, encode_head(plan));
    if (plan.begin < plan.end) {
      ASSIGN_OR_RETURN(out.entry, splice_.entry(plan.begin));
      ASSIGN_OR_RETURN(out.tail,
                       splice_.encode_tail(plan.tail.size(), plan.end - 1, frames_of(plan.tail)));
    }
    out.record_type = splice_.record_type();
    out.record = splice_.record();
    for (const std::string& w : frames_.warnings()) context_.events.warning({.text = w});
    return out;
  }

 private:
  Result<std::vector<media::SampleBytes>> encode_head(const mp4::SmartPlan& plan) {
    media::Splice::Head head{.count = plan.head.size(), .key = {}, .replaced = {}};
    if (plan.begin < plan.end) head.key = plan.begin;
    if (plan.replaces) {
      const size_t before = plan.head.size() - plan.leading.size();
      head.replaced.assign(plan.head.begin() + static_cast<ptrdiff_t>(before), plan.head.end());
    }
    return splice_.encode_head(head, frames_of(plan.head));
  }

  media::StoredFrames frames_of(const std::vector<size_t>& samples) {
    return [&](size_t i) -> Result<frame::Frame> {
      if (context_.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
      ASSIGN_OR_RETURN(frame::Frame picture, frames_.of(samples[i]));
      context_.events.progress(
          {static_cast<int64_t>(++done_), static_cast<int64_t>(total_), "encode"});
      return picture;
    };
  }

  engine::TaskContext& context_;
  const mp4::Recording& recording_;
  const mp4::Track& track_;
  const Files& files_;
  media::Splice& splice_;
  Frames frames_{recording_, files_};
  size_t done_ = 0, total_ = 0;
};

bool equal(const frame::Frame& a, const frame::Frame& b) {
  if (a.format() != b.format() || a.width() != b.width() || a.height() != b.height()) return false;
  const size_t bytes = a.format().depth > 8 ? 2 : 1;
  for (int p = 0; p < a.format().planes(); ++p) {
    const frame::PlaneView &x = a.plane(p), &y = b.plane(p);
    for (int row = 0; row < x.height; ++row) {
      const size_t length = static_cast<size_t>(x.width) * bytes;
      if (std::memcmp(x.row(row), y.row(row), length) != 0) return false;
    }
  }
  return true;
}

// By their luma, in steps of 8 bits: pictures that were encoded well are nearer than this on
// average.
constexpr int64_t kAlike = 8;

bool alike(const frame::Frame& a, const frame::Frame& b) {
  if (a.format() != b.format() || a.width() != b.width() || a.height() != b.height()) return false;
  const frame::PlaneView &x = a.plane(0), &y = b.plane(0);
  const bool deep = a.format().depth > 8;
  int64_t difference = 0;
  for (int row = 0; row < x.height; ++row) {
    for (int i = 0; i < x.width; ++i) {
      difference += deep ? std::abs(x.row16(row)[i] - y.row16(row)[i])
                         : std::abs(x.row(row)[i] - y.row(row)[i]);
    }
  }
  return difference <= (kAlike * x.width * x.height) << (a.format().depth - 8);
}

// Samples of the picture near the seams, as they are shown, and whether each was copied.
std::vector<std::pair<size_t, bool>> near_seams(const mp4::Track& track,
                                                const mp4::SmartPlan& plan) {
  std::vector<size_t> copied;
  for (size_t i = plan.begin; i < plan.end; ++i) {
    if (std::ranges::find(plan.leading, i) == plan.leading.end()) copied.push_back(i);
  }
  std::ranges::sort(copied, {}, [&](size_t i) { return track.samples[i].pts(); });
  std::vector<std::pair<size_t, bool>> all;
  const auto add = [&](const std::vector<size_t>& samples, bool were_copied, size_t begin,
                       size_t end) {
    for (size_t i = begin; i < end; ++i) all.emplace_back(samples[i], were_copied);
  };
  const auto last = [](const std::vector<size_t>& samples) {
    return samples.size() - std::min(samples.size(), kCompared);
  };
  add(plan.head, false, last(plan.head), plan.head.size());
  const size_t first_end = std::min(copied.size(), kCompared);
  add(copied, true, 0, first_end);
  add(copied, true, std::max(first_end, last(copied)), copied.size());
  add(plan.tail, false, 0, std::min(plan.tail.size(), kCompared));
  return all;
}

}  // namespace

Result<SmartCut> smart_cut(engine::TaskContext& context, const mp4::Recording& recording,
                           const mp4::Wanted& wanted, const Files& files) {
  if (recording.movie.video() == nullptr) return base::invalid_argument("has no picture");
  const mp4::Track& track = *recording.movie.video();
  ASSIGN_OR_RETURN(const auto splice, media::Splice::open(*files[0], [&](size_t i) {
                     return read_sample(track, i, files);
                   }));
  Seams seams(context, recording, files, *splice);
  SmartCut out;
  ASSIGN_OR_RETURN(out.plan, seams.plan(wanted));
  ASSIGN_OR_RETURN(const mp4::SmartSamples samples, seams.encode(out.plan));
  ASSIGN_OR_RETURN(out.cut, mp4::smart_cut(recording, out.plan, samples, files));
  return out;
}

Status check_seams(engine::TaskContext& context, const mp4::Recording& recording,
                   const SmartCut& smart, const mp4::Layout& layout, const Files& files) {
  const mp4::Track& track = *recording.movie.video();
  const mp4::SmartPlan& plan = smart.plan;
  if (plan.encoded() == 0) return {};
  const auto compared = near_seams(track, plan);
  const auto made = mp4::laid_out(layout, files);
  ASSIGN_OR_RETURN(const auto reader,
                   media::VideoReader::open(
                       *made, {.threads = kDecoderThreads, .want_alpha = false, .upright = false}));
  Frames frames(recording, files);
  frame::Frame before;
  for (size_t n = 0; n < compared.size(); ++n) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const auto [i, was_copied] = compared[n];
    ASSIGN_OR_RETURN(const frame::Frame want, frames.of(i));
    const Rational at = Rational(track.samples[i].pts(), track.timescale) - plan.from;
    ASSIGN_OR_RETURN(const frame::Frame got, reader->frame_at(at));
    // The one before, once more, is in the place of one that was lost.
    if (got == before || !(was_copied ? equal(want, got) : alike(want, got))) {
      return base::internal(
          "what was encoded anew does not go with the rest of this recording (at " +
          base::decimal(at) + " s): --mode copy does without");
    }
    before = got;
    context.events.progress(
        {static_cast<int64_t>(n + 1), static_cast<int64_t>(compared.size()), "check"});
  }
  return {};
}

}  // namespace rushes::render
