#include "settle_encoder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "compile.h"
#include "numbers.h"
#include "schema/codecs.h"
#include "schema/program_json.h"

namespace rushes::app {
namespace {

using nlohmann::json;
using schema::VideoEncoding;

// How one of a program's pictures is encoded, and its size.
struct Picture {
  VideoEncoding* video = nullptr;
  int width = 0, height = 0;

  bool of(std::string_view device) const {
    return schema::find_video_codec(video->codec, device) != nullptr;
  }
};
using Pictures = std::vector<Picture>;

json json_of(const Picture& picture, const base::Rational& fps) {
  const VideoEncoding& video = *picture.video;
  return {{"codec", video.codec},
          {"width", picture.width},
          {"height", picture.height},
          {"fps", fps.to_string()},
          {"preset", video.preset},
          {"crf", video.crf},
          {"gop", video.gop_frames},
          {"any_quality", video.bitrate || video.target_ssim || video.maxrate}};
}

// Pictures that were asked of the same: one device encodes all that it can.
class Choice {
 public:
  Choice(TaskRunner& runner, const schema::Program& program, std::string asked, Pictures pictures)
      : runner_(runner),
        program_(program),
        asked_(std::move(asked)),
        pictures_(std::move(pictures)) {}

  base::Result<json> settle() {
    if (asked_ != schema::kAutoEncoder) {
      ASSIGN_OR_RETURN(const TriedDevice tried, attempt(asked_));
      if (!tried.works()) return does_not_work();
      use(tried);
      return report(asked_);
    }
    for (const std::string_view device : schema::encoder_devices()) {
      ASSIGN_OR_RETURN(const TriedDevice tried, attempt(device));
      if (!tried.works()) continue;
      use(tried);
      return report(tried.name);
    }
    use({});
    runner_.warn(kNoHardware,
                 fmt::format("no hardware encodes this here, so software does ({})", reasons()),
                 "");
    return report(schema::kSoftwareEncoder);
  }

 private:
  base::Result<TriedDevice> attempt(std::string_view device) {
    json pictures = json::array();
    const bool lossless = std::ranges::any_of(
        pictures_, [](const Picture& picture) { return picture.video->lossless; });
    for (const Picture& picture : pictures_) {
      if (picture.of(device)) pictures.push_back(json_of(picture, program_.fps));
    }
    if (lossless || pictures.empty()) {
      tried_.push_back({.name = std::string(device),
                        .driver = {},
                        .reason = lossless ? "it cannot be lossless"
                                           : "it does not encode " + pictures_[0].video->codec});
    } else {
      ASSIGN_OR_RETURN(TriedDevice tried, try_device(runner_, device, pictures));
      tried_.push_back(std::move(tried));
    }
    return tried_.back();
  }

  // None: software.
  void use(const TriedDevice& device) {
    for (const Picture& picture : pictures_) {
      VideoEncoding& video = *picture.video;
      const bool hardware = !device.name.empty() && picture.of(device.name);
      video.device = hardware ? device.name : "";
      video.driver = hardware ? device.driver : "";
      if (hardware) video.threads = 1;
    }
  }

  std::string reasons() const {
    std::vector<std::string> list;
    for (const TriedDevice& t : tried_) {
      if (!t.works()) list.push_back(t.name + ": " + t.reason);
    }
    return fmt::format("{}", fmt::join(list, "; "));
  }

  base::Error does_not_work() {
    const std::string why = reasons();
    std::vector<std::string> works;
    for (const std::string_view device : schema::encoder_devices()) {
      if (device == asked_) continue;
      auto tried = attempt(device);
      if (!tried.ok()) return std::move(tried).error();
      if (tried->works()) works.push_back(tried->name);
    }
    works.emplace_back(schema::kSoftwareEncoder);
    return {base::Code::kUnsupported,
            fmt::format("{}; what works here: {}", why, fmt::join(works, ", ")), kNoHardware};
  }

  json report(std::string_view device) const {
    json out = {{"asked", asked_}, {"device", device}, {"tried", json::array()}};
    for (const TriedDevice& t : tried_) {
      json one = {{"device", t.name}, {"works", t.works()}};
      one[t.works() ? "driver" : "reason"] = t.works() ? t.driver : t.reason;
      out["tried"].push_back(std::move(one));
    }
    return out;
  }

  TaskRunner& runner_;
  const schema::Program& program_;
  std::string asked_;
  Pictures pictures_;
  std::vector<TriedDevice> tried_;
};

std::map<std::string, Pictures> pictures_by_request(schema::Program& program) {
  std::map<std::string, Pictures> out;
  const auto add = [&](VideoEncoding& video, const base::Rational& scale) {
    if (video.device.empty() || video.codec == schema::kNoPicture) return;
    out[video.device].push_back({.video = &video,
                                 .width = schema::Program::scaled(program.width, scale),
                                 .height = schema::Program::scaled(program.height, scale)});
  };
  add(program.video, program.scale);
  for (schema::Rendition& rendition : program.renditions) add(rendition.video, rendition.scale);
  return out;
}

}  // namespace

base::Result<TriedDevice> try_device(TaskRunner& runner, std::string_view device,
                                     const json& pictures) {
  TriedDevice tried{.name = std::string(device), .driver = {}, .reason = {}};
  auto outcomes = runner.run({{"encoders", encoders_task(device, pictures)}});
  if (outcomes.ok()) {
    tried.driver = (*outcomes)[0].result.value("driver", "");
    if (tried.driver.empty()) tried.reason = "its driver has no name";
    return tried;
  }
  if (outcomes.error().code == base::Code::kCancelled) return std::move(outcomes).error();
  tried.reason = outcomes.error().message;
  return tried;
}

base::Result<json> settle_encoder(TaskRunner& runner, const TaskSources& sources,
                                  ProgramSummary& summary) {
  const std::string path = sources.work_folder + "/program.json";
  ASSIGN_OR_RETURN(const std::string text, read_text(path));
  ASSIGN_OR_RETURN(schema::Program program, schema::read_program(text));
  auto requests = pictures_by_request(program);
  if (requests.empty()) return json();
  json reports = json::array();
  for (auto& [asked, pictures] : requests) {
    ASSIGN_OR_RETURN(json report, Choice(runner, program, asked, std::move(pictures)).settle());
    summary.devices = summary.devices || report["device"] != schema::kSoftwareEncoder;
    reports.push_back(std::move(report));
  }
  RETURN_IF_ERROR(write_text(path, schema::write_program(program)));
  return reports;
}

}  // namespace rushes::app
