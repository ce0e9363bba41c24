#include "media/sniff.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

namespace rushes::media {
namespace {

constexpr size_t kHead = 4096;

struct TextKind {
  std::string_view start;  // in lower case
  std::string_view what;
};

// Longer starts before the shorter ones that they begin with.
constexpr std::array kTextKinds = {
    TextKind{"#ext-x-", "an HLS playlist"},
    TextKind{"ffconcat", "an FFmpeg concat script (a playlist)"},
    TextKind{"file '", "an FFmpeg concat script (a playlist)"},
    TextKind{"file ", "an FFmpeg concat script (a playlist)"},
    TextKind{";ffmetadata", "a metadata file"},
    TextKind{"[playlist]", "a PLS playlist"},
    TextKind{"[reference]", "an ASX playlist"},
    TextKind{"<asx", "an ASX playlist"},
    TextKind{"<smil", "a SMIL playlist"},
    TextKind{"<mpd", "a DASH manifest (a playlist)"},
    TextKind{"<smoothstreamingmedia", "a Smooth Streaming manifest (a playlist)"},
    TextKind{"<playlist", "an XSPF playlist"},
    TextKind{"rtsp://", "a link to a stream (a playlist)"},
    TextKind{"http://", "a link (a playlist)"},
    TextKind{"https://", "a link (a playlist)"},
    TextKind{"v=0", "an SDP session description (a playlist)"},
    TextKind{"<svg", "an SVG drawing"},
    TextKind{"<!doctype html", "an HTML page"},
    TextKind{"<html", "an HTML page"},
};

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// Text has no control characters but white space, in its first bytes at least. UTF-8 and Latin text
// pass; the many containers that begin with letters soon hold a zero.
bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x20 || u == '\t' || u == '\n' || u == '\r' || u == '\f';
  });
}

std::string_view trimmed(std::string_view text) {
  if (starts_with(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  return text;
}

// The root element's start, past declarations and comments.
std::string_view past_prolog(std::string_view text) {
  for (int i = 0; i < 16; ++i) {
    text = trimmed(text);
    const std::string_view end = starts_with(text, "<?")     ? "?>"
                                 : starts_with(text, "<!--") ? "-->"
                                                             : "";
    if (end.empty()) break;
    const size_t at = text.find(end);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + end.size());
  }
  return text;
}

// What a text is, or nothing when it is not one that we know.
std::string_view kind_of(std::string_view text) {
  text = past_prolog(text);
  if (starts_with(text, "#extm3u")) {
    return text.find("#ext-x-") != std::string_view::npos ? "an HLS playlist" : "an M3U playlist";
  }
  for (const TextKind& kind : kTextKinds) {
    if (starts_with(text, kind.start)) return kind.what;
  }
  // Comments and options may come before the first entry of a script.
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    const std::string_view line = trimmed(text.substr(at + 1));
    if (starts_with(line, "file ") || starts_with(line, "ffconcat")) return kTextKinds[1].what;
    if (starts_with(line, "#ext-x-")) return kTextKinds[0].what;
  }
  return {};
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

}  // namespace

base::Result<Sniffed> sniff(const base::ByteSource& source) {
  std::array<std::byte, kHead> bytes;
  ASSIGN_OR_RETURN(const size_t size, source.read_at(0, bytes));
  if (size == 0) return base::invalid_argument("the file is empty");
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), size);
  if (starts_with(head, "\xFF\xD8\xFF")) return Sniffed::kJpeg;
  if (starts_with(head, "\x89PNG\r\n\x1A\n")) return Sniffed::kPng;
  if (starts_with(head, "RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") {
    return Sniffed::kWebp;
  }
  // A playlist with a few stray bytes in it is a playlist still.
  const std::string lower = lower_case(head);
  if (const std::string_view kind = kind_of(lower);
      !kind.empty() && (is_text(head) || starts_with(trimmed(lower), "#extm3u") ||
                        starts_with(trimmed(lower), "ffconcat"))) {
    return base::invalid_argument("is " + std::string(kind) + ", not media");
  }
  if (is_text(head)) return base::invalid_argument("is text, not media");
  if (std::all_of(head.begin(), head.end(), [](char c) { return c == 0; })) {
    return base::invalid_argument("begins with nothing but zeros: it is not media");
  }
  return Sniffed::kOther;
}

}  // namespace rushes::media
