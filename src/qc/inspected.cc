#include "qc/inspected.h"

namespace rushes::qc {
namespace {

using nlohmann::json;

base::Result<std::vector<TimeFault>> faults_from(const json& list) {
  std::vector<TimeFault> out;
  for (const json& f : list) {
    TimeFault fault{.frame = f.at("packet").get<int64_t>(), .at = {}, .step = {}};
    ASSIGN_OR_RETURN(fault.at, Rational::parse(f.at("at").get<std::string>()));
    ASSIGN_OR_RETURN(fault.step, Rational::parse(f.at("step").get<std::string>()));
    out.push_back(fault);
  }
  return out;
}

base::Result<TrackTiming> timing_from(const json& in) {
  TrackTiming t;
  t.packets = in.at("packets").get<int64_t>();
  ASSIGN_OR_RETURN(t.first, Rational::parse(in.at("first").get<std::string>()));
  ASSIGN_OR_RETURN(t.length, Rational::parse(in.at("length").get<std::string>()));
  t.gap_count = in.at("gap_count").get<int64_t>();
  t.double_count = in.at("double_count").get<int64_t>();
  ASSIGN_OR_RETURN(t.gaps, faults_from(in.at("gaps")));
  ASSIGN_OR_RETURN(t.doubles, faults_from(in.at("doubles")));
  t.untimed = in.at("untimed").get<int64_t>();
  t.damaged = in.at("damaged").get<int64_t>();
  t.bytes = in.at("bytes").get<uint64_t>();
  t.bytes_of_second = in.at("bytes_of_second").get<std::vector<uint64_t>>();
  t.keyframes = in.at("keyframes").get<int64_t>();
  t.least_key_distance = in.at("least_key_distance").get<int64_t>();
  t.most_key_distance = in.at("most_key_distance").get<int64_t>();
  return t;
}

base::Result<InspectedVideo> video_from(const json& stream, const json& timing) {
  InspectedVideo v;
  v.codec = stream.at("codec").get<std::string>();
  v.profile = stream.value("profile", "");
  v.pixel_format = stream.at("pixel_format").get<std::string>();
  v.width = stream.at("display_width").get<int>();
  v.height = stream.at("display_height").get<int>();
  v.rotation = stream.at("rotation").get<int>();
  v.sample_aspect = stream.at("sample_aspect").get<std::string>();
  v.frame_rate = stream.value("frame_rate", "");
  v.matrix = stream.value("matrix", "");
  v.range = stream.value("range", "");
  v.primaries = stream.value("primaries", "");
  v.transfer = stream.value("transfer", "");
  ASSIGN_OR_RETURN(v.timing, timing_from(timing));
  return v;
}

base::Result<InspectedAudio> audio_from(const json& stream, const json& timing) {
  InspectedAudio a;
  a.codec = stream.at("codec").get<std::string>();
  a.profile = stream.value("profile", "");
  a.layout = stream.value("layout", "");
  a.sample_rate = stream.at("sample_rate").get<int>();
  a.channels = stream.at("channels").get<int>();
  ASSIGN_OR_RETURN(a.timing, timing_from(timing));
  return a;
}

base::Result<Inspected> read(const json& result) {
  Inspected out;
  out.container = result.at("container").get<std::string>();
  const json timing = result.value("timing", json::object());
  for (const json& stream : result.at("streams")) {
    const auto kind = stream.at("kind").get<std::string>();
    if (kind == "video" && !stream.value("attached_picture", false) && !out.video &&
        timing.contains("video")) {
      ASSIGN_OR_RETURN(out.video, video_from(stream, timing.at("video")));
    } else if (kind == "audio" && !out.audio && timing.contains("audio")) {
      ASSIGN_OR_RETURN(out.audio, audio_from(stream, timing.at("audio")));
    }
  }
  return out;
}

}  // namespace

base::Result<Inspected> inspected_from_json(const json& result) {
  try {
    return read(result);
  } catch (const json::exception& error) {
    return base::internal(std::string("what was inspected: ") + error.what());
  }
}

}  // namespace rushes::qc
