#include "text/webvtt.h"

#include <fmt/format.h>

#include <string_view>

namespace rushes::text {
namespace {

// "01:02:03.004".
std::string time_text(const base::Rational& seconds) {
  const int64_t ms = (seconds * 1000).round();
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60,
                     ms % 1000);
}

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
    out += "\n" + time_text(cue.start) + " --> " + time_text(cue.end) + "\n" + text + "\n";
  }
  return out;
}

}  // namespace rushes::text
