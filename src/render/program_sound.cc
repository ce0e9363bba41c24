#include "render/program_sound.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "media/audio_reader.h"
#include "timeline/curve.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

// Sound lies up to so much before or behind its picture in a file.
const Rational kSkew(1, 2);
// How much more than it gives a decoder has read.
const Rational kAhead(1, 4);
// Said at once of what will be read.
const Rational kStretch = 60;

// A decoder as the mixer wants it.
class DecodedSound final : public audio::SampleSource {
 public:
  DecodedSound(std::unique_ptr<base::ByteSource> source, std::unique_ptr<media::AudioReader> reader,
               schema::Sound sound, std::string name, std::vector<InputWarning>& told,
               engine::EventSink& events, PictureLead* lead)
      : source_(std::move(source)),
        reader_(std::move(reader)),
        sound_(std::move(sound)),
        name_(std::move(name)),
        told_(told),
        events_(events),
        lead_(lead) {}
  ~DecodedSound() override {
    for (const std::string& w : reader_->warnings()) {
      const InputWarning warning{sound_.input, w};
      if (std::ranges::find(told_, warning) != told_.end()) continue;
      told_.push_back(warning);
      events_.warning({.text = name_ + ": " + w});
    }
  }
  DecodedSound(const DecodedSound&) = delete;
  DecodedSound& operator=(const DecodedSound&) = delete;

  int sample_rate() const override { return reader_->sample_rate(); }
  int channels() const override { return reader_->channels(); }
  Status seek(const Rational& t) override {
    at_ = t;
    RETURN_IF_ERROR(announce());
    return reader_->seek(t);
  }
  Result<frame::AudioBlock> read() override {
    if (!announced_ || at_ + kAhead > *announced_) RETURN_IF_ERROR(announce());
    ASSIGN_OR_RETURN(frame::AudioBlock block, reader_->read());
    at_ += Rational(static_cast<int64_t>(block.frames())) / sample_rate();
    return block;
  }

 private:
  // What is read next, as far as it may be read by now.
  Status announce() {
    const Rational end = sound_.source_start + sound_.source_duration;
    if (announced_ && *announced_ >= end && at_ < end) return {};
    Rational until = std::min(end, at_ + kStretch);
    if (lead_ != nullptr && !sound_.loop && at_ < end) {
      const Rational heard = sound_.start + (at_ - sound_.source_start) / sound_.speed;
      ASSIGN_OR_RETURN(const auto lead, lead_->wait_for(heard + kAhead));
      if (lead) {
        until = std::min(until, sound_.source_start + (*lead - sound_.start) * sound_.speed);
      }
    }
    announced_ = until;
    reader_->will_read(at_, until);
    return {};
  }

  std::unique_ptr<base::ByteSource> source_;
  std::unique_ptr<media::AudioReader> reader_;
  const schema::Sound sound_;
  std::string name_;
  std::vector<InputWarning>& told_;
  engine::EventSink& events_;
  PictureLead* const lead_;
  Rational at_;
  std::optional<Rational> announced_;
};

Result<std::unique_ptr<audio::SampleSource>> open_sound(engine::TaskContext& context,
                                                        const schema::Program& program,
                                                        const schema::Sound& sound,
                                                        std::vector<InputWarning>& told,
                                                        PictureLead* lead) {
  const schema::Input& input = program.inputs[static_cast<size_t>(sound.input)];
  ASSIGN_OR_RETURN(auto source, open_input(context, input_name(sound.input)));
  auto reader = media::AudioReader::open(*source, {.stream = input.stream});
  if (!reader.ok()) return std::move(reader).error().in(input.src);
  return std::unique_ptr<audio::SampleSource>(std::make_unique<DecodedSound>(
      std::move(source), std::move(reader).value(), sound, input.src, told, context.events, lead));
}

}  // namespace

Result<PictureLead> PictureLead::open(engine::TaskContext& context, const schema::Program& program,
                                      const FrameRange& range) {
  PictureLead lead(context, program.fps, range);
  ASSIGN_OR_RETURN(lead.segments_, stored_segments(context, range));
  return lead;
}

Rational PictureLead::end() const {
  return next_ == 0 ? Rational(0) : Rational(segments_[next_ - 1].end - range_.first) / fps_;
}

// The last part of what was read may lack some of its sound.
Result<std::optional<Rational>> PictureLead::wait_for(const Rational& t) {
  while (next_ < segments_.size() && end() - kSkew < t) {
    ASSIGN_OR_RETURN(const engine::StoredFile there,
                     context_->objects.wait_for(segments_[next_].name()));
    ++next_;
  }
  if (next_ == segments_.size()) return std::optional<Rational>();
  return std::optional<Rational>(end() - kSkew);
}

schema::AudioMix mix_of(const schema::Program& program, const FrameRange& range) {
  schema::AudioMix mix = program.audio;
  for (schema::Sound& sound : mix.sounds) sound.start -= Rational(range.first) / program.fps;
  return mix;
}

audio::Inputs program_sound(engine::TaskContext& context, const schema::Program& program,
                            std::vector<InputWarning>& told, PictureLead* lead) {
  return {.open =
              [&, lead](const schema::Sound& sound) {
                return open_sound(context, program, sound, told, lead);
              },
          .evaluate = timeline::evaluate};
}

}  // namespace rushes::render
