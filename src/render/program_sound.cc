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

// A decoder as the mixer wants it.
class DecodedSound final : public audio::SampleSource {
 public:
  DecodedSound(std::unique_ptr<base::ByteSource> source, std::unique_ptr<media::AudioReader> reader,
               int input, std::string name, std::vector<InputWarning>& told,
               engine::EventSink& events)
      : source_(std::move(source)),
        reader_(std::move(reader)),
        input_(input),
        name_(std::move(name)),
        told_(told),
        events_(events) {}
  ~DecodedSound() override {
    for (const std::string& w : reader_->warnings()) {
      const InputWarning warning{input_, w};
      if (std::ranges::find(told_, warning) != told_.end()) continue;
      told_.push_back(warning);
      events_.warning({.text = name_ + ": " + w});
    }
  }
  DecodedSound(const DecodedSound&) = delete;
  DecodedSound& operator=(const DecodedSound&) = delete;

  int sample_rate() const override { return reader_->sample_rate(); }
  int channels() const override { return reader_->channels(); }
  Status seek(const Rational& t) override { return reader_->seek(t); }
  Result<frame::AudioBlock> read() override { return reader_->read(); }

 private:
  std::unique_ptr<base::ByteSource> source_;
  std::unique_ptr<media::AudioReader> reader_;
  int input_;
  std::string name_;
  std::vector<InputWarning>& told_;
  engine::EventSink& events_;
};

Result<std::unique_ptr<audio::SampleSource>> open_sound(engine::TaskContext& context,
                                                        const schema::Program& program,
                                                        const schema::Sound& sound,
                                                        std::vector<InputWarning>& told) {
  const schema::Input& input = program.inputs[static_cast<size_t>(sound.input)];
  ASSIGN_OR_RETURN(auto source, open_input(context, input_name(sound.input)));
  auto reader = media::AudioReader::open(*source, {.stream = input.stream});
  if (!reader.ok()) return std::move(reader).error().in(input.src);
  (*reader)->will_read(sound.source_start, sound.source_start + sound.source_duration);
  return std::unique_ptr<audio::SampleSource>(std::make_unique<DecodedSound>(
      std::move(source), std::move(reader).value(), sound.input, input.src, told, context.events));
}

}  // namespace

schema::AudioMix mix_of(const schema::Program& program, const FrameRange& range) {
  schema::AudioMix mix = program.audio;
  for (schema::Sound& sound : mix.sounds) sound.start -= Rational(range.first) / program.fps;
  return mix;
}

audio::Inputs program_sound(engine::TaskContext& context, const schema::Program& program,
                            std::vector<InputWarning>& told) {
  return {
      .open = [&](const schema::Sound& sound) { return open_sound(context, program, sound, told); },
      .evaluate = timeline::evaluate};
}

}  // namespace rushes::render
