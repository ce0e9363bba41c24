#include "audio/mixer.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "audio/check.h"
#include "audio/decibel.h"
#include "audio/duck.h"
#include "audio/gains.h"
#include "audio/outbox.h"
#include "audio/routing.h"
#include "audio/sound_stream.h"

namespace rushes::audio {
namespace {

constexpr size_t kMaxWarnings = 1000;

using Stereo = std::vector<float>;

// Sounds that are heard at the moment.
struct Voice {
  size_t sound;
  SoundStream stream;
  Gains gains;
};

struct Duck {
  DuckEnvelope envelope;
  Stereo listened;     // the sum of what it listens to, in the block being rendered
  double db_from = 0;  // at the start and the end of the block being put out
  double db_to = 0;
};

double mean_square(const Stereo& block, size_t channel) {
  double sum = 0;
  for (size_t i = channel; i < block.size(); i += 2) {
    sum += static_cast<double>(block[i]) * static_cast<double>(block[i]);
  }
  return sum / (static_cast<double>(block.size()) / 2);
}

}  // namespace

// Works in blocks of 10 ms that begin at multiples of 10 ms. Sounds are rendered into one queue of
// blocks per bus, as far ahead as the ducks look, and taken from there with the ducks' gain.
class Mixer::Impl {
 public:
  Impl(const schema::AudioMix& mix, const Rational& duration, Inputs inputs)
      : mix_(mix),
        inputs_(std::move(inputs)),
        total_(audio::total_frames(duration, mix.sample_rate)),
        block_(mix.sample_rate / 100),
        tables_(mix.sample_rate) {}

  base::Status prepare() {
    ASSIGN_OR_RETURN(routing_, route(mix_, inputs_.evaluate));
    warnings_ = std::exchange(routing_.warnings, {});
    queues_.resize(routing_.buses.size());
    for (const schema::Duck& duck : mix_.ducks) {
      ducks_.push_back({DuckEnvelope(duck), {}, 0, 0});
      ahead_ = std::max(ahead_, static_cast<int64_t>(ducks_.back().envelope.ahead()));
    }
    for (size_t i = 0; i < mix_.sounds.size(); ++i) {
      const Placement& p = routing_.routes[i].placement;
      if (p.end > std::max<int64_t>(0, p.first) && p.first < total_) order_.push_back(i);
    }
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
      return routing_.routes[a].placement.first < routing_.routes[b].placement.first;
    });
    return {};
  }

  base::Result<frame::AudioBlock> read(size_t frames) {
    if (failed_) return *failed_;
    const auto channels = static_cast<size_t>(mix_.channels);
    frame::AudioBlock out{mix_.channels, {}};
    const auto left = static_cast<uint64_t>(total_ - delivered_);
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(frames, left)) * channels;
    while (out.samples.size() < wanted) {
      if (outbox_.empty()) {
        if (auto status = put_out(outbox_.refill()); !status.ok()) {
          failed_ = std::move(status).error();
          return *failed_;
        }
      }
      outbox_.take(wanted - out.samples.size(), out.samples);
    }
    delivered_ += static_cast<int64_t>(wanted / channels);
    if (delivered_ == total_) close_all();
    return out;
  }

  int64_t total() const { return total_; }
  const std::vector<Warning>& warnings() const { return warnings_; }

 private:
  base::Status put_out(std::vector<float>& out) {
    while (rendered_ <= put_out_ + ahead_) RETURN_IF_ERROR(render());
    ++put_out_;
    for (Duck& duck : ducks_) {
      duck.db_from = duck.db_to;
      duck.db_to = duck.envelope.advance();
    }
    const auto samples = static_cast<size_t>(block_) * 2;
    mixed_.assign(samples, 0.0F);
    for (size_t bus = 0; bus < queues_.size(); ++bus) {
      add_bus(bus, mixed_);
      spare_.push_back(std::move(queues_[bus].front()));
      queues_[bus].pop_front();
    }
    if (mix_.channels == 2) {
      out.assign(mixed_.begin(), mixed_.end());
    } else {
      for (size_t i = 0; i < samples; i += 2) out.push_back((mixed_[i] + mixed_[i + 1]) * 0.5F);
    }
    return {};
  }

  // Where several ducks are down, the deepest counts.
  void add_bus(size_t bus, Stereo& sum) const {
    double from_lowest = 0;
    double to_lowest = 0;
    for (const size_t d : routing_.buses[bus]) {
      from_lowest = std::min(from_lowest, ducks_[d].db_from);
      to_lowest = std::min(to_lowest, ducks_[d].db_to);
    }
    const Stereo& block = queues_[bus].front();
    if (from_lowest == 0 && to_lowest == 0) {
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += block[i];
      return;
    }
    const auto from = static_cast<float>(from_db(from_lowest));
    const auto to = static_cast<float>(from_db(to_lowest));
    for (size_t i = 0; i < sum.size(); ++i) {
      const size_t frame = i / 2;
      const float t = static_cast<float>(frame) / static_cast<float>(block_);
      sum[i] += block[i] * (from + (to - from) * t);
    }
  }

  base::Status render() {
    const int64_t begin = rendered_ * block_;
    const auto samples = static_cast<size_t>(block_) * 2;
    for (auto& queue : queues_) {
      if (!spare_.empty()) {
        queue.push_back(std::move(spare_.back()));
        spare_.pop_back();
      } else {
        queue.emplace_back();
      }
      queue.back().assign(samples, 0.0F);
    }
    for (Duck& duck : ducks_) duck.listened.assign(samples, 0.0F);
    if (begin < total_) {
      RETURN_IF_ERROR(start_voices(begin));
      for (const auto& voice : voices_) {
        if (auto status = render(*voice, begin); !status.ok()) {
          return std::move(status).error().in(name_of(mix_.sounds[voice->sound]));
        }
      }
      end_voices(begin + block_);
    }
    for (Duck& duck : ducks_) {
      const double loudest = std::max(mean_square(duck.listened, 0), mean_square(duck.listened, 1));
      duck.envelope.push(loudest > heard_);
    }
    ++rendered_;
    return {};
  }

  base::Status render(Voice& voice, int64_t begin) {
    const Route& route = routing_.routes[voice.sound];
    const int64_t from = std::max(begin, route.placement.first);
    const int64_t to = std::min(begin + block_, route.placement.end);
    if (to <= from) return {};
    const auto frames = static_cast<size_t>(to - from);
    raw_.resize(frames * static_cast<size_t>(voice.stream.channels()));
    stereo_.resize(frames * 2);
    RETURN_IF_ERROR(voice.stream.read(raw_));
    voice.gains.apply(from - route.placement.first, voice.stream.channels(), raw_, stereo_);
    const auto at = static_cast<ptrdiff_t>(from - begin) * 2;
    const auto add = [&](Stereo& sum) {
      auto out = sum.begin() + at;
      for (const float sample : stereo_) *out++ += sample;
    };
    add(queues_[route.bus].back());
    for (const size_t d : route.heard_by) add(ducks_[d].listened);
    return {};
  }

  base::Status start_voices(int64_t begin) {
    while (next_ < order_.size()) {
      const size_t i = order_[next_];
      const Placement& p = routing_.routes[i].placement;
      if (p.first >= begin + block_) break;
      ++next_;
      const schema::Sound& sound = mix_.sounds[i];
      auto stream = open(sound, p, std::max(begin, p.first));
      if (!stream.ok()) return std::move(stream).error().in(name_of(sound));
      auto voice = std::make_unique<Voice>(
          Voice{i, std::move(stream).value(),
                Gains(sound, p, mix_.sample_rate, routing_.routes[i].edges, inputs_.evaluate)});
      const auto after = std::find_if(voices_.begin(), voices_.end(),
                                      [&](const auto& other) { return other->sound > i; });
      voices_.insert(after, std::move(voice));
    }
    return {};
  }

  base::Result<SoundStream> open(const schema::Sound& sound, const Placement& p, int64_t from) {
    ASSIGN_OR_RETURN(auto source, inputs_.open(sound));
    if (!source) return base::internal("no source was given");
    return SoundStream::open(sound, p, mix_.sample_rate, from, std::move(source), tables_);
  }

  void end_voices(int64_t end) {
    std::erase_if(voices_, [&](const auto& voice) {
      if (routing_.routes[voice->sound].placement.end > end) return false;
      collect_warnings(*voice);
      return true;
    });
  }

  void close_all() {
    for (const auto& voice : voices_) collect_warnings(*voice);
    voices_.clear();
  }

  void collect_warnings(const Voice& voice) {
    const schema::Sound& sound = mix_.sounds[voice.sound];
    for (std::string& text : voice.stream.warnings(sound)) {
      if (warnings_.size() < kMaxWarnings) {
        warnings_.push_back({sound.pointer, std::move(text)});
      } else if (warnings_.size() == kMaxWarnings) {
        warnings_.push_back({"", "further warnings about sounds are left out"});
      }
    }
  }

  const schema::AudioMix mix_;
  const Inputs inputs_;
  const int64_t total_;
  const int64_t block_;
  const double heard_ = from_db(2 * kHeardDb);
  int64_t ahead_ = 0;  // blocks
  Routing routing_;
  std::vector<size_t> order_;  // sounds by their start
  size_t next_ = 0;            // in order_
  TableCache tables_;
  std::vector<std::unique_ptr<Voice>> voices_;  // in the order of mix_.sounds
  std::vector<Duck> ducks_;
  std::vector<std::deque<Stereo>> queues_;  // by bus: rendered, not put out yet
  std::vector<Stereo> spare_;
  Stereo mixed_, stereo_;
  std::vector<float> raw_;
  int64_t rendered_ = 0;  // blocks
  int64_t put_out_ = 0;   // blocks
  Outbox outbox_;
  int64_t delivered_ = 0;  // frames
  std::optional<base::Error> failed_;
  std::vector<Warning> warnings_;
};

int64_t total_frames(const Rational& duration, int sample_rate) {
  return (duration * Rational(sample_rate)).round();
}

base::Result<Mixer> Mixer::open(const schema::AudioMix& mix, const Rational& duration,
                                Inputs inputs) {
  RETURN_IF_ERROR(check_mix(mix, duration, inputs));
  auto impl = std::make_unique<Impl>(mix, duration, std::move(inputs));
  RETURN_IF_ERROR(impl->prepare());
  return Mixer(std::move(impl));
}

base::Result<frame::AudioBlock> Mixer::read(size_t frames) { return impl_->read(frames); }
int64_t Mixer::total_frames() const { return impl_->total(); }
const std::vector<Warning>& Mixer::warnings() const { return impl_->warnings(); }

Mixer::Mixer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mixer::Mixer(Mixer&&) noexcept = default;
Mixer& Mixer::operator=(Mixer&&) noexcept = default;
Mixer::~Mixer() = default;

}  // namespace rushes::audio
