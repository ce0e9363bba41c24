#include "qc/figures.h"

#include <utility>

namespace rushes::qc {
namespace {

using nlohmann::json;

// The fields of a frame, in the order of its array.
json array_of(const FrameFigures& f) {
  return {f.ssim,     f.error[0], f.error[1],       f.error[2], f.shift[0],        f.shift[1],
          f.shift[2], f.dark,     f.reference_dark, f.moved,    f.reference_moved, f.fresh ? 1 : 0};
}

FrameFigures frame_from(const json& a) {
  FrameFigures f;
  f.ssim = a.at(0).get<int64_t>();
  for (size_t i = 0; i < 3; ++i) {
    f.error[i] = a.at(1 + i).get<uint64_t>();
    f.shift[i] = a.at(4 + i).get<int64_t>();
  }
  f.dark = a.at(7).get<uint64_t>();
  f.reference_dark = a.at(8).get<uint64_t>();
  f.moved = a.at(9).get<uint64_t>();
  f.reference_moved = a.at(10).get<uint64_t>();
  f.fresh = a.at(11).get<int>() != 0;
  return f;
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

template <class T>
std::optional<T> optional_from(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

json loudness_json(const SoundLoudness& l) {
  return {or_null(l.integrated_lufs), or_null(l.true_peak_db), l.range_lu};
}

SoundLoudness loudness_from(const json& a) {
  return {optional_from<double>(a.at(0)), optional_from<double>(a.at(1)), a.at(2).get<double>()};
}

json offset_json(const std::optional<SoundOffset>& offset) {
  if (!offset) return nullptr;
  return {offset->seconds.to_string(), offset->match};
}

base::Result<std::optional<SoundOffset>> offset_from(const json& a) {
  if (a.is_null()) return std::optional<SoundOffset>();
  SoundOffset out{.match = a.at(1).get<int>()};
  ASSIGN_OR_RETURN(out.seconds, Rational::parse(a.at(0).get<std::string>()));
  return std::optional(out);
}

// What is no list would be taken for an empty one.
const json& list_at(const json& object, const char* key) {
  return object.at(key).get_ref<const json::array_t&>(), object.at(key);
}

base::Result<Rational> rational_from(const json& object, const char* key) {
  return Rational::parse(object.at(key).get<std::string>());
}

base::Result<SegmentFigures> read_segment(const json& in) {
  SegmentFigures out;
  out.first = in.at("first").get<int64_t>();
  out.end = in.at("end").get<int64_t>();
  out.width = in.at("width").get<int>();
  out.height = in.at("height").get<int>();
  out.chroma = in.at("chroma").get<bool>();
  out.damaged = in.at("damaged").get<int64_t>();
  out.error = in.at("error").get<std::string>();
  if (out.first < 0 || out.end <= out.first || out.width < 1 || out.height < 1) {
    return base::internal("figures of a segment: out of range");
  }
  const json& frames = list_at(in, "frames");
  if (static_cast<int64_t>(frames.size()) > out.end - out.first) {
    return base::internal("figures of a segment: too many frames");
  }
  out.frames.reserve(frames.size());
  for (const json& frame : frames) out.frames.push_back(frame_from(frame));
  return out;
}

base::Result<SoundFigures> read_sound(const json& in) {
  SoundFigures out;
  out.has_output = in.at("has_output").get<bool>();
  out.has_reference = in.at("has_reference").get<bool>();
  out.sample_rate = in.at("sample_rate").get<int>();
  out.reference_rate = in.at("reference_rate").get<int>();
  out.channels = in.at("channels").get<int>();
  ASSIGN_OR_RETURN(out.begins, rational_from(in, "begins"));
  ASSIGN_OR_RETURN(out.length, rational_from(in, "length"));
  ASSIGN_OR_RETURN(out.reference_length, rational_from(in, "reference_length"));
  out.loudness = loudness_from(in.at("loudness"));
  out.reference_loudness = loudness_from(in.at("reference_loudness"));
  out.clipped = in.at("clipped").get<int64_t>();
  out.reference_clipped = in.at("reference_clipped").get<int64_t>();
  out.damaged = in.at("damaged").get<int64_t>();
  for (const json& s : list_at(in, "seconds")) {
    out.seconds.push_back(
        {optional_from<int>(s.at(0)), optional_from<int>(s.at(1)), optional_from<int>(s.at(2))});
  }
  for (const json& s : list_at(in, "silent")) {
    out.silent.push_back({s.at(0).get<int64_t>(), s.at(1).get<int64_t>(), s.at(2).get<bool>()});
  }
  ASSIGN_OR_RETURN(out.offset_begin, offset_from(in.at("offset_begin")));
  ASSIGN_OR_RETURN(out.offset_end, offset_from(in.at("offset_end")));
  return out;
}

// The JSON library throws where something is missing or of another type.
template <class F>
auto guarded(const char* what, F read) -> decltype(read()) {
  try {
    return read();
  } catch (const json::exception& error) {
    return base::internal(std::string(what) + ": " + error.what());
  }
}

}  // namespace

int64_t SegmentFigures::windows() const {
  const int64_t columns = width / 4;
  const int64_t rows = height / 4;
  return columns < 2 || rows < 2 ? 0 : (columns - 1) * (rows - 1);
}

json json_of(const SegmentFigures& segment) {
  json out = {{"first", segment.first},   {"end", segment.end},       {"width", segment.width},
              {"height", segment.height}, {"chroma", segment.chroma}, {"damaged", segment.damaged},
              {"error", segment.error},   {"frames", json::array()}};
  for (const FrameFigures& f : segment.frames) out["frames"].push_back(array_of(f));
  return out;
}

base::Result<SegmentFigures> segment_from_json(const json& json) {
  return guarded("figures of a segment", [&] { return read_segment(json); });
}

json json_of(const SoundFigures& s) {
  json out = {{"has_output", s.has_output},
              {"has_reference", s.has_reference},
              {"sample_rate", s.sample_rate},
              {"reference_rate", s.reference_rate},
              {"channels", s.channels},
              {"begins", s.begins.to_string()},
              {"length", s.length.to_string()},
              {"reference_length", s.reference_length.to_string()},
              {"loudness", loudness_json(s.loudness)},
              {"reference_loudness", loudness_json(s.reference_loudness)},
              {"clipped", s.clipped},
              {"reference_clipped", s.reference_clipped},
              {"damaged", s.damaged},
              {"seconds", json::array()},
              {"silent", json::array()},
              {"offset_begin", offset_json(s.offset_begin)},
              {"offset_end", offset_json(s.offset_end)}};
  for (const SoundSecond& second : s.seconds) {
    out["seconds"].push_back(
        {or_null(second.level), or_null(second.reference_level), or_null(second.match)});
  }
  for (const Stretch& t : s.silent) out["silent"].push_back({t.first, t.end, t.in_reference});
  return out;
}

base::Result<SoundFigures> sound_from_json(const json& json) {
  return guarded("figures of the sound", [&] { return read_sound(json); });
}

}  // namespace rushes::qc
