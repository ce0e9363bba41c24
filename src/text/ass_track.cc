#include "text/ass_track.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <optional>

#include "text/missing.h"

namespace rushes::text {
namespace {

constexpr size_t kMaxMessages = 100;

// Of "fontselect: failed to find any fallback with glyph 0x1F600 for font: ...".
std::optional<char32_t> missing_glyph(const char* text) {
  unsigned c = 0;
  const int found =
      std::sscanf(text, "fontselect: failed to find any fallback with glyph 0x%X", &c);
  return found == 1 ? std::optional<char32_t>(c) : std::nullopt;
}

}  // namespace

base::Result<std::unique_ptr<AssLibrary>> AssLibrary::open() {
  auto out = std::make_unique<AssLibrary>();
  out->library_.reset(ass_library_init());
  if (!out->library_) return base::internal("libass cannot start");
  ass_set_message_cb(out->get(), on_message, out.get());
  ass_set_extract_fonts(out->get(), 0);
  return out;
}

void AssLibrary::add(std::string message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  if (message.empty() || seen_.size() >= kMaxMessages || !seen_.insert(message).second) return;
  fresh_.push_back(std::move(message));
}

void AssLibrary::add_missing(const std::vector<char32_t>& glyphs) {
  std::vector<char32_t> fresh;
  for (const char32_t c : glyphs) {
    if (missing_.insert(c).second) fresh.push_back(c);
  }
  if (!fresh.empty()) add(missing_warning(fresh));
}

void AssLibrary::on_message(int level, const char* format, va_list args, void* self) {
  constexpr int kWarning = 2;
  if (level > kWarning) return;
  char text[512];
  std::vsnprintf(text, sizeof text, format, args);
  auto* library = static_cast<AssLibrary*>(self);
  if (const auto c = missing_glyph(text)) {
    library->add_missing({*c});
    return;
  }
  // AssRenderer::open() says it better, by looking at the script.
  const std::string_view view = text;
  if (view.starts_with("fontselect: Using default font family")) return;
  if (view.starts_with("Glyph 0x")) return;  // another font is tried
  library->add(text);
}

base::Result<AssTrack> read_track(const AssLibrary& library, const std::string& text) {
  std::string copy = text;  // libass asks for one that it may write to
  AssTrack track(ass_read_memory(library.get(), copy.data(), copy.size(), nullptr));
  if (!track) return base::corrupt("not an .ass script");
  return track;
}

base::Result<AssTrack> track_of(const AssLibrary& library, const schema::Script& script) {
  ASSIGN_OR_RETURN(AssTrack track, read_track(library, script.header));
  for (const schema::ScriptLine& line : script.lines) {
    if (line.style < 0 || line.style >= track->n_styles) {
      return base::corrupt("a line of the script has no style");
    }
    const int i = ass_alloc_event(track.get());
    if (i < 0) return base::resource("no memory for an .ass script");
    ASS_Event& event = track->events[i];
    event.Start = line.start_ms;
    event.Duration = line.end_ms - line.start_ms;
    event.ReadOrder = i;
    event.Layer = line.layer;
    event.Style = line.style;
    event.MarginL = line.margin_left;
    event.MarginR = line.margin_right;
    event.MarginV = line.margin_vertical;
    event.Effect = ::strdup(line.effect.c_str());
    event.Text = ::strdup(line.text.c_str());
    event.Name = ::strdup("");
    if (event.Effect == nullptr || event.Text == nullptr || event.Name == nullptr) {
      return base::resource("no memory for an .ass script");
    }
  }
  return track;
}

}  // namespace rushes::text
