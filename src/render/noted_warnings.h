#pragma once

// Warnings that lie with a stored object, since they hold whenever it is used. That may be for
// another timeline than the one it was made for, so what a warning is about is noted by where it
// stands in the slice that the object's key was made of:
//
//   {"text": "...", "clip": [track, clip]}    or "sound": number, "input": number, or nothing
//
// Its place and its name are those of the timeline at hand.

#include <compare>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/task.h"
#include "plan/slice.h"

namespace rushes::render {

struct InputWarning {
  int input = -1;    // of the whole program
  std::string text;  // without the name of the file
  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const InputWarning&, const InputWarning&) = default;
};

// About the clip or the sound of the slice that has this pointer.
nlohmann::json note_at(const plan::Slice& slice, const std::string& pointer,
                       const std::string& text);
nlohmann::json note_of(const plan::Slice& slice, const InputWarning& warning);

// `warnings`: a list of notes. What is not one is passed over: an object may be of any age.
void tell_noted(const nlohmann::json& warnings, const plan::Slice& slice,
                engine::EventSink& events);

}  // namespace rushes::render
