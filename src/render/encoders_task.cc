// Whether a device encodes what it will be asked to: the driver's name, or why not. By itself in a
// process, since drivers hang and crash.

#include "media/video_encoder.h"
#include "render/tasks.h"
#include "schema/codecs.h"

namespace rushes::render {
namespace {

base::Result<media::VideoEncoderOptions> options_of(const nlohmann::json& picture,
                                                    const std::string& device) {
  const auto codec = media::codec_named(picture.at("codec").get<std::string>());
  if (!codec) return base::invalid_argument("there is no such codec");
  media::VideoEncoderOptions options{.codec = *codec,
                                     .device = device,
                                     .width = picture.at("width").get<int>(),
                                     .height = picture.at("height").get<int>(),
                                     .preset = picture.at("preset").get<std::string>(),
                                     .crf = picture.at("crf").get<double>(),
                                     .gop_frames = picture.at("gop").get<int>()};
  ASSIGN_OR_RETURN(options.fps, base::Rational::parse(picture.at("fps").get<std::string>()));
  return options;
}

}  // namespace

base::Status encoders_task(engine::TaskContext& context) {
  try {
    const auto device = context.params().at("device").get<std::string>();
    ASSIGN_OR_RETURN(const std::string driver, media::encoder_driver(device));
    for (const nlohmann::json& picture : context.params().at("pictures")) {
      ASSIGN_OR_RETURN(const auto options, options_of(picture, device));
      RETURN_IF_ERROR(media::try_encoder(options, picture.value("any_quality", false)));
    }
    context.events.result({{"driver", driver}});
    return {};
  } catch (const nlohmann::json::exception&) {
    return base::invalid_argument("params: a device, and pictures with all that they need");
  }
}

}  // namespace rushes::render
