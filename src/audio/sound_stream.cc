#include "audio/sound_stream.h"

#include <algorithm>
#include <string>

namespace rushes::audio {
namespace {

constexpr size_t kMaxTables = 64;

// Half a second at most of what a source lacks is normal: codecs pad, and streams of one file end
// at different times.
const Rational kToleratedLack(1, 2);

// The position that output frame `from` stands for, in 1 / up source frames; down / up is the
// source's rate by the output's.
int64_t start_position(const schema::Sound& sound, const Placement& placement, int64_t from,
                       int sample_rate, const ResampleTable& table) {
  const Rational units(static_cast<int64_t>(sample_rate) * table.down());  // a source second
  const Rational into(from - placement.first, sample_rate);
  if (sound.loop) return (into * sound.speed * units).round();
  // A clip cut in two has the same difference on both sides, so nothing changes at the cut.
  if (sound.speed == Rational(1)) {
    return from * table.down() + ((sound.source_start - sound.start) * units).round();
  }
  return ((sound.source_start + into * sound.speed) * units).round();
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

base::Result<std::shared_ptr<const ResampleTable>> TableCache::get(int from) {
  if (const auto found = tables_.find(from); found != tables_.end()) return found->second;
  ASSIGN_OR_RETURN(auto table, ResampleTable::make(from, to_));
  if (tables_.size() == kMaxTables) tables_.clear();
  tables_.emplace(from, table);
  return table;
}

base::Result<SoundStream> SoundStream::open(const schema::Sound& sound, const Placement& placement,
                                            int sample_rate, int64_t from,
                                            std::unique_ptr<SampleSource> source,
                                            TableCache& tables) {
  const int rate = source->sample_rate();
  if (source->channels() < 1 || source->channels() > 2) {
    return base::internal("a decoder gave neither one nor two channels");
  }
  ASSIGN_OR_RETURN(const auto table, tables.get(rate));
  const int64_t start = start_position(sound, placement, from, sample_rate, *table);

  Part part;
  part.loop = sound.loop;
  if (sound.loop) {
    part.first = (sound.source_start * Rational(rate)).round();
    part.period = std::max(Rational(1), sound.source_duration * Rational(rate));
  }
  std::optional<Resampler> resampler;
  int64_t position = floor_div(start, table->up());
  if (rate != sample_rate) {
    resampler.emplace(table, source->channels(), start);
    position = resampler->first_input();
  }
  const int channels = source->channels();
  SoundStream stream(PartReader(std::move(source), part, position), rate);
  stream.resampler_ = std::move(resampler);
  if (sound.speed != Rational(1)) {
    ASSIGN_OR_RETURN(stream.stretcher_, Stretcher::open(channels, sample_rate, sound.speed));
  }
  return stream;
}

base::Status SoundStream::read(std::span<float> out) {
  if (!stretcher_) return read_unstretched(out);
  const auto channels = static_cast<size_t>(this->channels());
  while (true) {
    ASSIGN_OR_RETURN(const size_t frames, stretcher_->pull(out));
    out = out.subspan(frames * channels);
    if (out.empty()) return {};
    pushed_.resize(Stretcher::kPush * channels);
    RETURN_IF_ERROR(read_unstretched(pushed_));
    RETURN_IF_ERROR(stretcher_->push(pushed_));
  }
}

base::Status SoundStream::read_unstretched(std::span<float> out) {
  if (!resampler_) return part_.read(out);
  const auto channels = static_cast<size_t>(this->channels());
  fed_.resize(resampler_->needed(out.size() / channels) * channels);
  RETURN_IF_ERROR(part_.read(fed_));
  resampler_->push(fed_);
  resampler_->pull(out);
  return {};
}

std::vector<std::string> SoundStream::warnings(const schema::Sound& sound) const {
  std::vector<std::string> found;
  if (part_.mended() > 0) {
    found.push_back(std::to_string(part_.mended()) +
                    " samples were no numbers or far beyond full scale, and were mended");
  }
  if (part_.source_end()) {
    const Rational played = sound.loop
                                ? sound.source_duration
                                : std::min(sound.source_duration, sound.duration * sound.speed);
    const Rational lack = sound.source_start + played - Rational(*part_.source_end(), rate_);
    if (lack > kToleratedLack) {
      const Rational ms = lack * Rational(1000);
      found.push_back("the source ends " + std::to_string(ms.round()) +
                      " ms before the part that is to be heard; silence stands in");
    }
  }
  if (sound.speed < Rational(1, 4) || sound.speed > Rational(4)) {
    found.push_back("speed " + sound.speed.to_string() +
                    ": with the pitch kept, sound beyond 1/4 to 4 times will hardly be recognised");
  }
  if (stretcher_ && !stretcher_->complaint().empty()) {
    found.push_back("time stretch: " + stretcher_->complaint());
  }
  return found;
}

}  // namespace rushes::audio
