#include "text/captions.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "text/caption_effects.h"
#include "text/caption_layout.h"
#include "text/font_set_impl.h"

namespace rushes::text {
namespace {

using base::Rational;
using schema::CaptionEffect;

enum class Layer : uint8_t {
  kPanel,  // of the group
  kWhole,  // all words at rest
  kBox,    // of the active word
  kShadow,
  kLetters
};

struct Part {
  size_t word = 0;
  bool active = false;
  Layer layer = Layer::kLetters;
  size_t bytes = 0;  // of the word that are drawn; typewriter
  auto key() const { return std::tuple(word, active, layer, bytes); }
  friend bool operator<(const Part& a, const Part& b) { return a.key() < b.key(); }
};

// A group with what has been painted of it.
struct LiveGroup {
  size_t index = 0;
  PlacedGroup placed;
  schema::TextStyle normal, active;
  std::optional<schema::TextStyle::Background> active_background;
  std::map<Part, std::optional<Sprite>> parts;
  std::map<size_t, std::vector<size_t>> letters;
};

WordTimes times_of(const PlacedGroup& group, size_t i, const Rational& max_gap) {
  const CaptionWord& w = group.words[i].word;
  const bool last = i + 1 == group.words.size();
  const Rational next = last ? group.end : group.words[i + 1].word.start;
  return {w.start, w.end, next - w.end <= max_gap ? std::max(next, w.end) : w.end};
}

}  // namespace

struct CaptionRenderer::Impl {
  Impl(FontSet& fonts_in, const schema::CaptionsContent& content_in, const Box& box_in)
      : fonts(fonts_in),
        content(content_in),
        box(box_in),
        styles(caption_styles(content)),
        layouter(fonts, content, styles, box) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const FontSet& fonts;
  schema::CaptionsContent content;
  Box box;
  CaptionStyles styles;
  CaptionLayouter layouter;
  std::vector<CaptionGroup> groups;
  std::vector<std::string> warnings;
  std::vector<std::unique_ptr<LiveGroup>> live;  // most recently used first

  LiveGroup& group_at(size_t index);
  base::Result<std::optional<Sprite>> paint_panel(const LiveGroup& g) const;
  base::Result<std::optional<Sprite>> paint_whole(const LiveGroup& g) const;
  base::Result<std::optional<Sprite>> part(LiveGroup& g, const Part& part);
  base::Result<std::optional<Sprite>> paint_part(LiveGroup& g, const Part& part);
  base::Status add_word(LiveGroup& g, size_t i, const Rational& t, Layer layer,
                        std::vector<Sprite>& out);
  base::Status add_sung(LiveGroup& g, size_t i, double sung, std::vector<Sprite>& out);
  double centre_x(const LiveGroup& g, size_t i, bool active) const;
  double centre_y(const LiveGroup& g, size_t i, bool active) const;
};

LiveGroup& CaptionRenderer::Impl::group_at(size_t index) {
  constexpr size_t kKept = 3;
  const auto it =
      std::find_if(live.begin(), live.end(), [index](const auto& g) { return g->index == index; });
  if (it != live.end()) {
    std::rotate(live.begin(), it, it + 1);
    return *live.front();
  }
  auto fresh = std::make_unique<LiveGroup>();
  fresh->index = index;
  fresh->placed = layouter.place(groups[index]);
  fresh->normal = scaled(styles.normal, fresh->placed.scale);
  fresh->active = scaled(styles.active, fresh->placed.scale);
  if (styles.active_background) {
    schema::TextStyle carrier;
    carrier.background = styles.active_background;
    fresh->active_background = scaled(carrier, fresh->placed.scale).background;
  }
  live.insert(live.begin(), std::move(fresh));
  if (live.size() > kKept) live.pop_back();
  return *live.front();
}

base::Result<std::optional<Sprite>> CaptionRenderer::Impl::paint_panel(const LiveGroup& g) const {
  if (!g.normal.background || g.normal.background->color.a == 0) return std::optional<Sprite>();
  const auto& b = *g.normal.background;
  const Rect& r = g.placed.block;
  Ink ink;
  ink.panel = {
      {r.x - b.padding_x, r.y - b.padding_y, r.width + 2 * b.padding_x, r.height + 2 * b.padding_y},
      b.radius,
      b.color};
  return paint(ink, box.scale);
}

base::Result<std::optional<Sprite>> CaptionRenderer::Impl::paint_whole(const LiveGroup& g) const {
  std::vector<PlacedGlyph> glyphs;
  for (const PlacedWord& w : g.placed.words) {
    for (PlacedGlyph glyph : w.normal.glyphs) {
      glyph.x += w.normal_x;
      glyph.y += w.y;
      glyphs.push_back(std::move(glyph));
    }
  }
  Ink ink;
  ink.glyphs = glyphs;
  ink.style = &g.normal;
  ink.gradient = g.placed.block;
  return paint(ink, box.scale);
}

base::Result<std::optional<Sprite>> CaptionRenderer::Impl::part(LiveGroup& g, const Part& part) {
  const auto it = g.parts.find(part);
  if (it != g.parts.end()) return it->second;
  ASSIGN_OR_RETURN(std::optional<Sprite> sprite, paint_part(g, part));
  return g.parts.emplace(part, std::move(sprite)).first->second;
}

double CaptionRenderer::Impl::centre_x(const LiveGroup& g, size_t i, bool active) const {
  const PlacedWord& w = g.placed.words[i];
  return active ? w.active_x + w.active.width / 2 : w.normal_x + w.normal.width / 2;
}

double CaptionRenderer::Impl::centre_y(const LiveGroup& g, size_t i, bool active) const {
  const PlacedWord& w = g.placed.words[i];
  const double baseline = (active ? w.active : w.normal).lines.front().baseline;
  // Half-way up a capital.
  return w.y + baseline - 0.36 * g.normal.size;
}

base::Result<std::optional<Sprite>> CaptionRenderer::Impl::paint_part(LiveGroup& g,
                                                                      const Part& part) {
  if (part.layer == Layer::kPanel) return paint_panel(g);
  if (part.layer == Layer::kWhole) return paint_whole(g);
  const PlacedWord& w = g.placed.words[part.word];
  const TextBlock& block = part.active ? w.active : w.normal;
  const double x = part.active ? w.active_x : w.normal_x;
  // The active word is painted at the size it rests at, so that then nothing is resampled.
  const bool resized = part.active && content.effect != CaptionEffect::kKaraoke;
  const double settled = resized ? styles.settled : 1;
  const double shift_x = centre_x(g, part.word, part.active) * (1 / settled - 1);
  const double shift_y = centre_y(g, part.word, part.active) * (1 / settled - 1);
  Ink ink;
  ink.x = x + shift_x;
  ink.y = w.y + shift_y;
  if (part.layer == Layer::kBox) {
    const auto& b = *g.active_background;
    const double baseline = block.lines.front().baseline;
    ink.panel = {{ink.x - b.padding_x, ink.y + baseline - block.ascent - b.padding_y,
                  block.width + 2 * b.padding_x, block.ascent + block.descent + 2 * b.padding_y},
                 b.radius,
                 b.color};
    return paint(ink, box.scale * settled);
  }
  std::vector<PlacedGlyph> glyphs;
  for (const PlacedGlyph& glyph : block.glyphs) {
    if (part.bytes == 0 || glyph.byte < part.bytes) glyphs.push_back(glyph);
  }
  ink.glyphs = glyphs;
  ink.style = part.active ? &g.active : &g.normal;
  const Rect& r = g.placed.block;
  ink.gradient = {r.x + shift_x, r.y + shift_y, r.width, r.height};
  ink.shadow = part.layer == Layer::kShadow;
  ink.letters = part.layer == Layer::kLetters;
  return paint(ink, box.scale * settled);
}

// The letters of a word that is being sung: two sprites that share an edge.
base::Status CaptionRenderer::Impl::add_sung(LiveGroup& g, size_t i, double sung,
                                             std::vector<Sprite>& out) {
  const PlacedWord& w = g.placed.words[i];
  const double left = w.normal_x - g.normal.outline_width;
  const double width = w.normal.width + 2 * g.normal.outline_width;
  const double edge = (w.right_to_left ? left + width * (1 - sung) : left + width * sung);
  const auto add = [&](bool active) -> base::Status {
    ASSIGN_OR_RETURN(std::optional<Sprite> sprite, part(g, {i, active, Layer::kLetters, 0}));
    if (!sprite) return {};
    const double w_px = sprite->bitmap->width;
    const double at = std::clamp(edge * box.scale - sprite->x, 0.0, w_px);
    const bool left_side = active != w.right_to_left;
    ClipRect clip{0, 0, w_px, static_cast<double>(sprite->bitmap->height)};
    if (sung > 0 && sung < 1) (left_side ? clip.right : clip.left) = at;
    if ((sung <= 0 && active) || (sung >= 1 && !active) || clip.left >= clip.right) return {};
    if (sung > 0 && sung < 1) sprite->clip = clip;
    out.push_back(std::move(*sprite));
    return {};
  };
  RETURN_IF_ERROR(add(false));
  return add(true);
}

base::Status CaptionRenderer::Impl::add_word(LiveGroup& g, size_t i, const Rational& t, Layer layer,
                                             std::vector<Sprite>& out) {
  const WordTimes times = times_of(g.placed, i, content.max_gap);
  const WordLook look = look_at(content.effect, times, t, {styles.settled, g.placed.words[i].peak});
  if (!look.visible || look.opacity <= 0) return {};
  if (layer == Layer::kBox && (!look.active || !g.active_background)) return {};
  if (layer == Layer::kShadow && !g.normal.shadow) return {};
  const bool karaoke = content.effect == CaptionEffect::kKaraoke;
  if (karaoke && layer == Layer::kLetters) return add_sung(g, i, look.sung, out);

  Part wanted{i, look.active && !(karaoke && layer == Layer::kShadow), layer, 0};
  if (look.typed < 1) {
    auto& letters = g.letters[i];
    if (letters.empty()) letters = letters_of(g.placed.words[i].word.text);
    const auto shown = static_cast<size_t>(look.typed * static_cast<double>(letters.size()));
    if (shown + 1 < letters.size()) wanted.bytes = letters[shown];
  }
  ASSIGN_OR_RETURN(std::optional<Sprite> sprite, part(g, wanted));
  if (!sprite) return {};
  sprite->opacity = look.opacity;
  sprite->y -= look.lift * g.normal.size * box.scale;
  const double painted = wanted.active && !karaoke ? styles.settled : 1;
  if (look.scale != painted) {
    // About the word's centre, not the bitmap's.
    const double by = look.scale / painted;
    sprite->scale = by;
    const double from_x =
        sprite->x + sprite->bitmap->width / 2.0 - centre_x(g, i, wanted.active) * box.scale;
    const double from_y =
        sprite->y + sprite->bitmap->height / 2.0 - centre_y(g, i, wanted.active) * box.scale;
    sprite->x += (by - 1) * from_x;
    sprite->y += (by - 1) * from_y;
  }
  out.push_back(std::move(*sprite));
  return {};
}

CaptionRenderer::CaptionRenderer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaptionRenderer::CaptionRenderer(CaptionRenderer&&) noexcept = default;
CaptionRenderer& CaptionRenderer::operator=(CaptionRenderer&&) noexcept = default;
CaptionRenderer::~CaptionRenderer() = default;

namespace {

base::Status check(const schema::CaptionsContent& content, const Box& box) {
  RETURN_IF_ERROR(check_style(content.style, box));
  if (!(content.active_scale > 0 && content.active_scale <= 16)) {
    return base::invalid_argument("active_scale must be above 0 and at most 16");
  }
  if (content.active_background) {
    schema::TextStyle carrier;
    carrier.background = content.active_background;
    RETURN_IF_ERROR(check_style(carrier, box));
  }
  return {};
}

CaptionGroup from_program(const schema::CaptionGroup& group) {
  CaptionGroup out{.start = group.start, .end = group.end, .words = {}, .line_starts = {}};
  for (const schema::CaptionWord& w : group.words) {
    out.words.push_back({w.text, w.start, w.end, w.space_before, false});
  }
  for (const int line : group.line_starts) out.line_starts.push_back(static_cast<size_t>(line));
  return out;
}

schema::CaptionGroup to_program(const CaptionGroup& group) {
  schema::CaptionGroup out{.start = group.start, .end = group.end, .words = {}, .line_starts = {}};
  for (const CaptionWord& w : group.words) {
    out.words.push_back({w.text, w.start, w.end, w.space_before});
  }
  for (const size_t line : group.line_starts) out.line_starts.push_back(static_cast<int>(line));
  return out;
}

}  // namespace

base::Result<GroupedCaptions> group_captions(FontSet& fonts, const schema::CaptionsContent& content,
                                             const Box& box) {
  RETURN_IF_ERROR(check(content, box));
  ASSIGN_OR_RETURN(CueList cues, caption_words(content));
  const CaptionStyles styles = caption_styles(content);
  CaptionLayouter layouter(fonts, content, styles, box);
  GroupedCaptions out;
  for (const CaptionGroup& group : layouter.groups(cues.cues)) {
    out.groups.push_back(to_program(group));
  }
  out.warnings = std::move(cues.warnings);
  for (std::string& w : layouter.warnings()) out.warnings.push_back(std::move(w));
  return out;
}

base::Result<CaptionRenderer> CaptionRenderer::open(FontSet& fonts,
                                                    const schema::CaptionsContent& content,
                                                    const Box& box) {
  RETURN_IF_ERROR(check(content, box));
  GroupedCaptions fresh;
  if (!content.grouped) {
    ASSIGN_OR_RETURN(fresh, group_captions(fonts, content, box));
  }
  auto impl = std::make_unique<Impl>(fonts, content, box);
  impl->content.cues.clear();
  impl->content.groups.clear();
  for (const schema::CaptionGroup& group : content.grouped ? content.groups : fresh.groups) {
    impl->groups.push_back(from_program(group));
  }
  impl->warnings = std::move(fresh.warnings);
  return CaptionRenderer(std::move(impl));
}

base::Result<std::vector<Sprite>> CaptionRenderer::at(const Rational& t) {
  std::vector<Sprite> out;
  const auto& groups = impl_->groups;
  const auto after =
      std::upper_bound(groups.begin(), groups.end(), t,
                       [](const Rational& time, const CaptionGroup& g) { return time < g.start; });
  if (after == groups.begin() || t >= std::prev(after)->end) return out;
  LiveGroup& g = impl_->group_at(static_cast<size_t>(after - groups.begin()) - 1);
  const auto add_part = [&](Layer layer) -> base::Status {
    ASSIGN_OR_RETURN(std::optional<Sprite> sprite, impl_->part(g, {0, false, layer, 0}));
    if (sprite) out.push_back(std::move(*sprite));
    return {};
  };
  RETURN_IF_ERROR(add_part(Layer::kPanel));
  if (impl_->content.effect == CaptionEffect::kPlain) {
    RETURN_IF_ERROR(add_part(Layer::kWhole));
    return out;
  }
  // Boxes and shadows lie under all letters; the word that moves lies over the others.
  const size_t n = g.placed.words.size();
  const auto add_all = [&](Layer layer, bool active) -> base::Status {
    for (size_t i = 0; i < n; ++i) {
      const WordTimes times = times_of(g.placed, i, impl_->content.max_gap);
      if ((times.start <= t && t < times.until) != active) continue;
      RETURN_IF_ERROR(impl_->add_word(g, i, t, layer, out));
    }
    return {};
  };
  for (const Layer layer : {Layer::kBox, Layer::kShadow, Layer::kLetters}) {
    RETURN_IF_ERROR(add_all(layer, false));
    RETURN_IF_ERROR(add_all(layer, true));
  }
  return out;
}

const std::vector<std::string>& CaptionRenderer::warnings() const { return impl_->warnings; }

std::vector<Rational> CaptionRenderer::boundaries() const {
  std::vector<Rational> out;
  for (const CaptionGroup& g : impl_->groups) {
    if (out.empty() || out.back() != g.start) out.push_back(g.start);
    out.push_back(g.end);
  }
  return out;
}

}  // namespace rushes::text
