#include "render/noted_warnings.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace rushes::render {
namespace {

using nlohmann::json;

// The element of a list that a note names, or null.
template <class T>
const T* named(const std::vector<T>& list, const json& number) {
  if (!number.is_number_integer()) return nullptr;
  const auto at = number.get<int64_t>();
  return at >= 0 && at < std::ssize(list) ? &list[static_cast<size_t>(at)] : nullptr;
}

std::optional<engine::Warning> as_told(const json& note, const plan::Slice& slice) {
  if (!note.is_object() || !note.contains("text") || !note["text"].is_string()) return std::nullopt;
  engine::Warning out{.text = note["text"].get<std::string>()};
  const schema::Program& program = slice.program;
  if (note.contains("input")) {
    const schema::Input* input = named(program.inputs, note["input"]);
    if (input != nullptr) out.text = input->src + ": " + out.text;
  } else if (note.contains("sound")) {
    const schema::Sound* sound = named(program.audio.sounds, note["sound"]);
    if (sound != nullptr) out.place = sound->pointer;
  } else if (note.contains("clip") && note["clip"].is_array() && note["clip"].size() == 2) {
    const schema::Track* track = named(program.tracks, note["clip"][0]);
    const schema::Clip* clip = track != nullptr ? named(track->clips, note["clip"][1]) : nullptr;
    if (clip != nullptr) out.place = clip->pointer;
  }
  return out;
}

}  // namespace

json note_at(const plan::Slice& slice, const std::string& pointer, const std::string& text) {
  json note = {{"text", text}};
  const auto& tracks = slice.program.tracks;
  for (size_t t = 0; t < tracks.size(); ++t) {
    const auto at = std::ranges::find(tracks[t].clips, pointer, &schema::Clip::pointer);
    if (at != tracks[t].clips.end()) note["clip"] = {t, at - tracks[t].clips.begin()};
  }
  const auto& sounds = slice.program.audio.sounds;
  const auto at = std::ranges::find(sounds, pointer, &schema::Sound::pointer);
  if (at != sounds.end()) note["sound"] = at - sounds.begin();
  return note;
}

json note_of(const plan::Slice& slice, const InputWarning& warning) {
  json note = {{"text", warning.text}};
  const auto at = std::ranges::find(slice.inputs, warning.input);
  if (at != slice.inputs.end()) note["input"] = at - slice.inputs.begin();
  return note;
}

void tell_noted(const json& warnings, const plan::Slice& slice, engine::EventSink& events) {
  if (!warnings.is_array()) return;
  for (const json& note : warnings) {
    if (const auto warning = as_told(note, slice)) events.warning(*warning);
  }
}

}  // namespace rushes::render
