#include "schema/media_type.h"

#include <array>
#include <utility>

#include "schema/codecs.h"

namespace rushes::schema {

std::string media_type_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypes = {{
      {".m4s", "video/iso.segment"},
      {".m3u8", "application/vnd.apple.mpegurl"},
      {".mpd", "application/dash+xml"},
      {".vtt", "text/vtt"},
      {".jpg", "image/jpeg"},
      {".png", "image/png"},
      {".json", "application/json"},
      {".html", "text/html; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".srt", "application/x-subrip"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return std::string(type);
  }
  if (const Container* container = container_of(name)) return std::string(container->media_type);
  return "application/octet-stream";
}

}  // namespace rushes::schema
