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

// The timeline's output is made of the preset, the rest of the recording.
void retell(const Preset& preset, const std::string& input, schema::Diagnostic& d) {
  constexpr std::string_view kOutput = "/output";
  const std::string within =
      d.pointer.starts_with(kOutput) ? d.pointer.substr(kOutput.size()) : std::string();
  const bool is_fps = within == "/fps" && preset.document.contains("max_fps");
  const bool is_lines = within == "/size" && preset.document.contains("lines");
  const std::string pointer = is_fps ? "/max_fps" : is_lines ? "/lines" : within;
  const std::string field = pointer.substr(0, pointer.find('/', 1));
  if (field.size() > 1 && preset.document.contains(field.substr(1))) {
    return name_place(preset, pointer, d);
  }
  d.file = input;
  d.pointer.clear();
  d.place = {};
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
  if (timeline->missed > 0) {
    runner.warn(0, "ends " + base::decimal(timeline->missed) + " s earlier than asked",
                request.input);
  }
  const std::filesystem::path first = request.chapters.at(0);
  const bool is_remote = base::is_uri(request.chapters.at(0));
  out.timeline =
      timeline_of(timeline->document.dump(2), request.input + " as " + request.preset.name,
                  (is_remote ? std::filesystem::current_path() : first.parent_path()).string());
  out.timeline.addresses = std::move(addresses);
  out.timeline.retell = [preset = request.preset, input = request.input](schema::Diagnostic& d) {
    retell(preset, input, d);
  };
  out.access.private_web = true;
  for (const std::string& chapter : request.chapters) {
    if (base::is_uri(chapter)) out.access.roots.push_back(chapter);
  }
  return out;
}

}  // namespace rushes::app
