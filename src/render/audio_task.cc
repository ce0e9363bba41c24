// The sound of the program, mixed, brought to its loudness and encoded: as a whole, in pieces that
// are stored as they come, or both.

#include <algorithm>
#include <vector>

#include "audio/master.h"
#include "media/audio_encoder.h"
#include "media/packet_file.h"
#include "render/files.h"
#include "render/noted_warnings.h"
#include "render/program_sound.h"
#include "render/tasks.h"
#include "schema/codecs.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

constexpr size_t kBlockFrames = 4096;

nlohmann::json json_of(const std::optional<audio::Loudness>& loudness) {
  if (!loudness) return nullptr;
  nlohmann::json out = {{"range_lu", loudness->range_lu}};
  out["integrated_lufs"] = nullptr;
  out["true_peak_db"] = nullptr;
  if (loudness->integrated_lufs) out["integrated_lufs"] = *loudness->integrated_lufs;
  if (loudness->true_peak_db) out["true_peak_db"] = *loudness->true_peak_db;
  return out;
}

// A packet file on its way to its object.
struct PacketOutput {
  static Result<std::unique_ptr<PacketOutput>> open(engine::TaskContext& context,
                                                    const std::string& name,
                                                    const media::TrackFormat& format) {
    auto out = std::make_unique<PacketOutput>();
    ASSIGN_OR_RETURN(out->file, context.objects.create(name));
    out->sink = base::fd_sink(out->file.fd.get());
    ASSIGN_OR_RETURN(out->writer, media::PacketFileWriter::open(*out->sink, format));
    return out;
  }
  engine::StoredFile file;
  std::unique_ptr<base::ByteSink> sink;
  std::unique_ptr<media::PacketFileWriter> writer;
};

// The packets as one object, as objects of a piece each, or both.
class SoundObjects {
 public:
  static Result<std::unique_ptr<SoundObjects>> open(engine::TaskContext& context,
                                                    const media::TrackFormat& format) {
    std::unique_ptr<SoundObjects> out(new SoundObjects(context, format));
    ASSIGN_OR_RETURN(out->pieces_, sound_pieces(context));
    if (context.params().value("whole", true)) {
      ASSIGN_OR_RETURN(out->whole_, PacketOutput::open(context, "audio", format));
    }
    return out;
  }
  bool has_whole() const { return whole_ != nullptr; }

  Status write(const media::Packet& packet) {
    if (whole_) RETURN_IF_ERROR(whole_->writer->write(packet));
    if (pieces_.empty()) return {};
    if (at_ == pieces_.size()) return base::internal("there are more packets than pieces");
    const std::string name = "sound:" + std::to_string(at_);
    if (!piece_) {
      ASSIGN_OR_RETURN(piece_, PacketOutput::open(context_, name, format_));
    }
    RETURN_IF_ERROR(piece_->writer->write(packet));
    const int64_t end = packet.pts + packet.duration;
    if (end < pieces_[at_].end) return {};
    if (end > pieces_[at_].end) return base::internal("a piece ends within a packet");
    RETURN_IF_ERROR(piece_->writer->finish());
    piece_.reset();
    context_.objects.commit(name, {{"sound", at_++}});
    return {};
  }
  // `notes`: for whoever reads the whole.
  Status finish(const nlohmann::json& notes) {
    if (at_ < pieces_.size()) return base::internal("there are fewer packets than pieces");
    if (!whole_) return {};
    RETURN_IF_ERROR(
        whole_->writer->note(notes.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
    RETURN_IF_ERROR(whole_->writer->finish());
    whole_.reset();
    context_.objects.commit("audio", {{"audio", true}});
    return {};
  }

 private:
  SoundObjects(engine::TaskContext& context, media::TrackFormat format)
      : context_(context), format_(std::move(format)) {}

  engine::TaskContext& context_;
  media::TrackFormat format_;
  std::vector<plan::SoundPiece> pieces_;
  size_t at_ = 0;
  std::unique_ptr<PacketOutput> whole_, piece_;
};

Status drain(media::AudioEncoder& encoder, SoundObjects& objects) {
  while (true) {
    ASSIGN_OR_RETURN(const auto packet, encoder.receive());
    if (!packet) return {};
    RETURN_IF_ERROR(objects.write(*packet));
  }
}

}  // namespace

Status audio_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  schema::AudioMix mix = mix_of(program, range);
  // What can be heard before the whole mix has been measured.
  if (!context.params().value("loudness", true)) mix.loudness.reset();
  const auto codec = media::codec_named(mix.codec);
  if (!codec) return base::internal("no encoder for " + mix.codec);
  ASSIGN_OR_RETURN(const auto encoder, media::AudioEncoder::open({.codec = *codec,
                                                                  .sample_rate = mix.sample_rate,
                                                                  .channels = mix.channels,
                                                                  .bitrate = mix.bitrate}));
  ASSIGN_OR_RETURN(const auto objects, SoundObjects::open(context, encoder->format()));

  const auto check = [&](int64_t done, int64_t total, std::string_view phase) -> Status {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    context.events.progress({done, total, phase});
    return {};
  };
  std::vector<InputWarning> told;
  ASSIGN_OR_RETURN(PictureLead lead, PictureLead::open(context, program, range));
  ASSIGN_OR_RETURN(std::optional<audio::Master> master,
                   audio::Master::open(mix, Rational(range.frames()) / program.fps,
                                       program_sound(context, program, told, &lead),
                                       {.on_measured = [&](int64_t done, int64_t total) {
                                         return check(done, total, "loudness");
                                       }}));
  int64_t done = 0;
  while (true) {
    ASSIGN_OR_RETURN(const frame::AudioBlock block, master->read(kBlockFrames));
    if (block.samples.empty()) break;
    RETURN_IF_ERROR(encoder->send(block));
    RETURN_IF_ERROR(drain(*encoder, *objects));
    done += static_cast<int64_t>(block.frames());
    RETURN_IF_ERROR(check(done, master->total_frames(), "audio"));
  }
  RETURN_IF_ERROR(encoder->finish());
  RETURN_IF_ERROR(drain(*encoder, *objects));

  // Those of the final sound hold; of what is heard before it they would be told twice.
  if (!objects->has_whole()) return objects->finish({});
  const plan::Slice slice = plan::sound_slice(program);
  nlohmann::json warnings = nlohmann::json::array();
  for (const audio::Warning& w : master->warnings()) {
    warnings.push_back(note_at(slice, w.pointer, w.message));
    context.events.warning({.text = w.message, .place = w.pointer});
  }
  const audio::MasterReport report = master->report();
  const nlohmann::json result = {{"samples", done},
                                 {"encoder", schema::find_audio_codec(mix.codec)->encoder},
                                 {"before", json_of(report.before)},
                                 {"after", json_of(report.after)},
                                 {"gain_db", report.gain_db},
                                 {"limited_db", report.limited_db},
                                 {"clipped", report.clipped}};
  master.reset();  // its sources speak when they are closed
  for (const InputWarning& w : told) warnings.push_back(note_of(slice, w));
  RETURN_IF_ERROR(objects->finish({{"report", result}, {"warnings", std::move(warnings)}}));
  context.events.result(result);
  return {};
}

}  // namespace rushes::render
