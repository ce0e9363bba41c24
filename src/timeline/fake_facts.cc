#include "timeline/fake_facts.h"

namespace rushes::timeline {
namespace {

using base::Rational;

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

bool ends(std::string_view text, std::initializer_list<std::string_view> list) {
  for (const std::string_view end : list) {
    if (text.ends_with(end)) return true;
  }
  return false;
}

std::optional<Rational> duration_of(std::string_view src) {
  if (has(src, "-forever")) return std::nullopt;
  const size_t dash = src.rfind('-');
  const size_t s = src.find('s', dash == src.npos ? 0 : dash);
  if (dash != src.npos && s != src.npos) {
    const auto stated = Rational::parse(src.substr(dash + 1, s - dash - 1));
    if (stated.ok() && *stated > 0) return *stated;
  }
  return Rational(10);
}

MediaFacts facts_of(std::string_view src) {
  MediaFacts facts;
  if (has(src, "missing")) {
    facts.error = base::not_found("there is no such file");
    return facts;
  }
  if (has(src, "damaged")) {
    facts.error = base::corrupt("is damaged");
    facts.error->number = 150;
    return facts;
  }
  facts.size = 1000 + src.size();
  facts.hash = std::string(src);
  if (ends(src, {".jpg", ".png", ".webp"})) {
    facts.has_image = true;
    facts.width = has(src, "tall") ? 3000 : 4000;
    facts.height = has(src, "tall") ? 4000 : 3000;
  } else if (ends(src, {".mp4", ".webm", ".mov"})) {
    facts.has_video = true;
    facts.has_audio = !has(src, "silent");
    facts.width = 1920;
    facts.height = 1080;
    facts.duration = duration_of(src);
    facts.hdr = has(src, "hdr");
    facts.interlaced = has(src, "interlaced");
  } else if (ends(src, {".m4a", ".mp3", ".wav"})) {
    facts.has_audio = true;
    facts.duration = duration_of(src);
  } else if (ends(src, {".srt", ".vtt", ".json"})) {
    facts.cues = {{Rational(1, 2), Rational(2), "Hello there", {}},
                  {Rational(5, 2), Rational(4), "Goodbye", {}}};
  }
  return facts;
}

}  // namespace

Facts fake_facts(const Loaded& loaded) {
  Facts out;
  for (const SourceRef& source : sources(loaded)) {
    out.try_emplace(source.src, facts_of(source.src));
  }
  return out;
}

}  // namespace rushes::timeline
