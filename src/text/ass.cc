#include "text/ass.h"

#include <ass/ass.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <set>

#include "text/ass_compose.h"
#include "text/font_alias.h"
#include "text/font_pattern.h"
#include "text/font_set_impl.h"
#include "text/missing.h"
#include "text/owned.h"
#include "text/subtitles.h"

namespace rushes::text {
namespace {

using base::Rational;

using LibraryOwned = Owned<ASS_Library, ass_library_done>;
using RendererOwned = Owned<ASS_Renderer, ass_renderer_done>;
using TrackOwned = Owned<ASS_Track, ass_free_track>;

constexpr size_t kMaxWarnings = 100;
constexpr long kMaxAllFontBytes = 512L << 20;

// Each message once.
struct Messages {
  std::set<std::string> seen;
  std::vector<std::string> fresh;
  std::set<char32_t> missing;
  void add(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    if (text.empty() || seen.size() >= kMaxWarnings || !seen.insert(text).second) return;
    fresh.push_back(std::move(text));
  }
};

// Of "fontselect: failed to find any fallback with glyph 0x1F600 for font: ...".
std::optional<char32_t> missing_glyph(const char* text) {
  unsigned c = 0;
  const int found =
      std::sscanf(text, "fontselect: failed to find any fallback with glyph 0x%X", &c);
  return found == 1 ? std::optional<char32_t>(c) : std::nullopt;
}

void on_message(int level, const char* format, va_list args, void* data) {
  constexpr int kWarning = 2;
  if (level > kWarning) return;
  char text[512];
  std::vsnprintf(text, sizeof text, format, args);
  auto* messages = static_cast<Messages*>(data);
  if (const auto c = missing_glyph(text)) {
    if (messages->missing.insert(*c).second) messages->add(missing_warning({*c}));
    return;
  }
  // open() says it better, by looking at the script.
  const std::string_view view = text;
  if (view.starts_with("fontselect: Using default font family")) return;
  if (view.starts_with("Glyph 0x")) return;  // another font is tried
  messages->add(text);
}

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

base::Status add_fonts(ASS_Library* library, const FontSet& fonts,
                       const std::vector<FcPattern*>& faces, Messages& messages) {
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
      messages.add("font " + file.path + " cannot stand in for others");
    }
    ass_add_font(library, file.path.c_str(), data.data(), static_cast<int>(data.size()));
  }
  return {};
}

// Lines with a place of their own push no other line aside.
bool is_placed(const ASS_Event& event) {
  const std::string_view text = event.Text != nullptr ? event.Text : "";
  return text.find("\\pos") != std::string_view::npos ||
         text.find("\\move") != std::string_view::npos;
}

struct Span {
  long long start, end;
};

}  // namespace

struct AssRenderer::Impl {
  Messages messages;
  LibraryOwned library;
  RendererOwned renderer;
  TrackOwned track;
  std::string script;
  int width = 0, height = 0;

  // Times at which a line without a place of its own begins or ends, and the stretches that such
  // lines fill without a gap.
  std::vector<long long> steps;
  std::vector<Span> stretches;

  std::optional<long long> last_time;
  std::vector<Sprite> sprites;

  base::Status parse();
  void find_steps();
  void go_to(long long time, int& change);
};

base::Status AssRenderer::Impl::parse() {
  track.reset(ass_read_memory(library.get(), script.data(), script.size(), nullptr));
  if (!track) return base::corrupt("not an .ass script");
  return {};
}

void AssRenderer::Impl::find_steps() {
  std::vector<Span> spans;
  for (int i = 0; i < track->n_events; ++i) {
    const ASS_Event& e = track->events[i];
    if (e.Duration > 0 && !is_placed(e)) spans.push_back({e.Start, e.Start + e.Duration});
  }
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    return std::pair(a.start, a.end) < std::pair(b.start, b.end);
  });
  for (const Span& s : spans) {
    steps.push_back(s.start);
    steps.push_back(s.end);
    if (!stretches.empty() && s.start <= stretches.back().end) {
      stretches.back().end = std::max(stretches.back().end, s.end);
    } else {
      stretches.push_back(s);
    }
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
}

// A line that gave way to another stays there when the other has gone. So that a picture does not
// depend on what was drawn before it, the renderer is led through every step of the stretch.
void AssRenderer::Impl::go_to(long long time, int& change) {
  const auto after = std::upper_bound(stretches.begin(), stretches.end(), time,
                                      [](long long t, const Span& s) { return t < s.start; });
  if (after == stretches.begin() || time >= std::prev(after)->end) return;
  const long long stretch = std::prev(after)->start;
  const long long from = last_time && *last_time >= stretch ? *last_time + 1 : stretch;
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

base::Result<AssRenderer> AssRenderer::open(FontSet& fonts, std::span<const std::byte> script,
                                            const Box& box) {
  const double width = box.width * box.scale, height = box.height * box.scale;
  if (!(width >= 1 && height >= 1 && width <= kMaxBitmapSide && height <= kMaxBitmapSide &&
        width * height <= static_cast<double>(kMaxBitmapPixels))) {
    return base::invalid_argument("frame size out of range");
  }
  const std::string_view bytes(reinterpret_cast<const char*>(script.data()), script.size());
  ASSIGN_OR_RETURN(DecodedText decoded, decode_text(bytes));
  ASSIGN_OR_RETURN(const AssNeeds needs, ass_needs(bytes));

  auto impl = std::make_unique<Impl>();
  impl->script = std::move(decoded.utf8);
  for (std::string& w : decoded.warnings) impl->messages.add(std::move(w));
  if (impl->script.find("\n[Fonts]") != std::string::npos) {
    impl->messages.add("fonts embedded in the script are not used");
  }
  impl->library.reset(ass_library_init());
  if (!impl->library) return base::internal("libass cannot start");
  ass_set_message_cb(impl->library.get(), on_message, &impl->messages);
  ass_set_extract_fonts(impl->library.get(), 0);
  const std::vector<FcPattern*> faces = drawable(fonts);
  if (faces.empty()) return base::invalid_argument("no font that can draw an .ass script");
  RETURN_IF_ERROR(add_fonts(impl->library.get(), fonts, faces, impl->messages));

  impl->renderer.reset(ass_renderer_init(impl->library.get()));
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

  for (const std::string& family : needs.families) {
    if (!fonts.has_family(family)) {
      const auto names = strings_of(faces.front(), FC_FAMILY);
      impl->messages.add("font \"" + family + "\" is not among the fonts; \"" +
                         (names.empty() ? kFallback : names.front()) + "\" is used");
    }
  }
  std::vector<char32_t> missing;
  std::copy_if(needs.code_points.begin(), needs.code_points.end(), std::back_inserter(missing),
               [&](char32_t c) { return c != 0xFE0F && !draws(faces, c); });
  if (!missing.empty()) impl->messages.add(missing_warning(missing));
  impl->messages.missing.insert(missing.begin(), missing.end());

  RETURN_IF_ERROR(impl->parse());
  const ASS_Track& track = *impl->track;
  if (track.n_events > kMaxScriptEvents)
    return base::resource("more than 100000 lines in a script");
  if (track.PlayResX > kMaxBitmapSide || track.PlayResY > kMaxBitmapSide || track.PlayResX < 0 ||
      track.PlayResY < 0) {
    return base::invalid_argument("PlayResX or PlayResY is out of range (1 to 16384)");
  }
  if (track.n_events == 0) {
    impl->messages.add("the script has no Dialogue lines: nothing is shown");
  }
  impl->find_steps();
  return AssRenderer(std::move(impl));
}

base::Result<std::vector<Sprite>> AssRenderer::at(const Rational& t) {
  Impl& m = *impl_;
  const Rational milliseconds = t * Rational(1000);
  if (milliseconds < Rational(0) || milliseconds > Rational(int64_t{1} << 40)) {
    return std::vector<Sprite>();
  }
  const long long time = milliseconds.floor();
  int change = 0;
  if (m.last_time && time < *m.last_time) {
    // Only a track that is new has no memory of what was shown.
    RETURN_IF_ERROR(m.parse());
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

std::vector<std::string> AssRenderer::take_warnings() {
  return std::exchange(impl_->messages.fresh, {});
}

}  // namespace rushes::text
