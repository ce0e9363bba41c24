#include "engine/font_json.h"

#include <cstdint>
#include <string>
#include <utility>

namespace rushes::engine {
namespace {

using nlohmann::json;

constexpr char32_t kLastCodePoint = 0x10ffff;
constexpr size_t kMaxFamilies = 1000;
constexpr size_t kMaxFaces = 4096;

base::Error broken() { return base::internal("the jailed process broke the protocol: fonts"); }

base::Result<std::vector<std::string>> texts(const json& list) {
  std::vector<std::string> result;
  if (!list.is_array() || list.size() > kMaxFamilies) return broken();
  for (const json& value : list) {
    if (!value.is_string()) return broken();
    result.push_back(value.get<std::string>());
  }
  return result;
}

base::Result<std::vector<char32_t>> code_points(const json& list) {
  std::vector<char32_t> result;
  for (const json& value : list) {
    if (!value.is_number_unsigned() || value > kLastCodePoint) return broken();
    result.push_back(value.get<char32_t>());
  }
  return result;
}

base::Result<text::FontFace> face_from_json(const json& value) {
  const auto is_text = [&](const char* key) {
    return value.contains(key) && value[key].is_string();
  };
  const auto is_count = [&](const char* key) {
    return value.contains(key) && value[key].is_number_unsigned() && value[key] <= INT32_MAX;
  };
  const auto is_flag = [&](const char* key) {
    return value.contains(key) && value[key].is_boolean();
  };
  if (!value.is_object() || !is_text("path") || !is_text("family") || !is_text("style") ||
      !is_count("index") || !is_count("weight") || !is_flag("italic") || !is_flag("normal_width") ||
      !is_flag("color") || !value.contains("families") || !value.contains("coverage") ||
      !value["coverage"].is_array()) {
    return broken();
  }
  text::FontFace face;
  face.file = {value["path"].get<std::string>(), value["index"].get<int>(),
               value["family"].get<std::string>()};
  ASSIGN_OR_RETURN(face.families, texts(value["families"]));
  face.style = value["style"].get<std::string>();
  face.weight = value["weight"].get<int>();
  face.italic = value["italic"].get<bool>();
  face.normal_width = value["normal_width"].get<bool>();
  face.color = value["color"].get<bool>();
  ASSIGN_OR_RETURN(const std::vector<char32_t> ends, code_points(value["coverage"]));
  if (ends.size() % 2 != 0) return broken();
  for (size_t i = 0; i < ends.size(); i += 2) {
    // Ascending and disjoint, as text::FontFace promises.
    if (ends[i] > ends[i + 1] || (i > 0 && ends[i] <= ends[i - 1])) return broken();
    face.coverage.push_back({ends[i], ends[i + 1]});
  }
  return face;
}

}  // namespace

json to_json(const text::FontRequest& request) {
  json points = json::array();
  for (char32_t c : request.code_points) points.push_back(static_cast<uint32_t>(c));
  return {{"type", "find_fonts"},
          {"families", request.families},
          {"code_points", std::move(points)},
          {"substitute", request.substitute}};
}

json to_json(const std::vector<text::FontFace>& faces) {
  json list = json::array();
  for (const text::FontFace& face : faces) {
    json coverage = json::array();
    for (const text::CodeRange& range : face.coverage) {
      coverage.push_back(static_cast<uint32_t>(range.first));
      coverage.push_back(static_cast<uint32_t>(range.last));
    }
    list.push_back({{"path", face.file.path},
                    {"index", static_cast<unsigned>(face.file.index)},
                    {"family", face.file.family},
                    {"families", face.families},
                    {"style", face.style},
                    {"weight", static_cast<unsigned>(face.weight)},
                    {"italic", face.italic},
                    {"normal_width", face.normal_width},
                    {"color", face.color},
                    {"coverage", std::move(coverage)}});
  }
  return {{"type", "add_fonts"}, {"faces", std::move(list)}};
}

base::Result<text::FontRequest> request_from_json(const json& line) {
  text::FontRequest request;
  ASSIGN_OR_RETURN(request.families, texts(line["families"]));
  ASSIGN_OR_RETURN(request.code_points, code_points(line["code_points"]));
  request.substitute = line["substitute"].get<bool>();
  return request;
}

base::Result<std::vector<text::FontFace>> faces_from_json(const json& line) {
  std::vector<text::FontFace> faces;
  if (line["faces"].size() > kMaxFaces) return broken();
  for (const json& value : line["faces"]) {
    ASSIGN_OR_RETURN(text::FontFace face, face_from_json(value));
    faces.push_back(std::move(face));
  }
  return faces;
}

}  // namespace rushes::engine
