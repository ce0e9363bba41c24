#include "plan/explain.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <utility>

#include "plan/key.h"
#include "schema/program_fields.h"

namespace rushes::plan {
namespace {

using schema::Clip;
using schema::Program;

constexpr size_t kMostNames = 6;
constexpr const char* kAndMore = ", and more";
// How many of the clips before one is looked for among.
constexpr size_t kMostTries = 64;
constexpr const char* kOfFile = "content of the file";

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

struct Renamed {
  std::string_view field, word;
};
// As people who write timelines call it. The first that a name begins with counts.
constexpr Renamed kWords[] = {
    {"start", "time"},
    {"duration", "time"},
    {"first_frame", "time"},
    {"end_frame", "time"},
    {"source_", "trim"},
    {"cross_", "transition"},
    {"transition", "transition"},
    {"content.input", "file"},
    {"content.source_", "trim"},
    {"content.groups", "words"},
    {"content.cues", "words"},
    {"content.script.lines", "lines"},
    {"content.active_", "active"},
    {"content.fit_box", "shrink"},
    {"content.min_size", "shrink"},
    {"content.style.families", "style.font"},
    {"visual.x", "position"},
    {"visual.y", "position"},
    {"visual.box_", "size"},
    {"visual.anchor_", "anchor"},
    {"visual.crop_", "crop"},
    {"visual.focus_", "focus"},
};

// "visual.zoom.keys.value" is "zoom"; what was added behind a blank stays.
std::string word_of(const std::string& name) {
  const size_t blank = std::min(name.find(' '), name.size());
  std::string field = name.substr(0, blank);
  const auto known = std::ranges::find_if(
      kWords, [&](const Renamed& r) { return std::string_view(field).starts_with(r.field); });
  if (known != std::end(kWords)) return std::string(known->word) + name.substr(blank);
  for (const std::string_view group : {"content.", "visual."}) {
    if (std::string_view(field).starts_with(group)) field.erase(0, group.size());
  }
  return field.substr(0, field.find(".keys")) + name.substr(blank);
}

// Each word once, by what was added to it if anything was.
std::vector<std::string> words_of(const std::vector<std::string>& names) {
  std::vector<std::string> words;
  for (const std::string& name : names) {
    const std::string word = word_of(name);
    const std::string plain = word.substr(0, word.find(' '));
    const auto at = std::ranges::find_if(words, [&](const std::string& known) {
      return known == plain || known == word || known.starts_with(plain + " ");
    });
    if (at == words.end()) {
      words.push_back(word);
    } else if (*at == plain) {
      *at = word;
    } else if (word != plain && word != *at && !at->ends_with(kAndMore)) {
      *at += kAndMore;
    }
  }
  return words;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kMostNames; ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  if (names.size() > kMostNames) text += kAndMore;
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
    if (from.hash != to.hash) differ.compare(kOfFile, 0, 1);
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
  return words_of(differ.take());
}

bool moved_at_most(const std::vector<std::string>& differences) {
  return differences.empty() || differences == std::vector<std::string>{"time"};
}

// What changed from one list of clips (or sounds) to another, in words about each. Where there are
// more or fewer than before, those are found that did not change.
template <class Item, class Compare>
void compare_lists(const std::vector<Item>& before, const std::vector<Item>& after,
                   const Compare& compare, std::vector<std::string>& out) {
  const bool as_many = before.size() == after.size();
  std::vector<bool> found(before.size());
  size_t first = 0;  // that is not found
  for (size_t i = 0; i < after.size(); ++i) {
    std::vector<std::string> words;
    if (as_many) {
      words = compare(before[i], after[i]);
    } else {
      while (first < before.size() && found[first]) ++first;
      const size_t end = std::min(before.size(), first + kMostTries);
      size_t k = first;
      for (; k < end; ++k) {
        if (found[k]) continue;
        words = compare(before[k], after[i]);
        if (moved_at_most(words)) break;
      }
      if (k == end) {
        out.push_back(after[i].pointer + " was not there");
        continue;
      }
      found[k] = true;
    }
    if (!words.empty()) out.push_back(after[i].pointer + ": " + list_of(words));
  }
  for (size_t k = 0; k < before.size() && !as_many; ++k) {
    if (!found[k]) out.push_back("what was " + before[k].pointer + " is not there");
  }
}

// Of the picture as a whole. What changes everything is told alone.
std::vector<std::string> differences_of_picture(const Program& before, const Program& after) {
  if (before.width != after.width || before.height != after.height || before.scale != after.scale) {
    return {"the size of the picture"};
  }
  if (before.fps != after.fps) return {"the frame rate"};
  Differ differ;
  differ.compare("background", before.background, after.background);
  differ.compare("video", before.video, after.video);
  return differ.take();
}

std::vector<std::string> differences_of_sound(const Program& p, const Program& q) {
  std::vector<std::string> out;
  schema::AudioMix a = p.audio;
  schema::AudioMix b = q.audio;
  const auto compare = [&](const schema::Sound& x, const schema::Sound& y) {
    Differ differ;
    const std::string& from = p.inputs[static_cast<size_t>(x.input)].hash;
    const std::string& to = q.inputs[static_cast<size_t>(y.input)].hash;
    if (from != to) differ.compare(kOfFile, 0, 1);
    schema::Sound other = x;
    other.input = y.input;
    if (x.id == x.pointer && y.id == y.pointer) other.id = y.id;
    other.pointer = y.pointer;
    differ.compare("", other, y);
    return words_of(differ.take());
  };
  compare_lists(a.sounds, b.sounds, compare, out);
  a.sounds.clear();
  b.sounds.clear();
  Differ differ;
  differ.compare("audio", a, b);
  if (const auto names = differ.take(); !names.empty()) out.push_back(list_of(names));
  return out;
}

}  // namespace

std::vector<std::string> differences(const Program& before, const Program& after) {
  std::vector<std::string> out;
  const std::vector<std::string> whole = differences_of_picture(before, after);
  if (!whole.empty()) out.push_back(list_of(whole));
  if (before.fps != after.fps || out == std::vector<std::string>{"the size of the picture"}) {
    return out;
  }
  const size_t tracks = std::max(before.tracks.size(), after.tracks.size());
  const schema::Track none;
  for (size_t t = 0; t < tracks; ++t) {
    compare_lists(
        t < before.tracks.size() ? before.tracks[t].clips : none.clips,
        t < after.tracks.size() ? after.tracks[t].clips : none.clips,
        [&](const Clip& a, const Clip& b) { return differences_of(before, a, after, b); }, out);
  }
  for (std::string& text : differences_of_sound(before, after)) out.push_back(std::move(text));
  if (out.empty() && before.frames != after.frames) out.emplace_back("its length");
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
