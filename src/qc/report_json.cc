#include <algorithm>
#include <cmath>

#include "qc/report.h"

namespace rushes::qc {
namespace {

using nlohmann::json;

double rounded(double x, int digits) {
  double unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  return std::round(x * unit) / unit;
}
double seconds(const Rational& t) { return rounded(t.to_double(), 6); }
json or_null(const std::optional<double>& x, int digits) {
  return x ? json(rounded(*x, digits)) : json();
}
json level_json(const Level& level) { return level ? json(*level / 100.0) : json(); }

json faults_json(const std::vector<TimeFault>& faults) {
  json list = json::array();
  for (const TimeFault& f : faults) {
    list.push_back({{"frame", f.frame}, {"at", seconds(f.at)}, {"step", seconds(f.step)}});
  }
  return list;
}

json frames_json(const Report& r) {
  json out = {{"planned", r.plan.frames},
              {"packets", r.inspected.video ? r.inspected.video->timing.packets : 0}};
  if (r.pictures) {
    out["compared"] = r.pictures->compared;
    out["missing"] = r.pictures->missing.count;
    out["repeated"] = r.pictures->repeated.count;
    out["damaged"] = r.pictures->damaged;
  }
  return out;
}

json length_json(const Report& r) {
  json out = {{"planned", seconds(r.plan.seconds())},
              {"picture", nullptr},
              {"sound", nullptr},
              {"difference", nullptr}};
  if (!r.inspected.video) return out;
  const Rational picture = r.inspected.video->timing.length;
  out["picture"] = seconds(picture);
  if (r.sound && r.sound->has_output) {
    out["sound"] = seconds(r.sound->length);
    out["difference"] = seconds(r.sound->length - picture);
  }
  return out;
}

json second_json(const Pictures& p, const PictureSecond& s) {
  return {{"ssim", or_null(p.ssim(s), 5)},
          {"psnr_y", or_null(p.psnr(s, 0), 2)},
          {"psnr_cb", p.chroma ? or_null(p.psnr(s, 1), 2) : json()},
          {"psnr_cr", p.chroma ? or_null(p.psnr(s, 2), 2) : json()}};
}

json picture_json(const Pictures& p) {
  json out = {{"mean", second_json(p, p.whole())}, {"worst", json::array()}};
  constexpr size_t kWorst = 5;
  for (const size_t i : worst_seconds(p, kWorst)) {
    json worst = second_json(p, p.seconds[i]);
    worst["at"] = i;
    worst["frame"] = p.seconds[i].worst_frame;
    out["worst"].push_back(std::move(worst));
  }
  return out;
}

json offset_json(const std::optional<SoundOffset>& offset) {
  return offset ? json(seconds(offset->seconds)) : json();
}

json loudness_json(const SoundLoudness& l) {
  return {{"integrated_lufs", or_null(l.integrated_lufs, 2)},
          {"true_peak_db", or_null(l.true_peak_db, 2)},
          {"range_lu", rounded(l.range_lu, 2)}};
}

json sound_json(const Plan& plan, const SoundFigures& s) {
  json out = {{"expected", s.has_reference}, {"found", s.has_output}};
  if (s.has_output) {
    out["begins"] = seconds(s.begins);
    out["loudness"] = loudness_json(s.loudness);
    out["clipped"] = s.clipped;
    out["damaged"] = s.damaged;
  }
  if (s.has_reference) out["reference_loudness"] = loudness_json(s.reference_loudness);
  out["target"] = {{"integrated_lufs", or_null(plan.target_lufs, 2)},
                   {"true_peak_db", or_null(plan.true_peak_db, 2)}};
  out["offset"] = {{"begin", offset_json(s.offset_begin)}, {"end", offset_json(s.offset_end)}};
  return out;
}

json rate_json(const TrackTiming& t) {
  const auto most = std::ranges::max_element(t.bytes_of_second);
  json out = {{"mean", nullptr}, {"most", nullptr}, {"most_at", nullptr}};
  if (t.length > 0) {
    out["mean"] = std::llround(static_cast<double>(t.bytes) * 8 / t.length.to_double());
  }
  if (most != t.bytes_of_second.end()) {
    out["most"] = *most * 8;
    out["most_at"] = most - t.bytes_of_second.begin();
  }
  return out;
}

json video_json(const InspectedVideo& v) {
  const TrackTiming& t = v.timing;
  json mean = nullptr;
  if (t.keyframes > 0) {
    mean = rounded(static_cast<double>(t.packets) / static_cast<double>(t.keyframes), 2);
  }
  return {{"codec", v.codec},
          {"profile", v.profile},
          {"pixel_format", v.pixel_format},
          {"width", v.width},
          {"height", v.height},
          {"rotation", v.rotation},
          {"sample_aspect", v.sample_aspect},
          {"frame_rate", v.frame_rate},
          {"matrix", v.matrix},
          {"range", v.range},
          {"primaries", v.primaries},
          {"transfer", v.transfer},
          {"bytes", t.bytes},
          {"bit_rate", rate_json(t)},
          {"keyframes",
           {{"count", t.keyframes},
            {"least_distance", t.least_key_distance},
            {"most_distance", t.most_key_distance},
            {"frames_each", std::move(mean)}}}};
}

json audio_json(const InspectedAudio& a) {
  return {{"codec", a.codec},
          {"profile", a.profile},
          {"layout", a.layout},
          {"sample_rate", a.sample_rate},
          {"channels", a.channels},
          {"bytes", a.timing.bytes},
          {"bit_rate", rate_json(a.timing)}};
}

json seconds_json(const Report& r) {
  const std::vector<uint64_t> none;
  const auto& bytes = r.inspected.video ? r.inspected.video->timing.bytes_of_second : none;
  const size_t pictures = r.pictures ? r.pictures->seconds.size() : 0;
  const size_t sounds = r.sound ? r.sound->seconds.size() : 0;
  json list = json::array();
  for (size_t i = 0; i < std::max({bytes.size(), pictures, sounds}); ++i) {
    json one = {{"at", i}};
    if (i < pictures) one.update(second_json(*r.pictures, r.pictures->seconds[i]));
    if (i < bytes.size()) one["bit_rate"] = bytes[i] * 8;
    if (i < sounds) {
      const SoundSecond& s = r.sound->seconds[i];
      one["level_db"] = level_json(s.level);
      one["reference_level_db"] = level_json(s.reference_level);
      one["match"] = s.match ? json(*s.match / 1000.0) : json();
    }
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace

json json_of(const Report& r) {
  json out = {{"version", 1},
              {"output", r.plan.output},
              {"against", r.plan.against},
              {"verdict", name_of(r.verdict)},
              {"limits", {{"ssim", r.least_ssim}}},
              {"reasons", json::array()},
              {"frames", frames_json(r)},
              {"length", length_json(r)},
              {"stretches", json::array()},
              {"video", r.inspected.video ? video_json(*r.inspected.video) : json()},
              {"audio", r.inspected.audio ? audio_json(*r.inspected.audio) : json()},
              {"picture", r.pictures ? picture_json(*r.pictures) : json()},
              {"sound", r.sound ? sound_json(r.plan, *r.sound) : json()},
              {"seconds", seconds_json(r)}};
  for (const Reason& reason : r.reasons) {
    json one = {
        {"severity", name_of(reason.severity)}, {"what", reason.what}, {"text", reason.text}};
    if (reason.at) one["at"] = rounded(*reason.at, 3);
    out["reasons"].push_back(std::move(one));
  }
  const TrackTiming none;
  const TrackTiming& t = r.inspected.video ? r.inspected.video->timing : none;
  out["timestamps"] = {{"gaps", faults_json(t.gaps)},
                       {"gap_count", t.gap_count},
                       {"doubles", faults_json(t.doubles)},
                       {"double_count", t.double_count},
                       {"untimed", t.untimed},
                       {"first", seconds(t.first)}};
  for (const NamedStretch& s : r.stretches) {
    out["stretches"].push_back({{"kind", name_of(s.kind)},
                                {"from", seconds(s.from)},
                                {"to", seconds(s.to)},
                                {"in_reference", s.in_reference}});
  }
  return out;
}

}  // namespace rushes::qc
