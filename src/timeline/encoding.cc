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

void does_not_hold(Context& context, const Node& at, const Container& container,
                   std::string_view codec) {
  context.error(kDoesNotHold, at, fmt::format("a .{} file does not hold {}", container.name, codec),
                together());
}

// How one picture is encoded: what `own` says, and where it is silent `usual`.
class PictureReader {
 public:
  PictureReader(Context& context, const Container& container, std::string encoder, Node own,
                Node usual)
      : context_(context),
        container_(container),
        encoder_(std::move(encoder)),
        own_(std::move(own)),
        usual_(std::move(usual)) {}

  schema::VideoEncoding read(const Node& size, int width, int height, const Node& fps) {
    choose_codec();
    check_side(size, width, height);
    check_fps(fps);
    read_quality();
    read_buffer();
    return std::move(encoding_);
  }

 private:
  // With a codec of its own it says all. Of what excludes or needs one another, what is said nearby
  // takes the place of all.
  Node setting(std::string_view key) const {
    if (Node here = own_[key]; here || own_["codec"]) return here;
    for (const auto& choice :
         {std::vector<std::string_view>{"crf", "bitrate", "lossless", "quality"},
          std::vector<std::string_view>{"maxrate", "bufsize"}}) {
      const bool is_one = std::ranges::find(choice, key) != choice.end();
      if (is_one && std::ranges::any_of(choice, [&](auto k) { return bool(own_[k]); })) return {};
    }
    return usual_[key];
  }

  void choose_codec() {
    const Node codec = setting("codec");
    encoding_.codec = codec.text(container_.video.empty() ? "" : container_.video[0]);
    if (!container_.holds_video(encoding_.codec)) {
      does_not_hold(context_, codec, container_, encoding_.codec);
    }
    const Node encoder = setting("encoder");
    encoding_.device =
        encoder_.empty() ? std::string(encoder.text(schema::kSoftwareEncoder)) : encoder_;
    if (encoding_.device == schema::kSoftwareEncoder) encoding_.device.clear();
    codec_ = schema::find_video_codec(encoding_.codec, encoding_.device);
    if (codec_ != nullptr) return;
    codec_ = schema::find_video_codec(encoding_.codec);
    if (codec_ == nullptr) codec_ = &schema::video_codecs()[0];
    if (encoding_.device.empty()) return;  // a codec that is none of ours: the schema has told
    context_.error(139, encoder ? encoder : codec,
                   fmt::format("{} does not encode {}", encoding_.device, codec_->title),
                   "choose another \"codec\", or \"auto\" as its \"encoder\"");
  }

  void cannot(const Node& at, std::string_view what) {
    context_.error(139, at, fmt::format("{} by {} cannot {}", codec_->title, codec_->encoder, what),
                   "choose another \"codec\"");
  }

  void check_side(const Node& size, int width, int height) {
    const int side = std::min(width, height);
    if (side < schema::kMinSide || side >= codec_->least_side) return;  // the first was told
    context_.error(113, size,
                   fmt::format("width and height must be at least {} for {} (is {}x{})",
                               codec_->least_side, codec_->title, width, height));
  }

  void check_fps(const Node& fps) {
    if (codec_->most_fps == 0 || context_.fps <= codec_->most_fps) return;
    context_.error(113, fps,
                   fmt::format("must be at most {} for {} (is {})", codec_->most_fps, codec_->title,
                               context_.fps.to_string()));
  }

  void read_quality() {
    const Node speed = setting("preset");
    encoding_.preset =
        speed.is_number() ? speed->text : std::string(speed.text(codec_->usual_speed));
    if (codec_->speed(encoding_.preset) == nullptr) {
      std::vector<std::string_view> known;
      for (const schema::Speed& s : codec_->speeds) known.push_back(s.name);
      context_.error(114, speed,
                     fmt::format("{} has no preset \"{}\"; it has {}", codec_->encoder,
                                 encoding_.preset, fmt::join(known, ", ")),
                     schema::did_you_mean(encoding_.preset, known));
    }
    read_crf();
    encoding_.gop_frames = setting("gop").integer(encoding_.gop_frames);
    if (encoding_.gop_frames < codec_->least_gop) {
      context_.error(113, setting("gop"),
                     fmt::format("must be at least {} for {} (is {})", codec_->least_gop,
                                 codec_->title, encoding_.gop_frames));
    }
    read_threads();
    encoding_.lossless = setting("lossless").boolean(false);
    if (encoding_.lossless && !codec_->lossless) cannot(setting("lossless"), "be lossless");
    if (const Node rate = setting("bitrate")) {
      if (!codec_->has_crf) cannot(rate, "aim at a size: its \"preset\" says it");
      const auto bits = schema::parse_bitrate(rate->text);
      if (bits.ok()) encoding_.bitrate = *bits;
      excludes("bitrate", {"quality", "crf", "lossless"});
    }
    if (const Node quality = setting("quality")) {
      if (!codec_->has_crf) cannot(quality, "be told a likeness: its \"preset\" says it");
      encoding_.target_ssim = quality["ssim"].number(1);
      excludes("quality", {"crf", "lossless"});
    }
    if (encoding_.lossless && setting("crf")) {
      context_.error(139, setting("crf"), "\"lossless\" and \"crf\" exclude each other");
    }
  }

  void excludes(std::string_view key, std::initializer_list<std::string_view> others) {
    for (const std::string_view other : others) {
      if (!setting(other)) continue;
      context_.error(139, setting(key),
                     fmt::format("\"{}\" and \"{}\" exclude each other", key, other));
    }
  }

  void read_crf() {
    const Node crf = setting("crf");
    encoding_.crf = crf.number(codec_->usual_crf);
    if (!codec_->has_crf) {
      if (crf) cannot(crf, "be told a quality by number: its \"preset\" says it");
      return;
    }
    if (encoding_.crf < codec_->best_crf || encoding_.crf > codec_->worst_crf) {
      context_.error(113, crf,
                     fmt::format("must be from {} to {} for {} (is {})", codec_->best_crf,
                                 codec_->worst_crf, codec_->title, encoding_.crf));
    }
    if (codec_->whole_crf && encoding_.crf != std::floor(encoding_.crf)) {
      context_.error(113, crf, fmt::format("must be a whole number for {}", codec_->title));
    }
  }

  void read_threads() {
    const Node threads = setting("threads");
    encoding_.threads = threads.integer(std::min(encoding_.threads, codec_->most_threads));
    if (encoding_.threads > codec_->most_threads) {
      context_.error(113, threads,
                     fmt::format("must be at most {} for {} (is {})", codec_->most_threads,
                                 codec_->title, encoding_.threads));
    }
  }

  void read_buffer() {
    const Node rate = setting("maxrate");
    const Node size = setting("bufsize");
    if (!rate) {
      if (size) context_.error(111, size, "\"bufsize\" needs \"maxrate\" beside it");
      return;
    }
    if (!codec_->has_crf) return cannot(rate, "keep to a highest rate");
    const auto bits = schema::parse_bitrate(rate->text);
    if (!bits.ok()) return;
    encoding_.maxrate = encoding_.bufsize = *bits;
    if (size) {
      const auto held = schema::parse_bitrate(size->text);
      if (!held.ok()) return;
      encoding_.bufsize = *held;
      if (*held < *bits / 4 || *held > *bits * 60) {
        context_.error(113, size,
                       "must hold from a quarter of a second to a minute of \"maxrate\"");
      }
    }
    if (encoding_.lossless) {
      context_.error(139, rate, "\"maxrate\" and \"lossless\" exclude each other");
    }
    if (encoding_.bitrate && *encoding_.bitrate > *bits) {
      context_.error(139, rate, "\"maxrate\" must not be below \"bitrate\"");
    }
  }

  Context& context_;
  const Container& container_;
  std::string encoder_;
  Node own_, usual_;
  schema::VideoEncoding encoding_;
  const VideoCodec* codec_ = nullptr;
};

class Encoding {
 public:
  Encoding(Context& context, const Node& output, schema::Program& program)
      : context_(context), output_(output), video_(output["video"]), program_(program) {}

  void read(const ResolveOptions& options) {
    encoder_ = options.encoder;
    choose_container(options.container);
    choose_picture();
    choose_sound();
  }

 private:
  void choose_picture() {
    const bool unwanted = video_ && !video_.is_object();
    if (unwanted || (container_->video.empty() && !video_["codec"])) {
      program_.video.codec = schema::kNoPicture;
      return;
    }
    program_.video = PictureReader(context_, *container_, encoder_, video_, {})
                         .read(output_["size"], program_.width, program_.height, output_["fps"]);
    const Node renditions = output_["renditions"];
    const int64_t reduced = reduced_lines(renditions);
    for (size_t i = 0; i < renditions.size(); ++i) read_rendition(renditions[i], reduced);
  }

  int64_t side() const { return std::min(program_.width, program_.height); }

  // Of the renditions with more lines than the picture the next, if nothing else comes near the
  // picture's size: it is made as large as that. 0: all of them are left out.
  int64_t reduced_lines(const Node& renditions) const {
    int64_t next = 0;
    for (size_t i = 0; i < renditions.size(); ++i) {
      const int64_t lines = renditions[i]["lines"].integer(0);
      if (lines <= side() && lines * 10 >= side() * 9) return 0;
      if (lines > side() && (next == 0 || lines < next)) next = lines;
    }
    return next;
  }

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

  std::string_view usual_sound() const {
    const VideoCodec* picture = schema::find_video_codec(program_.video.codec);
    const bool fits = picture != nullptr && container_->holds_audio(picture->sound);
    return fits ? picture->sound : container_->audio[0];
  }

  void choose_sound() {
    const Node codec = output_["audio"]["codec"];
    if (container_->audio.empty()) {
      if (codec) does_not_hold(context_, codec, *container_, codec.text());
      return;
    }
    schema::AudioMix& mix = program_.audio;
    mix.codec = codec.text(usual_sound());
    if (!container_->holds_audio(mix.codec)) does_not_hold(context_, codec, *container_, mix.codec);
    const schema::AudioCodec* found = schema::find_audio_codec(mix.codec);
    if (found == nullptr) return;
    const Node rate = output_["audio"]["sample_rate"];
    if (found->only_rate > 0 && rate && rate.integer(0) != found->only_rate) {
      context_.error(113, rate, fmt::format("must be {} for {}", found->only_rate, found->title));
    }
    const Node bits = output_["audio"]["bitrate"];
    if (found->most_bitrate == 0) {
      if (bits) {
        context_.error(139, bits, fmt::format("{} has no bit rate to choose", found->title),
                       "leave it out, or choose another \"codec\"");
      }
      return;
    }
    const auto parsed = bits ? schema::parse_bitrate(bits->text) : mix.bitrate;
    if (parsed.ok() && (*parsed < found->least_bitrate || *parsed > found->most_bitrate)) {
      context_.error(113, bits,
                     fmt::format("must be from {}k to {}k for {}", found->least_bitrate / 1000,
                                 found->most_bitrate / 1000, found->title));
    }
  }

  void read_rendition(const Node& node, int64_t reduced) {
    const int64_t wanted = node["lines"].integer(0);
    if (wanted < 1 || side() < schema::kMinSide) return;  // was told
    const bool larger = wanted > side();
    const int64_t lines = larger && wanted == reduced ? side() : wanted;
    const Node name = node["name"];
    schema::Rendition out{.name = std::string(name.text(fmt::format("{}p", lines))),
                          .scale = Rational(lines, side()),
                          .video = {}};
    if (larger) {
      const std::string is = lines > side() ? "left out" : "made smaller";
      context_.warning(187, node["lines"],
                       fmt::format("\"{}\" is {}: the picture has {} lines",
                                   name.text(fmt::format("{}p", wanted)), is, side()));
      if (lines > side()) return;
    }
    if (std::ranges::find(program_.renditions, out.name, &schema::Rendition::name) !=
        program_.renditions.end()) {
      context_.error(144, name ? name : node, fmt::format("\"{}\" is there already", out.name),
                     "give it a \"name\"");
      return;
    }
    out.video = PictureReader(context_, *container_, encoder_, node["video"], video_)
                    .read(node["lines"], program_.scaled(program_.width, out.scale),
                          program_.scaled(program_.height, out.scale), output_["fps"]);
    program_.renditions.push_back(std::move(out));
  }

  Context& context_;
  Node output_, video_;
  schema::Program& program_;
  const Container* container_ = nullptr;
  std::string encoder_;
};

}  // namespace

void read_encoding(Context& context, const Node& output, const ResolveOptions& options,
                   schema::Program& program) {
  Encoding(context, output, program).read(options);
  read_mix(output, program.audio);
}

void fit_to_file(Context& context, const Node& output, schema::Program& program) {
  const Container* container = schema::find_container(program.format);
  if (container == nullptr) return;  // was told
  if (container->audio.empty() && !program.audio.sounds.empty()) {
    context.warning(
        188, output,
        fmt::format("a .{} file holds no sound: what would be heard is left out", program.format),
        "write \"audio\": false if that is meant");
    program.audio.sounds.clear();
  }
  const VideoCodec* codec = schema::find_video_codec(program.video.codec);
  if (codec == nullptr || codec->good_seconds == 0) return;
  if (program.duration() <= codec->good_seconds) return;
  context.warning(189, output,
                  fmt::format("{} of {:.0f} s is very large: it is good for {} s at most",
                              codec->title, program.duration().to_double(), codec->good_seconds),
                  "cut it with \"duration\", or write another kind of file");
}

}  // namespace rushes::timeline
