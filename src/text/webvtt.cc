#include "text/webvtt.h"

#include <string_view>

#include "schema/formats.h"

namespace rushes::text {
namespace {

// Text is no mark-up, and an empty line would end its cue.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\n':
        if (!out.empty() && out.back() != '\n') out += c;
        break;
      default: out += c;
    }
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace

std::string webvtt(const std::vector<schema::Cue>& cues, const base::Rational& from,
                   const base::Rational& until) {
  std::string out = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n";
  for (const schema::Cue& cue : cues) {
    if (cue.start >= until || cue.end <= from) continue;
    const std::string text = escaped(cue.text);
    if (text.empty()) continue;
    out += "\n" + schema::webvtt_time(cue.start) + " --> " + schema::webvtt_time(cue.end) + "\n" +
           text + "\n";
  }
  return out;
}

}  // namespace rushes::text
