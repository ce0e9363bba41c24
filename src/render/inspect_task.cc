// What a rendered file is, packet by packet, without decoding it.

#include "media/timing.h"
#include "render/files.h"
#include "render/media_json.h"
#include "render/tasks.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using nlohmann::json;

json faults_json(const std::vector<media::TimingFault>& faults) {
  json list = json::array();
  for (const media::TimingFault& f : faults) {
    list.push_back({{"packet", f.packet}, {"at", f.at.to_string()}, {"step", f.step.to_string()}});
  }
  return list;
}

json json_of(const media::Timing& t) {
  return {{"packets", t.packets},
          {"first", t.first.to_string()},
          {"length", t.length.to_string()},
          {"gap_count", t.gap_count},
          {"gaps", faults_json(t.gaps)},
          {"double_count", t.double_count},
          {"doubles", faults_json(t.doubles)},
          {"untimed", t.untimed},
          {"damaged", t.damaged},
          {"bytes", t.bytes},
          {"bytes_of_second", t.bytes_of_second},
          {"keyframes", t.keyframes},
          {"least_key_distance", t.least_key_distance},
          {"most_key_distance", t.most_key_distance}};
}

}  // namespace

base::Status inspect_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const auto source, open_input(context, "media"));
  ASSIGN_OR_RETURN(const Rational fps,
                   Rational::parse(context.params().value("fps", std::string("0"))));
  ASSIGN_OR_RETURN(const media::MediaInfo info, media::probe(*source));
  for (const std::string& w : info.warnings) context.events.warning({.text = w});
  json result = json_of(info);
  for (const media::StreamKind kind : {media::StreamKind::kVideo, media::StreamKind::kAudio}) {
    if (info.still || info.find(kind) == nullptr) continue;
    const bool video = kind == media::StreamKind::kVideo;
    // The watchdog hears of it.
    context.events.progress({video ? 0 : 1, 2, "inspect"});
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    ASSIGN_OR_RETURN(
        const media::Timing timing,
        media::read_timing(
            *source, {.kind = kind, .step = video && fps > 0 ? Rational(1) / fps : Rational(0)}));
    result["timing"][video ? "video" : "audio"] = json_of(timing);
  }
  context.events.result(std::move(result));
  return {};
}

}  // namespace rushes::render
