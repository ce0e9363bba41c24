// A part of a recording, in one file or in chapters, copied without encoding.

#include <algorithm>
#include <optional>

#include "engine/server_copy.h"
#include "mp4/cut.h"
#include "mp4/exact_cut.h"
#include "mp4/layout.h"
#include "render/files.h"
#include "render/smart_cut.h"
#include "render/tasks.h"

namespace rushes::render {
namespace {

using base::Rational;
using base::Result;
using base::Status;

constexpr size_t kCopyBytes = 512 << 10;
// So much is asked of a server at once: it tells of progress, and may be cancelled in between.
constexpr uint64_t kServerCopyBytes = uint64_t{1} << 30;

using Sources = std::vector<std::unique_ptr<base::ByteSource>>;

std::string chapter_name(size_t i) { return "chapter:" + std::to_string(i); }

// Of its file, if the task says it.
std::string name_of_chapter(const engine::TaskContext& context, size_t i) {
  const auto names = context.params().find("names");
  if (names == context.params().end() || !names->is_array() || i >= names->size()) return {};
  return (*names)[i].is_string() ? (*names)[i].get<std::string>() : std::string();
}

Result<Sources> open_chapters(const engine::TaskContext& context) {
  Sources sources;
  while (context.input(chapter_name(sources.size())) != nullptr) {
    ASSIGN_OR_RETURN(auto source, open_input(context, chapter_name(sources.size())));
    sources.push_back(std::move(source));
  }
  if (sources.empty()) return base::invalid_argument("the task has no chapters");
  return sources;
}

// The time at which frame `n` of the picture is shown; its end for the number after the last.
Result<Rational> time_of_frame(const mp4::Recording& recording, int64_t n) {
  const mp4::Track* video = recording.movie.video();
  if (video == nullptr)
    return base::invalid_argument("has no picture whose frames could be counted");
  std::vector<int64_t> shown;
  for (const mp4::Sample& sample : video->samples) {
    if (sample.pts() >= 0) shown.push_back(sample.pts());
  }
  std::ranges::sort(shown);
  const auto count = static_cast<int64_t>(shown.size());
  if (n < 0 || n > count) {
    return base::invalid_argument("there is no frame " + std::to_string(n) + ": it has " +
                                  std::to_string(count));
  }
  if (n == count) return recording.length;
  return Rational(shown[static_cast<size_t>(n)], video->timescale);
}

// {"seconds": "418"}, {"frame": 12540}, or {"clock": "1770080400"}: seconds since 1970.
Result<std::optional<Rational>> time_param(const engine::TaskContext& context, const char* name,
                                           const mp4::Recording& recording) {
  const auto found = context.params().find(name);
  if (found == context.params().end()) return std::optional<Rational>();
  const auto text = [&](const char* key) { return Rational::parse(found->value(key, "")); };
  if (found->contains("frame")) {
    ASSIGN_OR_RETURN(const Rational time,
                     time_of_frame(recording, found->at("frame").get<int64_t>()));
    return std::optional(time);
  }
  if (!found->contains("clock")) {
    ASSIGN_OR_RETURN(const Rational seconds, text("seconds"));
    return std::optional(seconds);
  }
  if (recording.movie.created == 0) {
    return base::invalid_argument("does not say when it was recorded");
  }
  ASSIGN_OR_RETURN(const Rational clock, text("clock"));
  return std::optional(clock - Rational(recording.movie.created - mp4::kUnixEpoch));
}

// What lies in the bucket that the output goes to stays there. `at`: where it is in the output.
Status copy_there(engine::TaskContext& context, const engine::InputFile& from,
                  const mp4::Piece& piece, uint64_t at, uint64_t whole) {
  for (uint64_t done = 0; done < piece.size;) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    const uint64_t left = piece.size - done;
    // Without a rest that would not be worth a part.
    const uint64_t n = left < 2 * kServerCopyBytes ? left : kServerCopyBytes;
    RETURN_IF_ERROR(engine::copy(from, *context.output("output"), piece.offset + done, n));
    done += n;
    context.events.progress({static_cast<int64_t>(at + done), static_cast<int64_t>(whole), "copy"});
  }
  return {};
}

Status copy(engine::TaskContext& context, const Sources& sources, const mp4::Layout& layout) {
  ASSIGN_OR_RETURN(const auto sink, open_output(context, "output"));
  RETURN_IF_ERROR(sink->write_at(0, layout.head));
  std::vector<std::byte> buffer(kCopyBytes);
  uint64_t at = layout.head.size();
  for (const mp4::Piece& piece : layout.pieces) {
    // What was encoded is no chapter.
    const engine::InputFile* chapter = context.input(chapter_name(piece.source));
    if (chapter != nullptr && engine::can_copy(*chapter, *context.output("output"))) {
      RETURN_IF_ERROR(copy_there(context, *chapter, piece, at, layout.size));
      at += piece.size;
      continue;
    }
    const base::ByteSource& source = *sources[piece.source];
    for (uint64_t done = 0; done < piece.size;) {
      if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
      const auto part = std::span(buffer).first(
          static_cast<size_t>(std::min<uint64_t>(buffer.size(), piece.size - done)));
      ASSIGN_OR_RETURN(const size_t read, source.read_at(piece.offset + done, part));
      if (read != part.size()) return base::corrupt("a chapter became shorter while it was read");
      RETURN_IF_ERROR(sink->write_at(at, part));
      done += read;
      at += read;
      context.events.progress(
          {static_cast<int64_t>(at), static_cast<int64_t>(layout.size), "copy"});
    }
  }
  return {};
}

nlohmann::json tracks_json(const mp4::Movie& movie) {
  nlohmann::json tracks = nlohmann::json::array();
  for (const mp4::Track& track : movie.tracks) {
    tracks.push_back({{"handler", mp4::name_of(track.handler)},
                      {"codec", mp4::name_of(track.codec)},
                      {"samples", track.samples.size()}});
  }
  return tracks;
}

struct Chapters {
  Sources sources;
  std::vector<const base::ByteSource*> files;
  uint64_t bytes = 0;
  mp4::Recording recording;
};

Result<Chapters> read_chapters(engine::TaskContext& context) {
  Chapters out;
  ASSIGN_OR_RETURN(out.sources, open_chapters(context));
  std::vector<mp4::Movie> movies;
  for (size_t i = 0; i < out.sources.size(); ++i) {
    auto movie = mp4::read_movie(*out.sources[i]);
    const bool several = out.sources.size() > 1;
    const std::string file = name_of_chapter(context, i);
    const std::string name = mp4::chapter_title(i, file);
    if (!movie.ok()) {
      base::Error error = std::move(movie).error();
      return several ? std::move(error).in(name) : error;
    }
    for (const std::string& note : movie->notes) {
      context.events.warning({.text = several ? name + " " + note : note});
    }
    movies.push_back(*std::move(movie));
    movies.back().name = file;
    out.files.push_back(out.sources[i].get());
    out.bytes += out.sources[i]->size();
  }
  ASSIGN_OR_RETURN(out.recording, mp4::join(std::move(movies)));
  for (const std::string& note : out.recording.notes) context.events.warning({.text = note});
  return out;
}

// What becomes of the recording, and how it got there.
struct Made {
  mp4::Cut cut;
  std::optional<SmartCut> smart;
  int64_t encoded = 0;
  bool by_time = false;  // see LayoutOptions
};

// The input "picture" is what was encoded; it becomes one more source.
Result<Made> make_exact(const engine::TaskContext& context, const mp4::Wanted& wanted,
                        Chapters& chapters) {
  ASSIGN_OR_RETURN(const mp4::ShownFrames shown, mp4::frames_in(chapters.recording, wanted));
  ASSIGN_OR_RETURN(auto picture, open_input(context, "picture"));
  ASSIGN_OR_RETURN(const mp4::Movie movie, mp4::read_movie(*picture));
  const auto number = static_cast<uint16_t>(chapters.files.size());
  chapters.files.push_back(picture.get());
  chapters.bytes += picture->size();
  chapters.sources.push_back(std::move(picture));
  Made out{.cut = {}, .smart = {}, .encoded = shown.frames(), .by_time = true};
  ASSIGN_OR_RETURN(out.cut,
                   mp4::exact_cut(chapters.recording, shown, {movie, number}, chapters.files));
  return out;
}

Result<Made> make_cut(engine::TaskContext& context, const std::string& mode,
                      const mp4::Wanted& wanted, Chapters& chapters) {
  if (mode == "exact") return make_exact(context, wanted, chapters);
  Made out;
  if (mode == "smart") {
    ASSIGN_OR_RETURN(out.smart, smart_cut(context, chapters.recording, wanted, chapters.files));
    out.cut = std::move(out.smart->cut);
    out.encoded = static_cast<int64_t>(out.smart->plan.encoded());
    return out;
  }
  if (mode != "copy") {
    return base::invalid_argument("params: \"mode\" must be copy, smart, exact or frames");
  }
  ASSIGN_OR_RETURN(out.cut, mp4::cut(chapters.recording, wanted, chapters.files));
  return out;
}

// Which frames a cut to the frame would show, for whoever is to encode them.
Status tell_frames(engine::TaskContext& context, const mp4::Recording& recording,
                   const mp4::Wanted& wanted) {
  ASSIGN_OR_RETURN(const mp4::ShownFrames shown, mp4::frames_in(recording, wanted));
  context.events.result({{"first", shown.first},
                         {"end", shown.end},
                         {"count", shown.count},
                         {"from", shown.from.to_string()},
                         {"to", shown.to.to_string()}});
  return {};
}

void warn_of_lost_tracks(engine::TaskContext& context, const mp4::Recording& recording,
                         const mp4::Movie& cut) {
  for (size_t i = 0; i < cut.tracks.size(); ++i) {
    const mp4::Track& track = recording.movie.tracks[i];
    if (track.samples.empty() || !cut.tracks[i].samples.empty()) continue;
    context.events.warning({.text = "track " + std::to_string(i + 1) + " (" +
                                    mp4::name_of(track.codec) + ") has nothing here: left out"});
  }
}

}  // namespace

Status cut_task(engine::TaskContext& context) {
  ASSIGN_OR_RETURN(Chapters chapters, read_chapters(context));
  const mp4::Recording& recording = chapters.recording;
  mp4::Wanted wanted;
  ASSIGN_OR_RETURN(wanted.from, time_param(context, "from", recording));
  ASSIGN_OR_RETURN(wanted.to, time_param(context, "to", recording));
  const std::string mode = context.params().value("mode", "copy");
  if (mode == "frames") return tell_frames(context, recording, wanted);
  ASSIGN_OR_RETURN(const Made made, make_cut(context, mode, wanted, chapters));
  const mp4::Cut& cut = made.cut;
  warn_of_lost_tracks(context, recording, cut.movie);
  const mp4::Layout layout =
      mp4::lay_out(cut.movie, {.seconds_later = cut.from.floor(), .by_time = made.by_time});
  // Samples that lie over one another could make any number of bytes of a few.
  if (layout.size > layout.head.size() + chapters.bytes) {
    return base::corrupt("its index: samples lie over one another");
  }
  if (made.smart) {
    RETURN_IF_ERROR(check_seams(context, recording, *made.smart, layout, chapters.files));
  }
  RETURN_IF_ERROR(copy(context, chapters.sources, layout));
  nlohmann::json result = {{"from", cut.from.to_string()},
                           {"to", cut.to.to_string()},
                           {"length", recording.length.to_string()},
                           {"frames", cut.frames},
                           {"encoded", made.encoded},
                           {"tracks", tracks_json(cut.movie)},
                           {"chapters", nlohmann::json::array()}};
  if (wanted.from) result["asked_from"] = wanted.from->to_string();
  if (wanted.to) result["asked_to"] = wanted.to->to_string();
  for (const Rational& begin : recording.chapters) result["chapters"].push_back(begin.to_string());
  context.events.result(std::move(result));
  return {};
}

}  // namespace rushes::render
