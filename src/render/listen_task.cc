// The sound of a rendered file beside what the program says: mixed anew, brought to its loudness,
// and not encoded.

#include <optional>
#include <vector>

#include "audio/loudness.h"
#include "audio/master.h"
#include "media/audio_reader.h"
#include "render/files.h"
#include "render/program_sound.h"
#include "render/sound_comparison.h"
#include "render/tasks.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

constexpr size_t kBlockFrames = 4096;

qc::SoundLoudness figures_of(const audio::Loudness& loudness) {
  return {loudness.integrated_lufs, loudness.true_peak_db, loudness.range_lu};
}

// One of the two sounds. Where there is none, it is silent.
class Side {
 public:
  using Read = std::function<Result<frame::AudioBlock>()>;

  static Result<Side> open(Read read, int channels, int sample_rate, int64_t expected_frames) {
    Side side;
    side.read_ = std::move(read);
    side.rate_ = sample_rate;
    side.tenths_.emplace(channels, sample_rate);
    ASSIGN_OR_RETURN(side.meter_, audio::Meter::open(channels, sample_rate, expected_frames));
    return side;
  }

  bool there() const { return tenths_.has_value(); }
  bool ended() const { return !there() || ended_; }
  Rational time() const { return there() ? Rational(tenths_->frames(), rate_) : Rational(0); }
  int64_t clipped() const { return there() ? tenths_->clipped() : 0; }
  int rate() const { return rate_; }

  Status read() {
    ASSIGN_OR_RETURN(const frame::AudioBlock block, read_());
    if (block.samples.empty()) {
      ended_ = true;
      tenths_->finish();
      return {};
    }
    tenths_->add(block);
    return meter_->add(block);
  }
  // The next one that is whole; empty: there is none yet. After the end they are silent.
  std::optional<Tenth> take() {
    if (there() && !tenths_->ended.empty()) {
      const Tenth tenth = tenths_->ended.front();
      tenths_->ended.pop_front();
      return tenth;
    }
    if (ended()) return Tenth{};
    return std::nullopt;
  }
  bool has_some() const { return there() && !tenths_->ended.empty(); }
  Result<qc::SoundLoudness> loudness() const {
    if (!there()) return qc::SoundLoudness{};
    ASSIGN_OR_RETURN(const audio::Loudness found, meter_->result());
    return figures_of(found);
  }

 private:
  Read read_;
  int rate_ = 0;
  std::optional<Tenths> tenths_;
  std::optional<audio::Meter> meter_;
  bool ended_ = false;
};

// Whoever is behind reads, so that little lies between the two.
Status listen(engine::TaskContext& context, Side& output, Side& reference, int64_t total,
              SoundComparison& comparison) {
  while (!output.ended() || !reference.ended()) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const bool output_reads =
        !output.ended() && (reference.ended() || output.time() <= reference.time());
    RETURN_IF_ERROR((output_reads ? output : reference).read());
    while (output.has_some() || reference.has_some()) {
      const bool both =
          (output.has_some() || output.ended()) && (reference.has_some() || reference.ended());
      if (!both) break;
      comparison.add(*output.take(), *reference.take());
    }
    const Rational heard = std::max(output.time(), reference.time());
    context.events.progress({std::min((heard * 10).floor(), total), total, "listen"});
  }
  return {};
}

}  // namespace

Status listen_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  const Rational duration = Rational(range.frames()) / program.fps;
  qc::SoundFigures figures;

  std::unique_ptr<base::ByteSource> file;
  std::unique_ptr<media::AudioReader> reader;
  Side output;
  figures.has_output = context.params().value("output_has_sound", true);
  if (figures.has_output) {
    ASSIGN_OR_RETURN(file, open_input(context, "output"));
    auto opened = media::AudioReader::open(*file);
    if (!opened.ok()) return std::move(opened).error().in("the output");
    reader = *std::move(opened);
    figures.sample_rate = reader->sample_rate();
    figures.channels = reader->info().audio.channels;
    figures.begins = reader->start_offset();
    ASSIGN_OR_RETURN(output,
                     Side::open([&] { return reader->read(); }, reader->channels(),
                                reader->sample_rate(), (duration * reader->sample_rate()).ceil()));
  }

  std::vector<InputWarning> told;
  std::optional<audio::Master> master;
  Side reference;
  figures.has_reference = !program.audio.sounds.empty();
  if (figures.has_reference) {
    const schema::AudioMix mix = mix_of(program, range);
    const auto on_measured = [&](int64_t done, int64_t total) -> Status {
      if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
      context.events.progress({done, total, "loudness"});
      return {};
    };
    ASSIGN_OR_RETURN(master,
                     audio::Master::open(mix, duration, program_sound(context, program, told),
                                         {.on_measured = on_measured}));
    figures.reference_rate = mix.sample_rate;
    ASSIGN_OR_RETURN(reference, Side::open([&] { return master->read(kBlockFrames); }, mix.channels,
                                           mix.sample_rate, master->total_frames()));
  }

  SoundComparison comparison;
  RETURN_IF_ERROR(listen(context, output, reference, (duration * 10).ceil(), comparison));
  comparison.finish(figures);
  figures.length = output.time();
  figures.reference_length = reference.time();
  ASSIGN_OR_RETURN(figures.loudness, output.loudness());
  ASSIGN_OR_RETURN(figures.reference_loudness, reference.loudness());
  figures.clipped = output.clipped();
  figures.reference_clipped = reference.clipped();
  if (reader) figures.damaged = reader->damaged();
  context.events.result(qc::json_of(figures));
  return {};
}

}  // namespace rushes::render
