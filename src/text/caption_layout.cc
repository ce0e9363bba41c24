#include "text/caption_layout.h"

#include <algorithm>
#include <numeric>

#include "text/code_points.h"
#include "text/missing.h"

namespace rushes::text {
namespace {

// A caption is drawn down to this size before a word that is too wide is broken.
constexpr double kLeastScale = 0.5;

constexpr schema::Color kYellow{255, 214, 10, 255};
constexpr schema::Color kViolet{124, 58, 237, 255};

struct VisualLine {
  std::vector<size_t> order;  // of the line's words, left to right
  bool right_to_left = false;
};

// Words from left to right as the whole line is written.
VisualLine visual_order(const FontSet& fonts, const std::vector<CaptionWord>& words, size_t from,
                        size_t to, const schema::TextStyle& style, bool right_to_left) {
  std::string text;
  std::vector<size_t> starts;
  for (size_t i = from; i < to; ++i) {
    if (i > from && words[i].space_before) text += ' ';
    starts.push_back(text.size());
    text += words[i].text;
  }
  const TextBlock line = lay_out(fonts, text, style, {.right_to_left = right_to_left});
  std::vector<double> left(to - from, 1e30);
  for (const PlacedGlyph& g : line.glyphs) {
    const auto it = std::upper_bound(starts.begin(), starts.end(), g.byte);
    const auto word = static_cast<size_t>(it - starts.begin()) - 1;
    left[word] = std::min(left[word], g.x);
  }
  VisualLine out;
  out.right_to_left = right_to_left;
  out.order.resize(to - from);
  std::iota(out.order.begin(), out.order.end(), from);
  std::stable_sort(out.order.begin(), out.order.end(),
                   [&](size_t a, size_t b) { return left[a - from] < left[b - from]; });
  return out;
}

bool starts_right_to_left(const std::vector<CaptionWord>& words) {
  for (const CaptionWord& w : words) {
    const Direction d = direction_of(w.text);
    if (d != Direction::kNeutral) return d == Direction::kRightToLeft;
  }
  return false;
}

// Words that appear one after the other, at times that nobody gave, are all there after two thirds.
void leave_time_to_read(CaptionGroup& group) {
  const base::Rational part(2, 3);
  for (CaptionWord& w : group.words) {
    w.start = group.start + (w.start - group.start) * part;
    w.end = group.start + (w.end - group.start) * part;
  }
}

}  // namespace

CaptionStyles caption_styles(const schema::CaptionsContent& content) {
  using schema::CaptionEffect;
  CaptionStyles out{content.style, content.style, content.active_background, 1};
  if (content.active_color) out.active.gradient.reset();
  out.active.color = content.active_color.value_or(content.style.color);
  out.active.outline_color = content.active_outline_color.value_or(content.style.outline_color);
  out.active.weight = content.active_weight.value_or(content.style.weight);
  if (!content.active_families.empty()) out.active.families = content.active_families;
  out.settled = content.active_scale;

  const bool set = content.active_color || content.active_outline_color ||
                   content.active_background || content.active_weight ||
                   !content.active_families.empty();
  switch (content.effect) {
    case CaptionEffect::kHighlight:
      if (!content.active_background) {
        const double size = content.style.size;
        out.active_background =
            schema::TextStyle::Background{kViolet, size * 0.16, size * 0.02, size * 0.18};
      }
      break;
    case CaptionEffect::kPop:
      if (out.settled == 1) out.settled = 1.08;
      [[fallthrough]];
    case CaptionEffect::kKaraoke:
    case CaptionEffect::kBounce:
      if (!set) {
        out.active.gradient.reset();
        out.active.color = kYellow;
      }
      break;
    case CaptionEffect::kPlain:
    case CaptionEffect::kTypewriter:
    case CaptionEffect::kFade: break;
  }
  return out;
}

CaptionLayouter::CaptionLayouter(const FontSet& fonts, const schema::CaptionsContent& content,
                                 const CaptionStyles& styles, const Box& box)
    : fonts_(fonts), content_(content), styles_(styles), box_(box) {
  const double padding = content.style.background ? content.style.background->padding_x : 0;
  line_width_ = box.width > 0 ? std::max(box.width - 2 * padding, 1.0) : 0;
  if (content.max_width > 0) {
    line_width_ = line_width_ > 0 ? std::min(line_width_, content.max_width) : content.max_width;
  }
  // The space between two letters, kerning and all.
  space_ = lay_out(fonts, "n n", styles.normal, {}).width -
           lay_out(fonts, "nn", styles.normal, {}).width;
}

// Room for either state. A word that grows may reach half-way into the spaces beside it.
double CaptionLayouter::slot_width(double normal, double active, double scale) const {
  const bool grows = content_.effect != schema::CaptionEffect::kKaraoke;
  const double grown = grows ? active * styles_.settled - space_ * scale : active;
  return std::max({normal, active, grown});
}

double CaptionLayouter::width_of(const std::string& word) {
  const auto [it, fresh] = widths_.try_emplace(word, 0);
  if (fresh) {
    const TextBlock normal = lay_out(fonts_, word, styles_.normal, {});
    const TextBlock active = lay_out(fonts_, word, styles_.active, {});
    it->second = slot_width(normal.width, active.width, 1);
    missing_.insert(missing_.end(), normal.missing.begin(), normal.missing.end());
  }
  return it->second;
}

void CaptionLayouter::break_wide_words(CaptionCue& cue) {
  if (line_width_ <= 0) return;
  const double most = line_width_ / kLeastScale;
  std::vector<CaptionWord> out;
  for (CaptionWord& word : cue.words) {
    const double width = width_of(word.text);
    if (width <= most) {
      out.push_back(std::move(word));
      continue;
    }
    ++broken_;
    // Even pieces, each well within the line.
    const std::vector<size_t> ends = letters_of(word.text);
    const size_t pieces =
        std::min(ends.size(), static_cast<size_t>(width / (line_width_ * 0.8)) + 1);
    size_t from = 0, byte = 0;
    for (size_t p = 1; p <= pieces; ++p) {
      const size_t to = ends.size() * p / pieces;
      const auto share = [&](size_t letters) {
        return word.start +
               (word.end - word.start) *
                   base::Rational(static_cast<int64_t>(letters), static_cast<int64_t>(ends.size()));
      };
      out.push_back({word.text.substr(byte, ends[to - 1] - byte), share(from), share(to),
                     p == 1 && word.space_before, p == 1 && word.line_before});
      from = to;
      byte = ends[to - 1];
    }
  }
  cue.words = std::move(out);
}

std::vector<CaptionGroup> CaptionLayouter::groups(const std::vector<CaptionCue>& cues) {
  const GroupLimits limits{content_.max_words, content_.max_lines, line_width_, space_,
                           content_.max_gap};
  const bool appears = content_.effect == schema::CaptionEffect::kTypewriter ||
                       content_.effect == schema::CaptionEffect::kFade;
  std::vector<CaptionGroup> out;
  for (CaptionCue cue : cues) {
    break_wide_words(cue);
    std::vector<double> widths;
    for (const CaptionWord& w : cue.words) {
      widths.push_back(width_of(w.text));
      if (line_width_ > 0 && widths.back() > line_width_) ++shrunk_;
    }
    for (CaptionGroup& g : group_words(cue, widths, limits)) {
      if (!cue.timed && appears) leave_time_to_read(g);
      out.push_back(std::move(g));
    }
  }
  return out;
}

PlacedGroup CaptionLayouter::place(const CaptionGroup& group) {
  PlacedGroup out;
  out.start = group.start;
  out.end = group.end;
  double widest = 0;
  for (const CaptionWord& w : group.words) widest = std::max(widest, width_of(w.text));
  if (line_width_ > 0 && widest > line_width_) out.scale = line_width_ / widest;
  const schema::TextStyle normal = scaled(styles_.normal, out.scale);
  const schema::TextStyle active = scaled(styles_.active, out.scale);
  const double pitch = normal.size * normal.line_height;
  const double pad_x = normal.background ? normal.background->padding_x : 0;
  const double pad_y = normal.background ? normal.background->padding_y : 0;
  const size_t lines = group.line_starts.size();
  const double height = pitch * static_cast<double>(lines);
  const double spare_y = std::max(box_.height, 0.0) - 2 * pad_y - height;
  out.block.y = pad_y + spare_y * (content_.valign == schema::VerticalAlign::kMiddle   ? 0.5
                                   : content_.valign == schema::VerticalAlign::kBottom ? 1
                                                                                       : 0);
  out.block.height = height;
  const bool right_to_left = starts_right_to_left(group.words);
  out.words.resize(group.words.size());
  double left = 1e30, right = -1e30;
  for (size_t l = 0; l < lines; ++l) {
    const size_t from = group.line_starts[l];
    const size_t to = l + 1 < lines ? group.line_starts[l + 1] : group.words.size();
    const VisualLine line = visual_order(fonts_, group.words, from, to, normal, right_to_left);
    double x = 0;
    for (size_t k = 0; k < line.order.size(); ++k) {
      const size_t i = line.order[k];
      PlacedWord& w = out.words[i];
      w.word = group.words[i];
      w.normal = lay_out(fonts_, w.word.text, normal, {.right_to_left = right_to_left});
      w.active = lay_out(fonts_, w.word.text, active, {.right_to_left = right_to_left});
      const Direction own = direction_of(w.word.text);
      w.right_to_left =
          own == Direction::kRightToLeft || (own == Direction::kNeutral && right_to_left);
      if (k > 0) {
        const size_t before = line.order[k - 1];
        const bool neighbours = before + 1 == i || i + 1 == before;
        if (!neighbours || group.words[std::max(before, i)].space_before) {
          x += space_ * out.scale;
        }
      }
      const double slot = slot_width(w.normal.width, w.active.width, out.scale);
      w.normal_x = x + (slot - w.normal.width) / 2;
      w.active_x = x + (slot - w.active.width) / 2;
      w.y = out.block.y + pitch * static_cast<double>(l);
      // Beyond its size at rest as far as the spaces beside it allow.
      const double most = (slot + 1.5 * space_ * out.scale) / std::max(w.active.width, 1.0);
      w.peak = std::clamp(most, styles_.settled, styles_.settled * 1.1);
      x += slot;
    }
    const double room = std::max(box_.width, 0.0) - 2 * pad_x;
    const double shift = pad_x + (content_.align == schema::Align::kLeft    ? 0
                                  : content_.align == schema::Align::kRight ? room - x
                                                                            : (room - x) / 2);
    for (size_t i = from; i < to; ++i) {
      out.words[i].normal_x += shift;
      out.words[i].active_x += shift;
    }
    left = std::min(left, shift);
    right = std::max(right, shift + x);
  }
  out.block.x = left;
  out.block.width = right - left;
  return out;
}

std::vector<std::string> CaptionLayouter::warnings() const {
  std::vector<std::string> out = style_warnings(fonts_, styles_.normal);
  for (const std::string& w : style_warnings(fonts_, styles_.active)) {
    if (std::find(out.begin(), out.end(), w) == out.end()) out.push_back("active word: " + w);
  }
  std::vector<char32_t> missing = missing_;
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  if (!missing.empty()) out.push_back(missing_warning(missing));
  const auto words = [](size_t n) {
    return n == 1 ? std::string("a word is") : std::to_string(n) + " words are";
  };
  if (shrunk_ > 0) {
    out.push_back(words(shrunk_) + " wider than a line: such captions are drawn smaller");
  }
  if (broken_ > 0) out.push_back(words(broken_) + " wider than two lines, and broken");
  return out;
}

}  // namespace rushes::text
