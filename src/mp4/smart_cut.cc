#include "mp4/smart_cut.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "mp4/cut_tracks.h"

namespace rushes::mp4 {
namespace {

using base::Result;
using base::Status;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
// A minute of what 60 frames a second make: what is encoded anew is held in memory.
constexpr size_t kMostEncoded = 3600;
// Each takes a look at all samples, of which a hostile index may have millions.
constexpr int kMostKeysTried = 64;

class Planner {
 public:
  Planner(const Track& track, const SmartRules& rules)
      : track_(track), samples_(track.samples), rules_(rules) {
    order_.resize(samples_.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::ranges::stable_sort(order_, {}, [&](size_t i) { return samples_[i].pts(); });
    first_after_.assign(samples_.size() + 1, kNever);
    for (size_t i = samples_.size(); i-- > 0;) {
      first_after_[i] = std::min(first_after_[i + 1], samples_[i].pts());
    }
  }

  Result<SmartPlan> plan(const Window& wanted) {
    const auto shown = [&](size_t place) { return samples_[order_[place]].pts(); };
    const Rational from = wanted.from * track_.timescale, to = wanted.to * track_.timescale;
    size_t first = 0, end = 0;
    while (end < order_.size() && Rational(shown(end)) < to) ++end;
    while (first + 1 < end && Rational(shown(first + 1)) <= from) ++first;
    while (first < end && shown(first) < 0) ++first;
    if (first >= end) return base::invalid_argument("there is no picture in this range");
    from_ = shown(first);

    SmartPlan out;
    out.from = Rational(from_, track_.timescale);
    out.to = picture_end(track_, wanted.to);
    to_ = (out.to * track_.timescale).ceil();
    ASSIGN_OR_RETURN(const bool found, find_key(out));
    if (found) {
      for (size_t place = first; place < end; ++place) {
        if (shown(place) < samples_[out.begin].pts()) out.head.push_back(order_[place]);
        if (shown(place) > last_copied_) out.tail.push_back(order_[place]);
      }
    } else {
      out.head.assign(order_.begin() + static_cast<ptrdiff_t>(first),
                      order_.begin() + static_cast<ptrdiff_t>(end));
      out.begin = out.end = out.head.front();
    }
    if (out.encoded() > kMostEncoded) {
      return base::unsupported("has no keyframes near that a copy could begin with");
    }
    return out;
  }

 private:
  // The first sample that a copy can begin with, and where the copy ends.
  Result<bool> find_key(SmartPlan& out) {
    int64_t last_before = std::numeric_limits<int64_t>::min();
    out.replaces = rules_.keeps_order;
    int tried = 0;
    for (size_t i = 0; i < samples_.size() && tried < kMostKeysTried; ++i) {
      const int64_t key = samples_[i].pts();
      const int64_t last = std::exchange(last_before, std::max(last_before, key));
      if (!samples_[i].sync || key < from_ || key >= to_) continue;
      ++tried;
      int64_t first_leading = key;
      out.leading.clear();
      for (size_t k = i + 1; first_after_[k] < key; ++k) {
        if (samples_[k].pts() >= key) continue;
        out.leading.push_back(k);
        first_leading = std::min(first_leading, samples_[k].pts());
      }
      const int64_t until = rules_.keeps_order ? first_leading : key;
      if (until < from_ || last > until) continue;
      const auto before = std::ranges::count_if(
          samples_, [&](const Sample& s) { return s.pts() >= from_ && s.pts() < until; });
      ASSIGN_OR_RETURN(const Access access,
                       rules_.access(i, static_cast<size_t>(before), out.leading));
      if (access == Access::kNone || !find_end(i, out.end)) continue;
      out.begin = i;
      out.leans_on_head = out.replaces && access == Access::kOpen && before > 0;
      return true;
    }
    out.leading.clear();
    return false;
  }

  // The longest stretch from `begin` on of which all is shown, and nothing that follows it is shown
  // amid it.
  bool find_end(size_t begin, size_t& end) {
    int64_t last = samples_[begin].pts();
    bool found = false;
    for (size_t i = begin; i < samples_.size() && last < to_; ++i) {
      last = std::max(last, samples_[i].pts());
      if (last >= to_ || first_after_[i + 1] <= last) continue;
      found = true;
      end = i + 1;
      last_copied_ = last;
    }
    return found;
  }

  const Track& track_;
  const std::vector<Sample>& samples_;
  const SmartRules& rules_;
  std::vector<size_t> order_;         // as shown
  std::vector<int64_t> first_after_;  // the earliest pts from sample i on
  int64_t from_ = 0, to_ = 0, last_copied_ = 0;
};

// Sample entries with one box's payload exchanged.
Result<Bytes> with_record(const Bytes& entries, Type type, const Bytes& record) {
  constexpr size_t kListHeader = 8, kVisualFields = 78;
  const base::Error broken = base::corrupt("its sample entry cannot be read");
  FieldReader list(entries);
  list.skip(4);
  if (list.u32() != 1) return base::unsupported("its picture is described in more than one way");
  ASSIGN_OR_RETURN(const auto described, boxes_in(View(entries).subspan(kListHeader)));
  if (described.size() != 1 || described[0].payload.size() < kVisualFields) return broken;
  ASSIGN_OR_RETURN(const auto boxes, boxes_in(described[0].payload.subspan(kVisualFields)));
  FieldWriter out;
  bool found = false;
  out.bytes(View(entries).first(kListHeader));
  out.box(described[0].type, [&] {
    out.bytes(described[0].payload.first(kVisualFields));
    for (const Box& box : boxes) {
      if (box.type == type && !std::exchange(found, true)) {
        out.box(type, [&] { out.bytes(record); });
      } else {
        out.bytes(box.whole);
      }
    }
  });
  if (!found) return broken;
  return std::move(out.out);
}

// The samples of the picture, in decoding order.
class Assembly {
 public:
  Assembly(const Track& track, const SmartPlan& plan, const SmartSamples& samples, Bytes& own)
      : track_(track), plan_(plan), samples_(samples), own_(own) {}

  std::vector<Sample> make() {
    const bool copies = plan_.begin < plan_.end;
    const int32_t shift = copies ? track_.samples[plan_.begin].shift : 0;
    const size_t before = plan_.head.size() - replaced();
    for (size_t i = 0; i < before; ++i) {
      const Sample& was = track_.samples[plan_.head[i]];
      add_own(samples_.head[i], was.pts() - shift, was.pts(), i == 0);
    }
    for (size_t i = plan_.begin; i < plan_.end; ++i) copy(i);
    if (!plan_.tail.empty()) {
      const int64_t dts = track_.samples[plan_.end].dts;
      const int64_t first = track_.samples[plan_.tail[0]].pts();
      for (size_t i = 0; i < plan_.tail.size(); ++i) {
        const int64_t pts = track_.samples[plan_.tail[i]].pts();
        add_own(samples_.tail[i], dts + pts - first, pts, i == 0);
      }
    }
    for (size_t i = 0; i + 1 < out_.size(); ++i) {
      out_[i].duration =
          static_cast<uint32_t>(std::clamp<int64_t>(out_[i + 1].dts - out_[i].dts, 0, UINT32_MAX));
    }
    return std::move(out_);
  }

 private:
  // Frames of the head that come in the place of samples that are copied.
  size_t replaced() const { return plan_.replaces ? plan_.leading.size() : 0; }

  void copy(size_t i) {
    const Sample& was = track_.samples[i];
    if (i == plan_.begin && !samples_.entry.empty()) {
      add_own(samples_.entry, was.dts, was.pts(), true);
      out_.back().duration = was.duration;
      return;
    }
    if (std::ranges::find(plan_.leading, i) == plan_.leading.end()) {
      out_.push_back(was);
      out_.back().sync = was.sync && !(i == plan_.begin && plan_.leans_on_head);
      return;
    }
    if (replaced() == 0) return;
    const auto at = std::ranges::find(plan_.head, i) - plan_.head.begin();
    add_own(samples_.head[static_cast<size_t>(at)], was.dts, was.pts(), false);
  }

  void add_own(const Bytes& bytes, int64_t dts, int64_t pts, bool sync) {
    const Sample& like = track_.samples[plan_.begin];
    out_.push_back({.offset = own_.size(),
                    .size = static_cast<uint32_t>(bytes.size()),
                    .duration = like.duration,
                    .dts = dts,
                    .shift = static_cast<int32_t>(pts - dts),
                    .source = kOwn,
                    .entry = like.entry,
                    .sync = sync});
    own_.insert(own_.end(), bytes.begin(), bytes.end());
  }

  const Track& track_;
  const SmartPlan& plan_;
  const SmartSamples& samples_;
  Bytes& own_;
  std::vector<Sample> out_;
};

}  // namespace

Result<SmartPlan> plan_smart_cut(const Recording& recording, const Wanted& wanted,
                                 const SmartRules& rules) {
  ASSIGN_OR_RETURN(const Window range, window_of(recording, wanted));
  const Track* const video = recording.movie.video();
  if (video == nullptr) return base::invalid_argument("has no picture");
  Planner planner(*video, rules);
  ASSIGN_OR_RETURN(SmartPlan plan, planner.plan(range));
  ASSIGN_OR_RETURN(const Window all, around(recording, wanted, {plan.from, plan.to}));
  plan.all_from = all.from;
  plan.all_to = all.to;
  return plan;
}

Result<Cut> smart_cut(const Recording& recording, const SmartPlan& plan,
                      const SmartSamples& samples,
                      const std::vector<const base::ByteSource*>& sources) {
  RUSHES_CHECK(samples.head.size() == plan.head.size() && samples.tail.size() == plan.tail.size());
  const Track* const video = recording.movie.video();
  RUSHES_CHECK(video != nullptr);
  Cut out{.movie = recording.movie, .from = plan.from, .to = plan.to};
  const Window shown{plan.all_from, plan.to};
  Track& track = out.movie.tracks[static_cast<size_t>(video - recording.movie.tracks.data())];
  if (!samples.record.empty()) {
    ASSIGN_OR_RETURN(track.sample_entries,
                     with_record(video->sample_entries, samples.record_type, samples.record));
  }
  track.samples = Assembly(*video, plan, samples, out.movie.own).make();
  track.has_sync_table = true;
  track = part_of(track, 0, track.samples.size(), shown);
  out.frames = frames_shown(track);
  RETURN_IF_ERROR(cut_others(recording, {plan.all_from, plan.all_to}, sources, out.movie));
  return out;
}

}  // namespace rushes::mp4
