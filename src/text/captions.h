#pragma once

// Captions with their effects: a pure function from time to sprites.
//
// Words are gathered into groups (shown at once), groups broken into balanced lines. A word keeps
// its place while it and its neighbours change state. Group bitmaps are painted when first needed
// and kept while the group is near, so equal times may give different pointers after a long seek,
// but always equal pixels.
//
// What the document leaves open: karaoke, pop and bounce make the active word yellow if nothing
// else tells it apart, highlight puts a violet box behind it, pop settles at 1.08. Karaoke does not
// use active_scale. Cues that overlap: see caption_words.h. Words without times that appear one by
// one (typewriter, fade) are all there after two thirds of their cue.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "schema/program.h"
#include "text/font_set.h"
#include "text/sprite.h"

namespace rushes::text {

struct GroupedCaptions {
  std::vector<schema::CaptionGroup> groups;
  std::vector<std::string> warnings;  // missing glyphs, words too wide, cues that overlap
};

// The cues of `content` as they will be shown, for content.groups.
base::Result<GroupedCaptions> group_captions(FontSet& fonts, const schema::CaptionsContent& content,
                                             const Box& box);

class CaptionRenderer {
 public:
  static base::Result<CaptionRenderer> open(FontSet& fonts, const schema::CaptionsContent& content,
                                            const Box& box);
  CaptionRenderer(CaptionRenderer&&) noexcept;
  CaptionRenderer& operator=(CaptionRenderer&&) noexcept;
  ~CaptionRenderer();

  // t: since the start of the clip. Empty when nothing is shown.
  base::Result<std::vector<Sprite>> at(const base::Rational& t);

  // As of group_captions(), if `content` was not grouped yet: all known after open().
  const std::vector<std::string>& warnings() const;

  // When the picture changes at once: starts and ends of groups, ascending (for cutting segments).
  std::vector<base::Rational> boundaries() const;

 private:
  struct Impl;
  explicit CaptionRenderer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::text
