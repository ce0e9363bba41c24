#include "render/media_json.h"

namespace rushes::render {
namespace {

using nlohmann::json;

std::string_view name_of(media::StreamKind kind) {
  switch (kind) {
    case media::StreamKind::kVideo: return "video";
    case media::StreamKind::kAudio: return "audio";
    case media::StreamKind::kSubtitle: return "subtitle";
    case media::StreamKind::kData: return "data";
  }
  return "data";
}

void put_if(json& out, const char* key, const std::string& value) {
  if (!value.empty()) out[key] = value;
}

void add_video(json& out, const media::VideoInfo& v) {
  out["width"] = v.width;
  out["height"] = v.height;
  out["display_width"] = v.display_width;
  out["display_height"] = v.display_height;
  out["sample_aspect"] = v.sample_aspect.to_string();
  out["rotation"] = v.orientation.rotation;
  out["flip"] = v.orientation.flip;
  out["pixel_format"] = v.pixel_format;
  out["depth"] = v.depth;
  out["alpha"] = v.alpha;
  out["interlaced"] = v.interlaced;
  out["hdr"] = v.hdr;
  put_if(out, "matrix", v.matrix);
  put_if(out, "range", v.range);
  put_if(out, "primaries", v.primaries);
  put_if(out, "transfer", v.transfer);
  put_if(out, "chroma_site", v.site);
  if (v.frame_rate > base::Rational(0)) out["frame_rate"] = v.frame_rate.to_string();
  out["variable_frame_rate"] = v.variable_frame_rate;
  for (const media::Pace& pace : v.paces) {
    out["paces"].push_back({{"fps", pace.fps.to_string()},
                            {"pictures", pace.pictures},
                            {"left_out", pace.left_out},
                            {"repeated", pace.repeated}});
  }
  if (v.frames) out["frames"] = *v.frames;
  if (v.attached_picture) out["attached_picture"] = true;
}

json json_of(const media::StreamInfo& s) {
  json out = {{"kind", name_of(s.kind)}, {"index", s.index}, {"codec", s.codec}};
  put_if(out, "profile", s.profile);
  put_if(out, "language", s.language);
  if (s.bit_rate > 0) out["bit_rate"] = s.bit_rate;
  out["start"] = s.start.to_string();
  if (s.duration) out["duration"] = s.duration->to_string();
  if (s.kind == media::StreamKind::kVideo) add_video(out, s.video);
  if (s.kind == media::StreamKind::kAudio) {
    out["sample_rate"] = s.audio.sample_rate;
    out["channels"] = s.audio.channels;
    put_if(out, "layout", s.audio.layout);
  }
  return out;
}

}  // namespace

json json_of(const media::MediaInfo& info) {
  json out = {
      {"version", 1},        {"container", info.container}, {"duration", info.duration.to_string()},
      {"still", info.still}, {"animated", info.animated},   {"streams", json::array()}};
  if (info.bit_rate > 0) out["bit_rate"] = info.bit_rate;
  put_if(out, "creation_time", info.creation_time);
  for (const media::StreamInfo& s : info.streams) out["streams"].push_back(json_of(s));
  return out;
}

}  // namespace rushes::render
