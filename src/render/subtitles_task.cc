// A file of subtitles as WebVTT: whole, and in pieces as long as the segments of the picture.

#include <algorithm>
#include <string_view>

#include "render/files.h"
#include "render/tasks.h"
#include "text/subtitles.h"
#include "text/webvtt.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

Result<text::Subtitles> read_subtitles(const engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const auto source, open_input(context, "subtitles"));
  ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, text::kMaxSubtitleBytes));
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool vtt = context.params().value("format", "") == "vtt";
  return vtt ? text::parse_vtt(all) : text::parse_srt(all);
}

// Times of what is shown, where a beginning is left out.
void shift(std::vector<schema::Cue>& cues, const Rational& by) {
  for (schema::Cue& cue : cues) {
    cue.start = std::max(cue.start - by, Rational(0));
    cue.end -= by;
  }
  std::erase_if(cues, [](const schema::Cue& cue) { return cue.end <= cue.start; });
}

Status store(engine::TaskContext& context, const std::string& output, const std::string& text,
             nlohmann::json about) {
  ASSIGN_OR_RETURN(engine::StoredFile file, context.objects.create(output));
  RETURN_IF_ERROR(base::fd_sink(file.fd.get())->write_at(0, std::as_bytes(std::span(text))));
  file.fd.reset();
  context.objects.commit(output, std::move(about));
  return {};
}

}  // namespace

Status subtitles_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(const schema::Program program, read_program(context));
  ASSIGN_OR_RETURN(const FrameRange range, frame_range(context, program));
  ASSIGN_OR_RETURN(text::Subtitles subtitles, read_subtitles(context));
  for (const std::string& warning : subtitles.warnings) context.events.warning({.text = warning});
  ASSIGN_OR_RETURN(const Rational begins, Rational::parse(context.params().value("begins", "0")));
  shift(subtitles.cues, begins + Rational(range.first) / program.fps);
  const auto time = [&](int64_t frame) { return Rational(frame - range.first) / program.fps; };
  const Rational end = time(range.end);
  std::erase_if(subtitles.cues, [&](const schema::Cue& cue) { return cue.start >= end; });
  RETURN_IF_ERROR(store(context, "whole", text::webvtt(subtitles.cues, 0, end), {{"whole", true}}));
  const auto segments = context.params().value("segments", nlohmann::json::array());
  for (size_t i = 0; i < segments.size(); ++i) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const Rational from = time(segments[i].value("first", int64_t{0}));
    const Rational until = time(segments[i].value("end", int64_t{0}));
    RETURN_IF_ERROR(store(context, "piece:" + std::to_string(i),
                          text::webvtt(subtitles.cues, from, until), {{"number", i}}));
    context.events.progress(
        {static_cast<int64_t>(i + 1), static_cast<int64_t>(segments.size()), "subtitles"});
  }
  context.events.result({{"cues", subtitles.cues.size()}});
  return {};
}

}  // namespace rushes::render
