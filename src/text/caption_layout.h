#pragma once

// Where the words of a group stand. For this layer's own files.

#include <map>
#include <string>
#include <vector>

#include "schema/program.h"
#include "text/caption_groups.h"
#include "text/font_set.h"
#include "text/ink.h"
#include "text/layout.h"
#include "text/sprite.h"

namespace rushes::text {

// The styles of a captions clip with what the document leaves open filled in.
struct CaptionStyles {
  schema::TextStyle normal, active;
  std::optional<schema::TextStyle::Background> active_background;
  double settled = 1;  // scale of the active word at rest
};
CaptionStyles caption_styles(const schema::CaptionsContent& content);

struct PlacedWord {
  CaptionWord word;
  TextBlock normal, active;  // one line each, origin at their own top left
  double normal_x = 0, active_x = 0;
  double y = 0;     // of both blocks' top
  double peak = 1;  // the largest scale of the active word
  bool right_to_left = false;
};

struct PlacedGroup {
  base::Rational start, end;
  double scale = 1;               // below 1: drawn smaller so that its widest word fits
  std::vector<PlacedWord> words;  // in the order spoken
  Rect block;                     // all lines
};

class CaptionLayouter {
 public:
  CaptionLayouter(const FontSet& fonts, const schema::CaptionsContent& content,
                  const CaptionStyles& styles, const Box& box);

  // All cues into groups; words too wide are noted in warnings().
  std::vector<CaptionGroup> groups(const std::vector<CaptionCue>& cues);
  PlacedGroup place(const CaptionGroup& group);
  std::vector<std::string> warnings() const;

 private:
  double width_of(const std::string& word);
  double slot_width(double normal, double active, double scale) const;
  void break_wide_words(CaptionCue& cue);

  const FontSet& fonts_;
  const schema::CaptionsContent& content_;
  const CaptionStyles& styles_;
  Box box_;
  double line_width_ = 0;  // <= 0: no limit
  double space_ = 0;
  std::map<std::string, double> widths_;
  std::vector<char32_t> missing_;
  size_t shrunk_ = 0, broken_ = 0;
};

}  // namespace rushes::text
