#include "text/font_set.h"

#include <fcntl.h>
#include <fontconfig/fontconfig.h>
// After fontconfig.h, whose macros it uses.
#include <fontconfig/fcfreetype.h>
#include <pango/pangofc-fontmap.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "text/font_pattern.h"
#include "text/font_set_impl.h"

namespace rushes::text {
namespace {

constexpr size_t kMaxFiles = 1024;

// The rules that painting cannot do without: emoji come from colour fonts first, their pictures are
// scaled to the size asked for, and a weight or slant that a family lacks is made from what it has.
constexpr char kRules[] = R"(<?xml version="1.0"?>
<fontconfig>
  <match target="pattern">
    <test name="family"><string>emoji</string></test>
    <edit name="color" mode="assign"><bool>true</bool></edit>
  </match>
  <match target="font">
    <test name="outline" compare="eq"><bool>false</bool></test>
    <edit name="pixelsizefixupfactor" mode="assign">
      <divide><name target="pattern">pixelsize</name><name target="font">pixelsize</name></divide>
    </edit>
    <edit name="matrix" mode="assign">
      <times>
        <name>matrix</name>
        <matrix>
          <name>pixelsizefixupfactor</name><double>0</double>
          <double>0</double><name>pixelsizefixupfactor</name>
        </matrix>
      </times>
    </edit>
    <edit name="size" mode="assign">
      <divide><name>size</name><name>pixelsizefixupfactor</name></divide>
    </edit>
  </match>
  <match target="font">
    <test name="outline" compare="eq"><bool>true</bool></test>
    <test name="slant"><const>roman</const></test>
    <test target="pattern" name="slant" compare="not_eq"><const>roman</const></test>
    <edit name="matrix" mode="assign">
      <times>
        <name>matrix</name>
        <matrix><double>1</double><double>0.2</double><double>0</double><double>1</double></matrix>
      </times>
    </edit>
    <edit name="slant" mode="assign"><const>oblique</const></edit>
  </match>
  <match target="font">
    <test name="outline" compare="eq"><bool>true</bool></test>
    <test name="variable" compare="eq"><bool>false</bool></test>
    <test name="weight" compare="less_eq"><const>medium</const></test>
    <test target="pattern" name="weight" compare="more_eq"><const>bold</const></test>
    <edit name="embolden" mode="assign"><bool>true</bool></edit>
  </match>
</fontconfig>
)";

base::Status check_font_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return base::from_errno(errno, "font");
  struct stat info {};
  std::array<unsigned char, 4> magic{};
  const bool known = ::fstat(fd, &info) == 0;
  const int stat_error = errno;
  const ssize_t got = known && S_ISREG(info.st_mode) ? ::pread(fd, magic.data(), 4, 0) : 0;
  ::close(fd);
  if (!known) return base::from_errno(stat_error, "font");
  if (!S_ISREG(info.st_mode)) return base::invalid_argument("not a file");
  if (info.st_size > kMaxFontBytes) {
    return base::resource("larger than 64 MiB, the limit for a font file");
  }
  const std::string_view tag(reinterpret_cast<const char*>(magic.data()),
                             static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (tag == "wOFF" || tag == "wOF2") {
    return base::unsupported("a web font (WOFF); convert it to .ttf or .otf");
  }
  if (tag.substr(0, 2) == "%!" || tag.substr(0, 2) == "\x80\x01") {
    return base::unsupported("a Type 1 font; convert it to .otf");
  }
  constexpr std::string_view kTrueType("\0\1\0\0", 4);
  if (tag != kTrueType && tag != "OTTO" && tag != "true" && tag != "ttcf") {
    return base::corrupt("not a font (neither TrueType nor OpenType)");
  }
  return {};
}

base::Result<FcFontSetOwned> query(const std::string& path) {
  RETURN_IF_ERROR(check_font_file(path));
  FcFontSetOwned set(FcFontSetCreate());
  int count = 0;
  FcFreeTypeQueryAll(reinterpret_cast<const FcChar8*>(path.c_str()), static_cast<unsigned>(-1),
                     nullptr, &count, set.get());
  if (set->nfont == 0) return base::corrupt("damaged, no face can be read");
  return set;
}

// Has the rules, and no fonts yet. Null: fontconfig refuses.
FcConfigOwned configuration() {
  FcConfigOwned config(FcConfigCreate());
  if (config && FcConfigParseAndLoadFromMemory(
                    config.get(), reinterpret_cast<const FcChar8*>(kRules), FcTrue) != FcTrue) {
    config.reset();
  }
  return config;
}

// Once for the process, before anything here asks for a language or for "the" configuration: pango
// applies the rules of that one to the fonts of whatever set.
bool settle_process() {
  static const bool settled = [] {
    ::setenv("PANGO_LANGUAGE", "en", 1);
    ::setenv("FC_LANG", "en", 1);
    const FcConfigOwned rules = configuration();
    return rules && FcConfigSetCurrent(rules.get()) == FcTrue;
  }();
  return settled;
}

GObjectOwned<PangoContext> make_context(PangoFontMap* map) {
  GObjectOwned<PangoContext> context(pango_font_map_create_context(map));
  Owned<cairo_font_options_t, cairo_font_options_destroy> options(cairo_font_options_create());
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context.get(), options.get());
  pango_cairo_context_set_resolution(context.get(), 96);
  pango_context_set_round_glyph_positions(context.get(), FALSE);
  pango_context_set_language(context.get(), pango_language_from_string("en"));
  pango_context_set_base_dir(context.get(), PANGO_DIRECTION_LTR);
  return context;
}

}  // namespace

FontSet::Impl::~Impl() {
  // Pango drops its reference to a configuration only when it is given another.
  if (!map) return;  // never was the current one
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map.get()), nullptr);
}

FontSet::FontSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FontSet::FontSet(FontSet&&) noexcept = default;
FontSet& FontSet::operator=(FontSet&&) noexcept = default;
FontSet::~FontSet() = default;

base::Result<FontSet> FontSet::open(std::vector<FontFile> files) {
  if (files.empty()) return base::invalid_argument("no fonts to draw text with");
  if (files.size() > kMaxFiles) return base::resource("more than 1024 fonts");
  auto impl = std::make_unique<Impl>();
  if (settle_process()) impl->config = configuration();
  if (!impl->config) return base::internal("fontconfig refuses the built-in rules");
  impl->coverage.reset(FcCharSetCreate());
  std::set<std::string> opened;
  for (const FontFile& file : files) {
    if (!opened.insert(file.path).second) continue;
    auto faces = query(file.path);
    if (!faces.ok()) return std::move(faces).error().in("font " + file.path);
    if (FcConfigAppFontAddFile(impl->config.get(),
                               reinterpret_cast<const FcChar8*>(file.path.c_str())) != FcTrue) {
      return base::corrupt("font " + file.path + ": damaged, no face can be read");
    }
    for (int i = 0; i < (*faces)->nfont; ++i) {
      const auto names = strings_of((*faces)->fonts[i], FC_FAMILY);
      for (const std::string& name : names) impl->names.insert(lower_ascii(name));
      FcCharSet* set = nullptr;
      if (FcPatternGetCharSet((*faces)->fonts[i], FC_CHARSET, 0, &set) == FcResultMatch) {
        FcCharSetMerge(impl->coverage.get(), set, nullptr);
      }
      if (!names.empty() && std::find(impl->families.begin(), impl->families.end(), names[0]) ==
                                impl->families.end()) {
        impl->families.push_back(names[0]);
      }
    }
  }
  if (impl->families.empty()) return base::corrupt("font " + files[0].path + ": has no name");
  impl->files = std::move(files);

  impl->map.reset(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT));
  if (!impl->map) return base::internal("pango is built without FreeType fonts");
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(impl->map.get()), impl->config.get());
  impl->context = make_context(impl->map.get());
  return FontSet(std::move(impl));
}

std::span<const FontFile> FontSet::files() const { return impl_->files; }
const std::vector<std::string>& FontSet::families() const { return impl_->families; }
bool FontSet::has_family(const std::string& name) const {
  return impl_->names.contains(lower_ascii(name));
}
bool FontSet::covers(char32_t c) const {
  return FcCharSetHasChar(impl_->coverage.get(), c) == FcTrue;
}

base::Result<std::vector<FontFace>> describe(const std::string& path) {
  ASSIGN_OR_RETURN(const FcFontSetOwned faces, query(path));
  std::vector<FontFace> out;
  for (int i = 0; i < faces->nfont; ++i) {
    FontFace face = face_of(faces->fonts[i], true);
    if (face.families.empty()) continue;
    // Named instances of a variable font are the same face.
    const bool seen = std::any_of(out.begin(), out.end(), [&](const FontFace& other) {
      return other.file.index == face.file.index;
    });
    if (!seen) out.push_back(std::move(face));
  }
  if (out.empty()) return base::corrupt("has no family name");
  return out;
}

FontDescription describe_font(const FontSet& fonts, const schema::TextStyle& style, double size) {
  std::vector<std::string> wanted;
  const auto add = [&](const std::string& name) {
    const std::string key = lower_ascii(name);
    const bool seen = std::any_of(wanted.begin(), wanted.end(),
                                  [&](const std::string& w) { return lower_ascii(w) == key; });
    if (!seen) wanted.push_back(name);
  };
  for (const std::string& name : style.families) {
    if (fonts.has_family(name)) add(name);
  }
  for (const std::string& name : fonts.families()) add(name);
  std::string list;
  for (const std::string& name : wanted) {
    if (name.find(',') != std::string::npos) continue;
    if (!list.empty()) list += ',';
    list += name;
  }
  FontDescription font(pango_font_description_new());
  pango_font_description_set_family(font.get(), list.c_str());
  pango_font_description_set_weight(font.get(),
                                    static_cast<PangoWeight>(std::clamp(style.weight, 100, 1000)));
  pango_font_description_set_style(font.get(),
                                   style.italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
  pango_font_description_set_absolute_size(font.get(), size * PANGO_SCALE);
  return font;
}

}  // namespace rushes::text
