#include "plan/explain.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "plan/key.h"
#include "schema/program_fields.h"

namespace rushes::plan {
namespace {

using schema::Clip;
using schema::Program;

constexpr size_t kMostNames = 6;

// Names of the fields in which two values of one type differ. Lists are named as a whole, unless
// they are of equal length; what stands in them then goes by its own name.
class Differ {
 public:
  template <class T>
  void compare(const std::string& name, const T& a, const T& b) {
    if (a == b) return;
    if constexpr (requires { schema::Fields<T>::list; }) {
      std::apply(
          [&](auto... fields) {
            (compare(join(name, fields.name), a.*(fields.member), b.*(fields.member)), ...);
          },
          schema::Fields<T>::list);
    } else {
      compare_other(name, a, b);
    }
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  static std::string join(const std::string& name, const char* field) {
    return name.empty() ? field : name + "." + field;
  }
  void add(const std::string& name) {
    if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
  }

  template <class T>
  void compare_other(const std::string& name, const T&, const T&) {
    add(name);
  }
  void compare_other(const std::string& name, const std::string& a, const std::string& b) {
    constexpr size_t kLong = 40;
    const bool shown = a.size() <= kLong && b.size() <= kLong && !a.empty() && !b.empty();
    add(shown ? name + " (\"" + a + "\" to \"" + b + "\")" : name);
  }
  template <class T>
  void compare_other(const std::string& name, const std::vector<T>& a, const std::vector<T>& b) {
    if (a.size() != b.size()) return add(name);
    for (size_t i = 0; i < a.size(); ++i) compare(name, a[i], b[i]);
  }
  template <class T>
  void compare_other(const std::string& name, const std::optional<T>& a,
                     const std::optional<T>& b) {
    if (!a || !b) return add(name);
    compare(name, *a, *b);
  }
  template <class... T>
  void compare_other(const std::string& name, const std::variant<T...>& a,
                     const std::variant<T...>& b) {
    if (a.index() != b.index()) return add(name);
    std::visit(
        [&](const auto& content) {
          compare(name, content, std::get<std::decay_t<decltype(content)>>(b));
        },
        a);
  }

  std::vector<std::string> names_;
};

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kMostNames; ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  if (names.size() > kMostNames) text += ", and more";
  return text;
}

int input_of(const Clip& clip) {
  if (const auto* image = std::get_if<schema::ImageContent>(&clip.content)) return image->input;
  if (const auto* video = std::get_if<schema::VideoContent>(&clip.content)) return video->input;
  return -1;
}

std::vector<int>* font_numbers(Clip& clip) {
  if (auto* text = std::get_if<schema::TextContent>(&clip.content)) return &text->fonts;
  if (auto* captions = std::get_if<schema::CaptionsContent>(&clip.content)) return &captions->fonts;
  return nullptr;
}

// Without their places.
std::vector<schema::Font> fonts_of(const Program& program, Clip& clip) {
  std::vector<schema::Font> fonts;
  if (const auto* numbers = font_numbers(clip)) {
    for (const int i : *numbers) {
      fonts.push_back(program.fonts[static_cast<size_t>(i)]);
      fonts.back().path.clear();
    }
  }
  return fonts;
}

// Clips are compared by what they are, not by how their inputs and fonts happen to be numbered.
std::vector<std::string> differences_of(const Program& p, const Clip& before, const Program& q,
                                        const Clip& after) {
  Clip a = before;
  Clip b = after;
  for (Clip* clip : {&a, &b}) {
    clip->id.clear();
    clip->pointer.clear();
  }
  Differ differ;
  const int i = input_of(a);
  const int k = input_of(b);
  if (i >= 0 && k >= 0 && a.content.index() == b.content.index()) {
    const schema::Input& from = p.inputs[static_cast<size_t>(i)];
    const schema::Input& to = q.inputs[static_cast<size_t>(k)];
    if (from.hash != to.hash) differ.compare("content of the file", from.hash, to.hash);
    std::visit(
        [&](auto& content) {
          if constexpr (requires { content.input; }) content.input = k;
        },
        a.content);
  }
  if (fonts_of(p, a) != fonts_of(q, b)) differ.compare("fonts", 0, 1);
  for (Clip* clip : {&a, &b}) {
    if (auto* fonts = font_numbers(*clip)) fonts->clear();
  }
  differ.compare("", a, b);
  std::vector<std::string> names = differ.take();
  for (std::string& name : names) {
    if (name.starts_with("content of the file")) name = "content of the file";
  }
  return names;
}

}  // namespace

std::vector<std::string> differences(const Program& before, const Program& after) {
  std::vector<std::string> out;
  Program a = before;
  Program b = after;
  // Of the whole picture.
  for (Program* p : {&a, &b}) {
    p->tracks.clear();
    p->inputs.clear();
    p->fonts.clear();
  }
  Differ whole;
  whole.compare("", a, b);
  if (const auto names = whole.take(); !names.empty()) out.push_back(list_of(names));
  const size_t tracks = std::max(before.tracks.size(), after.tracks.size());
  for (size_t t = 0; t < tracks; ++t) {
    if (t >= before.tracks.size() || t >= after.tracks.size() ||
        before.tracks[t].clips.size() != after.tracks[t].clips.size()) {
      out.emplace_back("other clips are seen");
      continue;
    }
    for (size_t c = 0; c < after.tracks[t].clips.size(); ++c) {
      const Clip& clip = after.tracks[t].clips[c];
      const auto names = differences_of(before, before.tracks[t].clips[c], after, clip);
      if (!names.empty()) out.push_back(clip.pointer + ": " + list_of(names));
    }
  }
  if (out.empty() && key_text(before) != key_text(after)) out.emplace_back("its inputs");
  return out;
}

std::vector<std::string> least_differences(const std::vector<Earlier>& before,
                                           const Program& after) {
  std::vector<std::string> least;
  size_t length = SIZE_MAX;
  for (const Earlier& earlier : before) {
    std::vector<std::string> found = differences(earlier.slice, after);
    size_t size = 0;
    for (const std::string& text : found) size += text.size() + 1;
    if (size >= length) continue;
    length = size;
    least = std::move(found);
  }
  return least;
}

}  // namespace rushes::plan
