#include "text/ass.h"

#include <ass/ass.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <optional>
#include <set>

#include "schema/limits.h"
#include "schema/script.h"
#include "text/ass_compose.h"
#include "text/ass_track.h"
#include "text/font_alias.h"
#include "text/font_pattern.h"
#include "text/font_set_impl.h"
#include "text/owned.h"

namespace rushes::text {
namespace {

using base::Rational;

using RendererOwned = Owned<ASS_Renderer, ass_renderer_done>;

constexpr long kMaxAllFontBytes = 512L << 20;

base::Result<std::vector<char>> read_font(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return base::from_errno(errno, "font " + path);
  std::vector<char> data;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && info.st_size > 0 && info.st_size <= kMaxFontBytes) {
    data.resize(static_cast<size_t>(info.st_size));
  }
  size_t done = 0;
  while (done < data.size()) {
    const ssize_t n = ::pread(fd, data.data() + done, data.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  ::close(fd);
  if (data.empty() || done < data.size()) return base::corrupt("font " + path + ": cannot be read");
  return data;
}

// Faces of the set that libass can draw: it has no use for coloured glyphs.
std::vector<FcPattern*> drawable(const FontSet& fonts) {
  const FcFontSet* all = FcConfigGetFonts(fonts.impl().config.get(), FcSetApplication);
  std::vector<FcPattern*> out;
  for (int i = 0; all != nullptr && i < all->nfont; ++i) {
    if (!bool_of(all->fonts[i], FC_COLOR, false)) out.push_back(all->fonts[i]);
  }
  return out;
}

bool draws(const std::vector<FcPattern*>& faces, char32_t c) {
  return std::any_of(faces.begin(), faces.end(), [c](const FcPattern* face) {
    FcCharSet* set = nullptr;
    return FcPatternGetCharSet(face, FC_CHARSET, 0, &set) == FcResultMatch &&
           FcCharSetHasChar(set, c) == FcTrue;
  });
}

// libass falls back to one family. Here all fonts belong to it, so that any of them can help out.
constexpr char kFallback[] = "Rushes Fallback";

base::Status add_fonts(AssLibrary& library, const FontSet& fonts,
                       const std::vector<FcPattern*>& faces) {
  long total = 0;
  std::set<std::string> wanted, added;
  for (const FcPattern* face : faces) {
    for (const std::string& path : strings_of(face, FC_FILE)) wanted.insert(path);
  }
  for (const FontFile& file : fonts.files()) {
    if (!wanted.contains(file.path) || !added.insert(file.path).second) continue;
    ASSIGN_OR_RETURN(std::vector<char> data, read_font(file.path));
    total += static_cast<long>(data.size());
    if (total > kMaxAllFontBytes) return base::resource("fonts of more than 512 MiB");
    if (!add_family_name(data, kFallback)) {
      library.add("font " + file.path + " cannot stand in for others");
    }
    ass_add_font(library.get(), file.path.c_str(), data.data(), static_cast<int>(data.size()));
  }
  return {};
}

}  // namespace

struct AssRenderer::Impl {
  std::unique_ptr<AssLibrary> library;
  RendererOwned renderer;
  AssTrack track;
  schema::Script script;
  int width = 0, height = 0;

  // Times at which a line without a place of its own begins or ends.
  std::vector<int64_t> steps;
  std::vector<schema::Stretch> stretches;

  std::optional<int64_t> last_time;
  std::vector<Sprite> sprites;

  base::Status make_track();
  void find_steps();
  void warn(const FontSet& fonts, const std::vector<FcPattern*>& faces, const AssNeeds& needs);
  void go_to(int64_t time, int& change);
};

base::Status AssRenderer::Impl::make_track() {
  ASSIGN_OR_RETURN(track, track_of(*library, script));
  return {};
}

void AssRenderer::Impl::find_steps() {
  stretches = schema::stretches(script.lines);
  for (const schema::ScriptLine& line : script.lines) {
    if (!line.placed) steps.insert(steps.end(), {line.start_ms, line.end_ms});
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
}

// What cannot be drawn as it is asked for.
void AssRenderer::Impl::warn(const FontSet& fonts, const std::vector<FcPattern*>& faces,
                             const AssNeeds& needs) {
  for (const std::string& family : needs.families) {
    if (fonts.has_family(family)) continue;
    const auto names = strings_of(faces.front(), FC_FAMILY);
    library->add("font \"" + family + "\" is not among the fonts; \"" +
                 (names.empty() ? kFallback : names.front()) + "\" is used");
  }
  std::vector<char32_t> missing;
  std::copy_if(needs.code_points.begin(), needs.code_points.end(), std::back_inserter(missing),
               [&](char32_t c) { return c != 0xFE0F && !draws(faces, c); });
  library->add_missing(missing);
}

// A line that gave way to another stays there when the other has gone. So that a picture does not
// depend on what was drawn before it, the renderer is led through every step of the stretch.
void AssRenderer::Impl::go_to(int64_t time, int& change) {
  const auto after =
      std::upper_bound(stretches.begin(), stretches.end(), time,
                       [](int64_t t, const schema::Stretch& s) { return t < s.start_ms; });
  if (after == stretches.begin() || time >= std::prev(after)->end_ms) return;
  const int64_t stretch = std::prev(after)->start_ms;
  const int64_t from = last_time && *last_time >= stretch ? *last_time + 1 : stretch;
  auto step = std::lower_bound(steps.begin(), steps.end(), from);
  for (; step != steps.end() && *step < time; ++step) {
    int changed = 0;
    ass_render_frame(renderer.get(), track.get(), *step, &changed);
    change = std::max(change, changed);
  }
}

AssRenderer::AssRenderer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AssRenderer::AssRenderer(AssRenderer&&) noexcept = default;
AssRenderer& AssRenderer::operator=(AssRenderer&&) noexcept = default;
AssRenderer::~AssRenderer() = default;

base::Result<AssRenderer> AssRenderer::open(FontSet& fonts, schema::Script script, const Box& box) {
  const double width = box.width * box.scale, height = box.height * box.scale;
  if (!(width >= 1 && height >= 1 && width <= kMaxBitmapSide && height <= kMaxBitmapSide &&
        width * height <= static_cast<double>(kMaxBitmapPixels))) {
    return base::invalid_argument("frame size out of range");
  }
  ASSIGN_OR_RETURN(const AssNeeds needs, ass_needs(script));
  auto impl = std::make_unique<Impl>();
  impl->script = std::move(script);
  ASSIGN_OR_RETURN(impl->library, AssLibrary::open());
  const std::vector<FcPattern*> faces = drawable(fonts);
  if (faces.empty()) return base::invalid_argument("no font that can draw an .ass script");
  RETURN_IF_ERROR(add_fonts(*impl->library, fonts, faces));

  impl->renderer.reset(ass_renderer_init(impl->library->get()));
  if (!impl->renderer) return base::internal("libass cannot start");
  impl->width = static_cast<int>(std::floor(width + 0.5));
  impl->height = static_cast<int>(std::floor(height + 0.5));
  ASS_Renderer* renderer = impl->renderer.get();
  ass_set_frame_size(renderer, impl->width, impl->height);
  ass_set_storage_size(renderer, static_cast<int>(std::max(box.width, 1.0)),
                       static_cast<int>(std::max(box.height, 1.0)));
  ass_set_hinting(renderer, ASS_HINTING_NONE);
  ass_set_shaper(renderer, ASS_SHAPING_COMPLEX);
  ass_set_cache_limits(renderer, 10000, 64);
  ass_set_fonts(renderer, nullptr, kFallback, ASS_FONTPROVIDER_NONE, nullptr, 0);

  impl->warn(fonts, faces, needs);
  RETURN_IF_ERROR(impl->make_track());
  impl->find_steps();
  return AssRenderer(std::move(impl));
}

base::Result<std::vector<Sprite>> AssRenderer::at(const Rational& t) {
  Impl& m = *impl_;
  if (t < 0 || t > 2 * schema::kMaxSeconds) return std::vector<Sprite>();
  const int64_t time = ((m.script.begin + t) * Rational(1000)).floor();
  int change = 0;
  if (m.last_time && time < *m.last_time) {
    // Only a track that is new has no memory of what was shown.
    RETURN_IF_ERROR(m.make_track());
    m.last_time.reset();
    change = 2;
  }
  m.go_to(time, change);
  int changed = 0;
  const ASS_Image* images = ass_render_frame(m.renderer.get(), m.track.get(), time, &changed);
  if (std::max(change, changed) > 0 || !m.last_time) m.sprites = compose(images);
  m.last_time = time;
  return m.sprites;
}

std::vector<std::string> AssRenderer::take_warnings() { return impl_->library->take_messages(); }

}  // namespace rushes::text
