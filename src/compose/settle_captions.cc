#include "compose/settle_captions.h"

#include "compose/picture_views.h"
#include "text/captions.h"

namespace rushes::compose {

base::Status settle_captions(schema::Program& program, text::FontShelf& fonts, const Warn& warn) {
  for (schema::Track& track : program.tracks) {
    for (schema::Clip& clip : track.clips) {
      auto* captions = std::get_if<schema::CaptionsContent>(&clip.content);
      if (captions == nullptr || captions->script || captions->grouped) continue;
      ASSIGN_OR_RETURN(const auto set, fonts.set(captions->fonts));
      auto grouped =
          text::group_captions(*set, *captions, text_box(clip, program.scale.to_double()));
      if (!grouped.ok()) return std::move(grouped).error().in(clip.pointer);
      for (const std::string& w : grouped->warnings) warn(clip.pointer, w);
      captions->groups = std::move(grouped->groups);
      captions->grouped = true;
      captions->cues.clear();
      // They have done their work: what is drawn does not depend on them any more.
      captions->max_words = schema::CaptionsContent().max_words;
      captions->max_lines = schema::CaptionsContent().max_lines;
    }
  }
  return {};
}

}  // namespace rushes::compose
