#include "frame_range.h"

#include <charconv>

#include "base/rational.h"
#include "numbers.h"

namespace rushes::app {
namespace {

base::Error wrong(const std::string& message) {
  base::Error error = base::invalid_argument(message);
  error.number = kFrameRange;
  return error;
}

bool parse_number(std::string_view text, int64_t& value) {
  if (text.empty()) return true;  // keeps what it was
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0;
}

}  // namespace

base::Result<FrameRange> parse_frames(const std::string& text, const ProgramSummary& program) {
  FrameRange range{0, program.frames};
  if (text.empty()) return range;
  const size_t colon = text.find(':');
  const std::string_view all = text;
  if (colon == std::string::npos || !parse_number(all.substr(0, colon), range.first) ||
      !parse_number(all.substr(colon + 1), range.end)) {
    return wrong("--frames wants A:B, such as 0:90 (is \"" + text + "\")");
  }
  if (range.first >= range.end || range.end > program.frames) {
    return wrong("--frames " + text + ": the video has frames 0 to " +
                 std::to_string(program.frames - 1) + ", and A must be less than B");
  }
  return range;
}

base::Result<base::Rational> parse_seconds(const std::string& text, const std::string& flag) {
  std::string_view number = text;
  if (number.ends_with('s')) number.remove_suffix(1);
  auto seconds = base::Rational::parse(number);
  if (!seconds.ok() || *seconds <= 0 || *seconds > base::Rational(86400)) {
    return usage_error(flag + " wants seconds, such as 2s (is \"" + text + "\")");
  }
  return seconds;
}

base::Result<int64_t> frame_at(const std::string& seconds, const ProgramSummary& program) {
  const auto time = base::Rational::parse(seconds);
  if (!time.ok()) return wrong("--still wants seconds, such as 2.5 (is \"" + seconds + "\")");
  ASSIGN_OR_RETURN(const base::Rational fps, base::Rational::parse(program.fps_text));
  const int64_t frame = (*time * fps).floor();
  if (frame < 0 || frame >= program.frames) {
    return wrong("--still " + seconds + ": the video lasts " + program.duration_text + " s");
  }
  return frame;
}

}  // namespace rushes::app
