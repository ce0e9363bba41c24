#include "render/facts.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/hash.h"
#include "base/uri.h"
#include "media/probe.h"
#include "media/still.h"
#include "render/files.h"
#include "text/ass.h"
#include "text/font_set.h"
#include "text/subtitles.h"
#include "timeline/words.h"

namespace rushes::render {
namespace {

using base::Result;
using base::Status;
using timeline::MediaFacts;
using timeline::SourceKind;

constexpr uint64_t kMaxWordsBytes = 16 << 20;

std::string lower_extension(const std::string& src) {
  const size_t dot = src.rfind('.');
  std::string out = dot == std::string::npos ? "" : src.substr(dot);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

// "line 12: ..." of a subtitle file.
schema::Diagnostic mistake_in(const std::string& src, const base::Error& error) {
  schema::Diagnostic d{.number = 153, .code = error.code, .file = src, .message = error.message};
  constexpr std::string_view kLine = "line ";
  const size_t colon = d.message.find(": ");
  if (d.message.starts_with(kLine) && colon != std::string::npos) {
    std::from_chars(d.message.data() + kLine.size(), d.message.data() + colon, d.place.line);
    d.place.column = 1;
    d.message.erase(0, colon + 2);
  }
  return d;
}

class Gatherer {
 public:
  Gatherer(engine::TaskContext& context, const base::ByteSource& source, const std::string& src)
      : context_(context), source_(source), src_(base::shown_uri(src)) {}

  Status add(SourceKind kind, int index, MediaFacts& facts) {
    switch (kind) {
      case SourceKind::kImage:
      case SourceKind::kVideo:
      case SourceKind::kAudio:
      case SourceKind::kLuma: return add_media(facts);
      case SourceKind::kCaptions: return add_captions(facts);
      case SourceKind::kWords: return add_words(facts);
      case SourceKind::kFont: return add_font(index);
    }
    return {};
  }

 private:
  void warn(const std::string& text) { context_.events.warning({.text = src_ + ": " + text}); }

  Status add_media(MediaFacts& facts) {
    ASSIGN_OR_RETURN(const media::MediaInfo info, media::probe(source_));
    for (const std::string& w : info.warnings) warn(w);
    const media::StreamInfo* video = info.find(media::StreamKind::kVideo);
    const media::StreamInfo* audio = info.find(media::StreamKind::kAudio);
    facts.has_image = info.still;
    facts.has_video = video != nullptr && !info.still;
    facts.has_audio = audio != nullptr;
    if (video != nullptr) {
      facts.width = video->video.display_width;
      facts.height = video->video.display_height;
      facts.keyframes = video->video.keyframes;
      facts.alpha = video->video.alpha;
      facts.hdr = video->video.hdr;
      facts.interlaced = video->video.interlaced;
      if (video->video.frame_rate > base::Rational(0)) facts.frame_rate = video->video.frame_rate;
    }
    if (info.still) return media::check_still(source_);
    const media::StreamInfo* main = facts.has_video ? video : audio;
    if (main != nullptr && main->duration) {
      facts.duration = main->duration;
    } else if (info.duration > base::Rational(0)) {
      facts.duration = info.duration;
    }
    return {};
  }

  Result<std::string> text(uint64_t limit) {
    ASSIGN_OR_RETURN(const auto bytes, base::read_all(source_, limit));
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  Status add_captions(MediaFacts& facts) {
    const std::string extension = lower_extension(src_);
    ASSIGN_OR_RETURN(const std::string bytes, text(text::kMaxSubtitleBytes));
    if (extension == ".ass" || extension == ".ssa") {
      ASSIGN_OR_RETURN(text::AssScript parsed, text::parse_ass(bytes));
      for (const std::string& w : parsed.warnings) warn(w);
      facts.script = std::move(parsed.script);
      return {};
    }
    auto subtitles = extension == ".vtt" ? text::parse_vtt(bytes) : text::parse_srt(bytes);
    if (!subtitles.ok()) {
      facts.mistakes.push_back(mistake_in(src_, subtitles.error()));
      return std::move(subtitles).error();
    }
    for (const std::string& w : subtitles->warnings) warn(w);
    facts.cues = std::move(subtitles->cues);
    return {};
  }

  Status add_words(MediaFacts& facts) {
    ASSIGN_OR_RETURN(const std::string bytes, text(kMaxWordsBytes));
    timeline::WordList words = timeline::parse_words(bytes, src_);
    if (!words.ok()) {
      facts.mistakes = std::move(words.diagnostics);
      return schema::to_error(facts.mistakes);
    }
    for (const schema::Diagnostic& d : words.diagnostics) warn(schema::format(d));
    facts.cues = std::move(words.cues);
    return {};
  }

  // Faces of the user's files join those that are installed.
  Status add_font(int index) {
    const engine::InputFile* file = context_.input("source:" + std::to_string(index));
    if (file->path.empty()) {
      return base::unsupported("fonts are read from this machine alone; copy it first");
    }
    ASSIGN_OR_RETURN(const auto faces, text::describe(file->path));
    return context_.add_fonts(faces);
  }

  engine::TaskContext& context_;
  const base::ByteSource& source_;
  const std::string src_;
};

// Why the broker did not open a source.
base::Error refusal(const engine::TaskContext& context, const std::string& name) {
  for (const engine::MissingInput& missing : context.missing) {
    if (missing.name == name) return missing.error;
  }
  return base::not_found("no such file");
}

}  // namespace

int source_index(const engine::TaskContext& context, const std::string& src) {
  const auto list = context.params().find("sources");
  if (list == context.params().end() || !list->is_array()) return -1;
  for (size_t i = 0; i < list->size(); ++i) {
    if ((*list)[i] == src) return static_cast<int>(i);
  }
  return -1;
}

Result<timeline::Facts> gather_facts(engine::TaskContext& context, const timeline::Loaded& loaded) {
  timeline::Facts facts;
  std::set<std::pair<std::string, SourceKind>> done;
  const std::vector<timeline::SourceRef> refs = timeline::sources(loaded);
  int64_t seen = 0;
  for (const timeline::SourceRef& ref : refs) {
    if (context.cancelled) return base::Error{base::Code::kCancelled, "cancelled"};
    context.events.progress({seen++, static_cast<int64_t>(refs.size()), "probe"});
    if (!done.insert({ref.src, ref.kind}).second) continue;
    MediaFacts& f = facts[ref.src];
    if (f.error) continue;
    const int index = source_index(context, ref.src);
    const std::string name = "source:" + std::to_string(index);
    if (index < 0 || context.input(name) == nullptr) {
      f.error = refusal(context, name);
      continue;
    }
    ASSIGN_OR_RETURN(const auto source, open_input(context, name));
    Status status = Gatherer(context, *source, ref.src).add(ref.kind, index, f);
    if (!status.ok()) {
      f.error = std::move(status).error();
      continue;
    }
    f.size = source->size();
    f.hash = context.input(name)->hash;
    if (f.hash.empty()) {
      ASSIGN_OR_RETURN(f.hash, base::content_hash(*source));
    }
  }
  return facts;
}

}  // namespace rushes::render
