#include "recording.h"

#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "base/decimal.h"
#include "base/uri.h"
#include "numbers.h"
#include "task_json.h"
#include "time_text.h"

namespace rushes::app {
namespace {

using nlohmann::json;

base::Result<std::optional<RecordedTime>> time_of(const std::string& text, const char* option,
                                                  const std::string& clock_offset) {
  if (text.empty()) return std::optional<RecordedTime>();
  ASSIGN_OR_RETURN(const json time, parse_time(text, option, clock_offset));
  RecordedTime out;
  if (time.contains("frame")) {
    out.frame = time["frame"].get<int64_t>();
  } else if (time.contains("seconds")) {
    ASSIGN_OR_RETURN(out.seconds, base::Rational::parse(time["seconds"].get<std::string>()));
  } else {
    ASSIGN_OR_RETURN(out.clock, base::Rational::parse(time["clock"].get<std::string>()));
  }
  return std::optional(out);
}

// By how many seconds the end of a recording comes before what was asked for as the end, if that is
// a frame or more.
base::Rational missed_by(const Recording& recording, const std::optional<RecordedTime>& to) {
  if (!to || recording.frames <= 0) return 0;
  const json& info = recording.chapters.at(0).info;
  base::Rational fps, wanted;
  for (const json& stream : info.value("streams", json::array())) {
    const auto rate = base::Rational::parse(stream.value("frame_rate", "0"));
    if (rate.ok() && fps <= 0) fps = *rate;
  }
  if (fps <= 0) return 0;
  if (to->seconds) {
    wanted = *to->seconds;
  } else if (!to->clock) {
    wanted = base::Rational(to->frame) / fps;
  } else {
    const auto made = parse_time(info.value("creation_time", ""), "");
    const auto began = made.ok() ? base::Rational::parse(made->value("clock", "")) : made.error();
    if (!began.ok()) return 0;
    wanted = *to->clock - *began;
  }
  const base::Rational missed = wanted - base::Rational(recording.frames) / fps;
  return missed * fps >= 1 ? missed : base::Rational(0);
}

}  // namespace

base::Result<TranscodeSpan> parse_span(const std::string& from, const std::string& to,
                                       const std::string& clock_offset) {
  TranscodeSpan span;
  RETURN_IF_ERROR(check_clock_offset(clock_offset));
  ASSIGN_OR_RETURN(span.from, time_of(from, "--from", clock_offset));
  ASSIGN_OR_RETURN(span.to, time_of(to, "--to", clock_offset));
  return span;
}

base::Result<Recording> read_recording(const RecordingRequest& request, TaskRunner& runner) {
  Recording out;
  std::map<std::string, std::string> addresses;
  for (const std::string& path : request.chapters) {
    json task = probe_task(path, request.store);
    if (request.looks_behind && !base::is_uri(path)) task["params"]["behind"] = true;
    auto outcomes = runner.run({{"probe", std::move(task)}});
    if (!outcomes.ok()) return of_file(std::move(outcomes).error(), path);
    std::string src = path;
    if (base::shown_uri(path) != path) {
      src = hidden_address(path, addresses.size() + 1);
      addresses[src] = path;
    }
    out.chapters.push_back({std::move(src), std::move((*outcomes)[0].result)});
  }
  auto timeline = transcode_timeline(request.preset.document, out.chapters, request.span);
  if (!timeline.ok()) return std::move(timeline).error().in("\"" + request.input + "\"");
  for (const std::string& text : timeline->warnings) {
    runner.warn(kRateChosen, text, request.input);
  }
  out.begins = timeline->begins;
  out.frames = timeline->frames;
  out.seconds = timeline->seconds;
  if (const base::Rational missed = missed_by(out, request.span.to); missed > 0) {
    runner.warn(0, "ends " + base::decimal(missed) + " s earlier than asked", request.input);
  }
  const std::filesystem::path first = request.chapters.at(0);
  const bool is_remote = base::is_uri(request.chapters.at(0));
  out.timeline =
      timeline_of(timeline->document.dump(2), request.input + " as " + request.preset.name,
                  (is_remote ? std::filesystem::current_path() : first.parent_path()).string());
  out.timeline.addresses = std::move(addresses);
  out.access.private_web = true;
  for (const std::string& chapter : request.chapters) {
    if (base::is_uri(chapter)) out.access.roots.push_back(chapter);
  }
  return out;
}

}  // namespace rushes::app
