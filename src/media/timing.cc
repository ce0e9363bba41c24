#include "media/timing.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <queue>

#include "media/av.h"
#include "media/demuxer.h"

namespace rushes::media {
namespace {

// Frames that are decoded before others and shown after them: H.264 and HEVC allow 16.
constexpr size_t kReorder = 32;

struct Shown {
  int64_t time = 0;
  int64_t length = 0;
  int size = 0;
  bool key = false;
  bool operator>(const Shown& other) const { return time > other.time; }
};

// Takes packets in the order in which they are shown.
class Counter {
 public:
  Counter(const TimingOptions& options, AVRational unit) : options_(options), unit_(unit) {}

  void add(const Shown& packet) {
    waiting_.push(packet);
    if (waiting_.size() > kReorder) take();
  }
  Timing finish() {
    while (!waiting_.empty()) take();
    if (last_) {
      // As long as it says, if it says so, else as long as the others.
      Rational rest = last_->length > 0 ? seconds(last_->length, unit_) : options_.step;
      timing_.length = at(*last_) + rest;
    }
    return std::move(timing_);
  }

 private:
  Rational at(const Shown& packet) const { return seconds(packet.time, unit_) - timing_.first; }

  void take() {
    const Shown packet = waiting_.top();
    waiting_.pop();
    if (!last_) timing_.first = seconds(packet.time, unit_);
    if (last_ && options_.step > 0) check_step(packet);
    const Rational since = at(packet);
    const auto second = static_cast<size_t>(std::max<int64_t>(since.floor(), 0));
    auto& bins = timing_.bytes_of_second;
    if (second < kMaxSeconds) {
      if (bins.size() <= second) bins.resize(second + 1);
      bins[second] += static_cast<uint64_t>(packet.size);
    }
    timing_.bytes += static_cast<uint64_t>(packet.size);
    if (packet.key) add_key();
    ++timing_.packets;
    last_ = packet;
  }

  void check_step(const Shown& packet) {
    const TimingFault fault{timing_.packets, at(packet), at(packet) - at(*last_)};
    const Rational half = options_.step / 2;
    if (fault.step < half) {
      note(timing_.doubles, timing_.double_count, fault);
    } else if (fault.step > options_.step + half) {
      note(timing_.gaps, timing_.gap_count, fault);
    }
  }

  static void note(std::vector<TimingFault>& faults, int64_t& count, const TimingFault& fault) {
    ++count;
    if (faults.size() < kMaxFaults) faults.push_back(fault);
  }

  void add_key() {
    if (timing_.keyframes++ > 0) {
      const int64_t distance = timing_.packets - last_key_;
      int64_t& least = timing_.least_key_distance;
      least = least == 0 ? distance : std::min(least, distance);
      timing_.most_key_distance = std::max(timing_.most_key_distance, distance);
    }
    last_key_ = timing_.packets;
  }

  const TimingOptions& options_;
  AVRational unit_;
  std::priority_queue<Shown, std::vector<Shown>, std::greater<>> waiting_;
  std::optional<Shown> last_;
  int64_t last_key_ = 0;
  Timing timing_;
};

}  // namespace

base::Result<Timing> read_timing(const base::ByteSource& source, const TimingOptions& options) {
  ASSIGN_OR_RETURN(const auto demuxer, Demuxer::open(source));
  ASSIGN_OR_RETURN(AVStream* const stream, demuxer->find(options.kind, options.stream));
  demuxer->select(*stream);
  const AvPacket packet(av_packet_alloc());
  if (packet == nullptr) return base::resource("no memory for a packet");
  Counter counter(options, stream->time_base);
  int64_t untimed = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, demuxer->read(*packet));
    if (!more) break;
    if ((packet->flags & AV_PKT_FLAG_DISCARD) != 0) continue;
    const int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (time == AV_NOPTS_VALUE) {
      ++untimed;
      continue;
    }
    counter.add({.time = time,
                 .length = packet->duration,
                 .size = packet->size,
                 .key = (packet->flags & AV_PKT_FLAG_KEY) != 0});
  }
  Timing timing = counter.finish();
  timing.untimed = untimed;
  timing.damaged = demuxer->damaged();
  return timing;
}

}  // namespace rushes::media
