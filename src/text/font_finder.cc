#include "text/font_finder.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

#include "text/code_points.h"
#include "text/font_pattern.h"
#include "text/missing.h"
#include "text/near_names.h"

namespace rushes::text {
namespace {

constexpr char kEmojiFamily[] = "Noto Color Emoji";

bool is_generic(const std::string& family) {
  static constexpr std::array<std::string_view, 6> kGeneric = {"sans-serif", "sans", "serif",
                                                               "monospace",  "mono", "system-ui"};
  const std::string name = lower_ascii(family);
  return std::find(kGeneric.begin(), kGeneric.end(), name) != kGeneric.end();
}

const FcChar8* fc(const std::string& text) {
  return reinterpret_cast<const FcChar8*>(text.c_str());
}

// Which variant of the Han characters is meant, as far as the text tells.
const char* language_of(const std::set<char32_t>& code_points) {
  const auto any = [&](char32_t first, char32_t last) {
    const auto it = code_points.lower_bound(first);
    return it != code_points.end() && *it <= last;
  };
  if (any(0x3040, 0x30FF)) return "ja";
  if (any(0xAC00, 0xD7AF) || any(0x1100, 0x11FF)) return "ko";
  if (any(0x4E00, 0x9FFF)) return "zh-cn";
  return "en";
}

struct ByName {
  bool operator()(const FontFace* a, const FontFace* b) const {
    return std::tuple(a->weight, a->italic, a->style, a->file.path, a->file.index) <
           std::tuple(b->weight, b->italic, b->style, b->file.path, b->file.index);
  }
};

}  // namespace

struct FontFinder::Impl {
  FcConfigOwned config;
  std::vector<FontFace> installed;  // with coverage
  std::vector<FontFace> own;
  std::map<std::string, std::vector<const FontFace*>> by_name;  // lower case, any name

  void index();
  std::vector<const FontFace*> faces_of(const std::string& family) const;
  std::string resolve_generic(const std::string& family) const;
  std::vector<const FontFace*> preferred(const std::string& family,
                                         const std::set<char32_t>& wanted) const;
  void cover(std::set<char32_t>& left, const std::string& family, FontMatch& match) const;
};

namespace {

void add_file(const FontFace& face, FontMatch& match) {
  if (std::find(match.files.begin(), match.files.end(), face.file) == match.files.end()) {
    match.files.push_back(face.file);
  }
}

void remove_covered(const FontFace& face, std::set<char32_t>& left) {
  std::erase_if(left, [&face](char32_t c) { return face.covers(c); });
}

}  // namespace

void FontFinder::Impl::index() {
  by_name.clear();
  std::set<std::string> own_names;
  const auto add = [&](const FontFace& face) {
    for (const std::string& name : face.families) {
      auto& faces = by_name[lower_ascii(name)];
      if (std::find(faces.begin(), faces.end(), &face) == faces.end()) faces.push_back(&face);
    }
  };
  for (const FontFace& face : own) {
    add(face);
    for (const std::string& name : face.families) own_names.insert(lower_ascii(name));
  }
  for (const FontFace& face : installed) {
    const bool hidden =
        std::any_of(face.families.begin(), face.families.end(),
                    [&](const std::string& name) { return own_names.contains(lower_ascii(name)); });
    if (!hidden) add(face);
  }
  for (auto& [name, faces] : by_name) std::sort(faces.begin(), faces.end(), ByName());
}

// Condensed and expanded faces only if there are no others.
std::vector<const FontFace*> FontFinder::Impl::faces_of(const std::string& family) const {
  const auto it = by_name.find(lower_ascii(family));
  if (it == by_name.end()) return {};
  std::vector<const FontFace*> normal;
  std::copy_if(it->second.begin(), it->second.end(), std::back_inserter(normal),
               [](const FontFace* f) { return f->normal_width; });
  return normal.empty() ? it->second : normal;
}

std::string FontFinder::Impl::resolve_generic(const std::string& family) const {
  for (const FontFace* face : preferred(family, {})) return face->file.family;
  return {};
}

// All usable installed faces, best first, in the order that the system's configuration gives.
std::vector<const FontFace*> FontFinder::Impl::preferred(const std::string& family,
                                                         const std::set<char32_t>& wanted) const {
  const FcPatternOwned pattern(FcPatternCreate());
  FcPatternAddString(pattern.get(), FC_FAMILY, fc(family));
  FcPatternAddString(pattern.get(), FC_LANG, fc(language_of(wanted)));
  FcPatternAddInteger(pattern.get(), FC_WEIGHT, FC_WEIGHT_REGULAR);
  FcPatternAddInteger(pattern.get(), FC_SLANT, FC_SLANT_ROMAN);
  FcConfigSubstitute(config.get(), pattern.get(), FcMatchPattern);
  FcDefaultSubstitute(pattern.get());
  FcResult result = FcResultMatch;
  const FcFontSetOwned sorted(FcFontSort(config.get(), pattern.get(), FcFalse, nullptr, &result));
  std::map<std::pair<std::string, int>, const FontFace*> known;
  for (const FontFace& face : installed)
    known.try_emplace({face.file.path, face.file.index}, &face);
  std::vector<const FontFace*> out;
  std::set<const FontFace*> seen;
  for (int i = 0; sorted && i < sorted->nfont; ++i) {
    const FontFace face = face_of(sorted->fonts[i], false);
    const auto it = known.find({face.file.path, face.file.index});
    if (it != known.end() && seen.insert(it->second).second) out.push_back(it->second);
  }
  return out;
}

// The face that covers most of what is left, again and again; ties go to the preferred one.
void FontFinder::Impl::cover(std::set<char32_t>& left, const std::string& family,
                             FontMatch& match) const {
  if (left.empty()) return;
  const auto candidates = preferred(family, left);
  constexpr int kMaxFallbacks = 64;
  for (int round = 0; round < kMaxFallbacks && !left.empty(); ++round) {
    const FontFace* best = nullptr;
    long most = 0;
    for (const FontFace* face : candidates) {
      if (face->italic || face->color) continue;
      const long n =
          std::count_if(left.begin(), left.end(), [face](char32_t c) { return face->covers(c); });
      if (n > most) {
        most = n;
        best = face;
      }
    }
    if (best == nullptr) return;
    add_file(*best, match);
    remove_covered(*best, left);
  }
}

FontFinder::FontFinder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FontFinder::FontFinder(FontFinder&&) noexcept = default;
FontFinder& FontFinder::operator=(FontFinder&&) noexcept = default;
FontFinder::~FontFinder() = default;

base::Result<FontFinder> FontFinder::open() {
  auto impl = std::make_unique<Impl>();
  impl->config.reset(FcInitLoadConfigAndFonts());
  if (!impl->config) return base::internal("fontconfig cannot read its configuration");
  const FcFontSet* fonts = FcConfigGetFonts(impl->config.get(), FcSetSystem);
  for (int i = 0; fonts != nullptr && i < fonts->nfont; ++i) {
    const FcPattern* pattern = fonts->fonts[i];
    // Type 1 and bitmap fonts cannot be shaped; colour bitmaps count as scalable.
    if (!bool_of(pattern, FC_SCALABLE, false)) continue;
    const auto formats = strings_of(pattern, FC_FONTFORMAT);
    if (!formats.empty() && formats[0] != "TrueType" && formats[0] != "CFF") continue;
    if (int_of(pattern, FC_INDEX, 0) >> 16 != 0 && !bool_of(pattern, FC_VARIABLE, false)) continue;
    FontFace face = face_of(pattern, true);
    if (!face.families.empty()) impl->installed.push_back(std::move(face));
  }
  std::sort(impl->installed.begin(), impl->installed.end(),
            [](const FontFace& a, const FontFace& b) {
              return std::tuple(a.file.path, a.file.index) < std::tuple(b.file.path, b.file.index);
            });
  impl->index();
  return FontFinder(std::move(impl));
}

void FontFinder::add(std::vector<FontFace> faces) {
  for (FontFace& face : faces) impl_->own.push_back(std::move(face));
  impl_->index();
}

base::Result<FontMatch> FontFinder::find(const FontRequest& request) const {
  FontMatch match;
  std::vector<std::string> absent;
  std::set<char32_t> left(request.code_points.begin(), request.code_points.end());
  const bool asks_for_emoji = left.erase(0xFE0F) + left.erase(0x20E3) > 0;
  std::set<char32_t> emoji;
  std::copy_if(left.begin(), left.end(), std::inserter(emoji, emoji.end()), is_default_emoji);

  std::vector<std::string> families = request.families;
  if (families.empty()) families.push_back("sans-serif");
  const auto take = [&](const std::string& name) {
    const auto faces = impl_->faces_of(name);
    for (const FontFace* face : faces) {
      add_file(*face, match);
      remove_covered(*face, left);
    }
    if (!faces.empty()) match.families.push_back(faces.front()->file.family);
    return !faces.empty();
  };
  for (const std::string& family : families) {
    if (take(family)) continue;
    if (!is_generic(family) || !take(impl_->resolve_generic(family))) absent.push_back(family);
  }
  for (const std::string& name : absent) {
    std::vector<std::string> known;
    for (const auto& [lower, faces] : impl_->by_name) {
      for (const std::string& n : faces.front()->families) {
        if (lower_ascii(n) == lower) known.push_back(n);
      }
    }
    const std::string message =
        "font \"" + name + "\" is not installed" + did_you_mean(name, known);
    if (match.families.empty() && !request.substitute) return base::not_found(message);
    match.warnings.push_back(message);
  }
  if (match.families.empty()) {
    const std::string stand_in = impl_->resolve_generic("sans-serif");
    if (!take(stand_in)) return base::not_found("no fonts are installed");
    const std::string stands_in = "\"" + stand_in + "\" stands in";
    if (match.warnings.empty()) match.warnings.emplace_back();
    std::string& last = match.warnings.back();
    last += (last.empty() ? "" : "; ") + stands_in;
  }

  // Letters that a text font has in black and white are still wanted in colour.
  if (!emoji.empty() || asks_for_emoji) {
    for (const FontFace* face : impl_->faces_of(kEmojiFamily)) {
      add_file(*face, match);
      remove_covered(*face, left);
    }
  }
  impl_->cover(left, match.families.front(), match);
  match.uncovered.assign(left.begin(), left.end());
  if (!left.empty()) match.warnings.push_back(missing_warning(match.uncovered));
  return match;
}

std::vector<FamilyInfo> FontFinder::list() const {
  std::map<std::string, FamilyInfo> families;
  const auto add = [&](const FontFace& face) {
    FamilyInfo& info = families[lower_ascii(face.file.family)];
    if (info.family.empty()) info.family = face.file.family;
    info.faces.push_back(face);
    info.faces.back().coverage.clear();
  };
  for (const FontFace& face : impl_->own) add(face);
  for (const FontFace& face : impl_->installed) add(face);
  std::vector<FamilyInfo> out;
  for (auto& [name, info] : families) {
    std::sort(info.faces.begin(), info.faces.end(),
              [](const FontFace& a, const FontFace& b) { return ByName()(&a, &b); });
    out.push_back(std::move(info));
  }
  return out;
}

}  // namespace rushes::text
