#include "timeline/encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "schema/codecs.h"
#include "schema/formats.h"
#include "schema/limits.h"
#include "timeline/sound.h"

namespace rushes::timeline {
namespace {

using schema::Container;
using schema::VideoCodec;

constexpr int kDoesNotHold = 143;

std::string together() { return "of these files " + schema::what_goes_together(); }

class Encoding {
 public:
  Encoding(Context& context, const Node& output, schema::Program& program)
      : context_(context), output_(output), video_(output["video"]), program_(program) {}

  void read(const std::string& container) {
    choose_container(container);
    choose_sound();
    if (!choose_picture()) return;
    check_side();
    read_quality();
    read_buffer();
  }

 private:
  void choose_container(const std::string& wanted) {
    const Node format = output_["format"];
    program_.format = !wanted.empty() ? wanted : std::string(format.text(program_.format));
    if (format && !wanted.empty() && format.text() != wanted) {
      context_.error(kDoesNotHold, format,
                     fmt::format("the file that is written is .{}, and \"format\" says \"{}\"",
                                 wanted, format.text()));
    }
    container_ = schema::find_container(program_.format);
    if (container_ == nullptr) container_ = &schema::containers()[0];  // was told by the schema
  }

  // False: there is none.
  bool choose_picture() {
    const Node codec = video_["codec"];
    const bool unwanted = video_ && !video_->is_object();
    if (unwanted || (container_->video.empty() && !codec)) {
      encoding().codec = schema::kNoPicture;
      return false;
    }
    encoding().codec = codec.text(container_->video.empty() ? "" : container_->video[0]);
    if (!container_->holds_video(encoding().codec)) does_not_hold(codec, encoding().codec);
    codec_ = schema::find_video_codec(encoding().codec);
    if (codec_ == nullptr) codec_ = &schema::video_codecs()[0];
    return true;
  }

  void choose_sound() {
    const Node codec = output_["audio"]["codec"];
    schema::AudioMix& mix = program_.audio;
    mix.codec = codec.text(container_->audio[0]);
    if (!container_->holds_audio(mix.codec)) does_not_hold(codec, mix.codec);
    const schema::AudioCodec* found = schema::find_audio_codec(mix.codec);
    if (found == nullptr) return;
    const Node rate = output_["audio"]["sample_rate"];
    if (found->only_rate > 0 && rate && rate.integer(0) != found->only_rate) {
      context_.error(113, rate, fmt::format("must be {} for {}", found->only_rate, found->title));
    }
    const Node bits = output_["audio"]["bitrate"];
    const auto parsed = bits ? schema::parse_bitrate(bits->text) : mix.bitrate;
    if (parsed.ok() && (*parsed < found->least_bitrate || *parsed > found->most_bitrate)) {
      context_.error(113, bits,
                     fmt::format("must be from {}k to {}k for {}", found->least_bitrate / 1000,
                                 found->most_bitrate / 1000, found->title));
    }
  }

  void cannot(const Node& at, std::string_view what) {
    context_.error(139, at, fmt::format("{} by {} cannot {}", codec_->title, codec_->encoder, what),
                   "choose another \"codec\"");
  }

  void check_side() {
    const int side = std::min(program_.width, program_.height);
    if (side < schema::kMinSide || side >= codec_->least_side) return;  // the first was told
    context_.error(113, output_["size"],
                   fmt::format("width and height must be at least {} for {} (is {}x{})",
                               codec_->least_side, codec_->title, program_.width, program_.height));
  }

  void does_not_hold(const Node& at, std::string_view codec) {
    context_.error(kDoesNotHold, at,
                   fmt::format("a .{} file does not hold {}", container_->name, codec), together());
  }

  void read_quality() {
    const Node speed = video_["preset"];
    encoding().preset =
        speed.is_number() ? speed->text : std::string(speed.text(codec_->usual_speed));
    if (codec_->speed(encoding().preset) == nullptr) {
      std::vector<std::string_view> known;
      for (const schema::Speed& s : codec_->speeds) known.push_back(s.name);
      context_.error(114, speed,
                     fmt::format("{} has no preset \"{}\"; it has {}", codec_->encoder,
                                 encoding().preset, fmt::join(known, ", ")),
                     schema::did_you_mean(encoding().preset, known));
    }
    const Node crf = video_["crf"];
    encoding().crf = crf.number(codec_->usual_crf);
    if (encoding().crf < codec_->best_crf || encoding().crf > codec_->worst_crf) {
      context_.error(113, crf,
                     fmt::format("must be from {} to {} for {} (is {})", codec_->best_crf,
                                 codec_->worst_crf, codec_->title, encoding().crf));
    }
    if (codec_->whole_crf && encoding().crf != std::floor(encoding().crf)) {
      context_.error(113, crf, fmt::format("must be a whole number for {}", codec_->title));
    }
    encoding().gop_frames = video_["gop"].integer(encoding().gop_frames);
    if (encoding().gop_frames < codec_->least_gop) {
      context_.error(113, video_["gop"],
                     fmt::format("must be at least {} for {} (is {})", codec_->least_gop,
                                 codec_->title, encoding().gop_frames));
    }
    read_threads();
    encoding().lossless = video_["lossless"].boolean(false);
    if (encoding().lossless && !codec_->lossless) cannot(video_["lossless"], "be lossless");
    if (const Node rate = video_["bitrate"]) {
      const auto bits = schema::parse_bitrate(rate->text);
      if (bits.ok()) encoding().bitrate = *bits;
      for (const char* other : {"crf", "lossless"}) {
        if (video_[other]) {
          context_.error(139, rate,
                         fmt::format("\"bitrate\" and \"{}\" exclude each other", other));
        }
      }
    }
    if (encoding().lossless && crf) {
      context_.error(139, crf, "\"lossless\" and \"crf\" exclude each other");
    }
  }

  void read_threads() {
    const Node threads = video_["threads"];
    encoding().threads = threads.integer(std::min(encoding().threads, codec_->most_threads));
    if (encoding().threads > codec_->most_threads) {
      context_.error(113, threads,
                     fmt::format("must be at most {} for {} (is {})", codec_->most_threads,
                                 codec_->title, encoding().threads));
    }
  }

  void read_buffer() {
    const Node rate = video_["maxrate"];
    const Node size = video_["bufsize"];
    if (!rate) {
      if (size) context_.error(111, size, "\"bufsize\" needs \"maxrate\" beside it");
      return;
    }
    if (!codec_->buffer) return cannot(rate, "keep to a highest rate");
    const auto bits = schema::parse_bitrate(rate->text);
    if (!bits.ok()) return;
    encoding().maxrate = encoding().bufsize = *bits;
    if (size) {
      const auto held = schema::parse_bitrate(size->text);
      if (!held.ok()) return;
      encoding().bufsize = *held;
      if (*held < *bits / 4 || *held > *bits * 60) {
        context_.error(113, size,
                       "must hold from a quarter of a second to a minute of \"maxrate\"");
      }
    }
    if (encoding().lossless) {
      context_.error(139, rate, "\"maxrate\" and \"lossless\" exclude each other");
    }
    if (encoding().bitrate && *encoding().bitrate > *bits) {
      context_.error(139, rate, "\"maxrate\" must not be below \"bitrate\"");
    }
  }

  schema::VideoEncoding& encoding() { return program_.video; }

  Context& context_;
  Node output_, video_;
  schema::Program& program_;
  const Container* container_ = nullptr;
  const VideoCodec* codec_ = nullptr;
};

}  // namespace

void read_encoding(Context& context, const Node& output, const std::string& container,
                   schema::Program& program) {
  Encoding(context, output, program).read(container);
  read_mix(output, program.audio);
}

}  // namespace rushes::timeline
