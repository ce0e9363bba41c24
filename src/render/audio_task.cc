// The whole sound of the program, mixed, brought to its loudness and encoded.

#include <algorithm>
#include <set>

#include "audio/master.h"
#include "media/audio_encoder.h"
#include "media/audio_reader.h"
#include "media/packet_file.h"
#include "render/files.h"
#include "render/tasks.h"
#include "timeline/curve.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

constexpr size_t kBlockFrames = 4096;

// Warnings that were given: a source may be opened many times, for a loop or to be measured first.
using Told = std::set<std::string>;

// A decoder as the mixer wants it.
class DecodedSound final : public audio::SampleSource {
 public:
  DecodedSound(std::unique_ptr<base::ByteSource> source, std::unique_ptr<media::AudioReader> reader,
               std::string name, Told& told, engine::EventSink& events)
      : source_(std::move(source)),
        reader_(std::move(reader)),
        name_(std::move(name)),
        told_(told),
        events_(events) {}
  ~DecodedSound() override {
    for (const std::string& w : reader_->warnings()) {
      const std::string text = name_ + ": " + w;
      if (told_.insert(text).second) events_.warning({.text = text});
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
  std::string name_;
  Told& told_;
  engine::EventSink& events_;
};

Result<std::unique_ptr<audio::SampleSource>> open_sound(engine::TaskContext& context,
                                                        const schema::Program& program,
                                                        const schema::Sound& sound, Told& told) {
  const schema::Input& input = program.inputs[static_cast<size_t>(sound.input)];
  ASSIGN_OR_RETURN(auto source, open_input(context, "input:" + std::to_string(sound.input)));
  auto reader = media::AudioReader::open(*source, {.stream = input.stream});
  if (!reader.ok()) return std::move(reader).error().in(input.src);
  return std::unique_ptr<audio::SampleSource>(std::make_unique<DecodedSound>(
      std::move(source), std::move(reader).value(), input.src, told, context.events));
}

nlohmann::json json_of(const std::optional<audio::Loudness>& loudness) {
  if (!loudness) return nullptr;
  nlohmann::json out = {{"range_lu", loudness->range_lu}};
  out["integrated_lufs"] = nullptr;
  out["true_peak_db"] = nullptr;
  if (loudness->integrated_lufs) out["integrated_lufs"] = *loudness->integrated_lufs;
  if (loudness->true_peak_db) out["true_peak_db"] = *loudness->true_peak_db;
  return out;
}

Status drain(media::AudioEncoder& encoder, media::PacketFileWriter& writer) {
  while (true) {
    ASSIGN_OR_RETURN(const auto packet, encoder.receive());
    if (!packet) return {};
    RETURN_IF_ERROR(writer.write(*packet));
  }
}

}  // namespace

Status audio_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  schema::AudioMix mix = program.audio;
  // A part of the program is a mix that began earlier.
  for (schema::Sound& sound : mix.sounds) sound.start -= Rational(range.first) / program.fps;
  ASSIGN_OR_RETURN(engine::StoredFile file, context.objects.create("audio"));
  const auto sink = base::fd_sink(file.fd.get());
  ASSIGN_OR_RETURN(const auto encoder, media::AudioEncoder::open({.sample_rate = mix.sample_rate,
                                                                  .channels = mix.channels,
                                                                  .bitrate = mix.bitrate}));
  ASSIGN_OR_RETURN(const auto writer, media::PacketFileWriter::open(*sink, encoder->format()));

  const auto check = [&](int64_t done, int64_t total, std::string_view phase) -> Status {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    context.events.progress({done, total, phase});
    return {};
  };
  Told told;
  const audio::Inputs inputs{
      .open = [&](const schema::Sound& sound) { return open_sound(context, program, sound, told); },
      .evaluate = timeline::evaluate};
  ASSIGN_OR_RETURN(std::optional<audio::Master> master,
                   audio::Master::open(mix, Rational(range.frames()) / program.fps, inputs,
                                       {.on_measured = [&](int64_t done, int64_t total) {
                                         return check(done, total, "loudness");
                                       }}));
  int64_t done = 0;
  while (true) {
    ASSIGN_OR_RETURN(const frame::AudioBlock block, master->read(kBlockFrames));
    if (block.samples.empty()) break;
    RETURN_IF_ERROR(encoder->send(block));
    RETURN_IF_ERROR(drain(*encoder, *writer));
    done += static_cast<int64_t>(block.frames());
    RETURN_IF_ERROR(check(done, master->total_frames(), "audio"));
  }
  RETURN_IF_ERROR(encoder->finish());
  RETURN_IF_ERROR(drain(*encoder, *writer));

  nlohmann::json warnings = nlohmann::json::array();
  for (const audio::Warning& w : master->warnings()) {
    warnings.push_back({{"text", w.message}, {"place", w.pointer}});
    context.events.warning({.text = w.message, .place = w.pointer});
  }
  const audio::MasterReport report = master->report();
  const nlohmann::json result = {{"samples", done},
                                 {"encoder", "aac"},
                                 {"before", json_of(report.before)},
                                 {"after", json_of(report.after)},
                                 {"gain_db", report.gain_db},
                                 {"limited_db", report.limited_db},
                                 {"clipped", report.clipped}};
  master.reset();  // its sources speak when they are closed
  for (const std::string& text : told) warnings.push_back({{"text", text}, {"place", ""}});
  RETURN_IF_ERROR(
      writer->note(nlohmann::json{{"report", result}, {"warnings", std::move(warnings)}}.dump(
          -1, ' ', false, nlohmann::json::error_handler_t::replace)));
  RETURN_IF_ERROR(writer->finish());
  file.fd.reset();
  context.objects.commit("audio", {{"audio", true}});
  context.events.result(result);
  return {};
}

}  // namespace rushes::render
