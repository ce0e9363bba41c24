// Any bytes as a subtitle file, in every form that is read: SubRip, WebVTT and an .ass script.
// Cues must keep what subtitles.h promises; then they and the script are drawn.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "schema/program.h"
#include "text/ass.h"
#include "text/captions.h"
#include "text/font_set.h"
#include "text/subtitles.h"

namespace {

using namespace rushes;

void require(bool kept) {
  if (!kept) std::abort();
}

text::FontSet& fonts() {
  static auto set =
      text::FontSet::open({{"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0, "DejaVu Sans"}});
  require(set.ok());
  return *set;
}

void check(const text::Subtitles& subtitles) {
  require(subtitles.cues.size() <= text::kMaxCues);
  base::Rational last = 0;
  for (const schema::Cue& cue : subtitles.cues) {
    require(cue.start >= last && cue.end > cue.start);
    require(cue.text.size() <= text::kMaxCueBytes);
    last = cue.start;
    base::Rational word_start = cue.start;
    for (const schema::Word& word : cue.words) {
      require(word.start >= word_start && word.end >= word.start && word.end <= cue.end);
      word_start = word.start;
    }
  }
}

void draw(const std::vector<schema::Cue>& cues) {
  schema::CaptionsContent content;
  content.cues = cues;
  content.effect = schema::CaptionEffect::kKaraoke;
  content.style.families = {"DejaVu Sans"};
  content.style.size = 12;
  content.max_width = 150;
  auto captions = text::CaptionRenderer::open(fonts(), content, {160, 90, 1});
  if (!captions.ok()) return;
  size_t drawn = 0;
  for (const base::Rational& at : captions->boundaries()) {
    static_cast<void>(captions->at(at).ok());
    if (++drawn == 4) break;
  }
}

void draw(std::string_view script) {
  auto parsed = text::parse_ass(script);
  if (!parsed.ok()) return;
  auto renderer = text::AssRenderer::open(fonts(), std::move(parsed->script), {160, 90, 1});
  if (!renderer.ok()) return;
  for (const int second : {0, 2, 1}) static_cast<void>(renderer->at(second).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto& subtitles : {text::parse_srt(bytes), text::parse_vtt(bytes)}) {
    if (!subtitles.ok()) continue;
    check(*subtitles);
    draw(subtitles->cues);
  }
  if (bytes.find("[Events]") != std::string_view::npos) draw(bytes);
  return 0;
}
