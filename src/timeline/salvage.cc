#include "timeline/salvage.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace rushes::timeline {
namespace {

using schema::Value;

std::vector<std::string> steps_of(std::string_view pointer) {
  std::vector<std::string> steps;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    steps.emplace_back(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(steps.back().size());
  }
  return steps;
}

Value* member(Value& object, std::string_view key) {
  const auto it = std::ranges::find_if(object.members, [&](auto& m) { return m.key == key; });
  return it == object.members.end() ? nullptr : &it->value;
}

Value* item(Value& list, std::string_view step) {
  size_t index = 0;
  const auto parsed = std::from_chars(step.data(), step.data() + step.size(), index);
  return parsed.ec == std::errc() && index < list.items.size() ? &list.items[index] : nullptr;
}

void make_plain(Value& clip) {
  Value second = Value::of_text("1");
  second.type = Value::Type::kNumber;
  second.number = base::Rational(1);
  clip.type = Value::Type::kObject;
  clip.items.clear();
  clip.members = {{"color", clip.place, Value::of_text("black")}, {"duration", clip.place, second}};
}

void make_empty(Value& value, Value::Type type) {
  value.type = type;
  value.items.clear();
  value.members.clear();
}

void mend_track(Value& track, const std::vector<std::string>& steps) {
  Value* clips = &track;
  size_t at = 2;
  if (track.is_object()) {
    clips = steps.size() > at && steps[at] == "clips" ? member(track, "clips") : nullptr;
    ++at;
  }
  Value* clip = clips != nullptr && steps.size() > at ? item(*clips, steps[at]) : nullptr;
  if (clip != nullptr) {
    make_plain(*clip);
  } else {
    make_empty(track, Value::Type::kArray);
  }
}

void mend(Value& root, const std::vector<std::string>& steps) {
  if (steps.empty()) return;
  Value* top = member(root, steps[0]);
  if (top == nullptr) return;
  Value* second = nullptr;
  if (steps.size() > 1) second = top->is_array() ? item(*top, steps[1]) : member(*top, steps[1]);
  if (steps[0] == "tracks") {
    if (second != nullptr) mend_track(*second, steps);
  } else if (steps[0] == "styles") {
    if (second != nullptr) make_empty(*second, Value::Type::kObject);
  } else if (steps[0] == "fonts") {
    make_empty(*top, Value::Type::kArray);
  } else if (steps[0] == "output") {
    std::erase_if(top->members,
                  [&](const auto& m) { return steps.size() > 1 && m.key == steps[1]; });
  }
}

}  // namespace

Loaded salvaged(const Loaded& loaded) {
  Loaded out{.file = loaded.file, .document = loaded.document, .diagnostics = {}};
  for (const schema::Diagnostic& d : loaded.diagnostics) {
    if (d.severity == schema::Severity::kError) mend(out.document, steps_of(d.pointer));
  }
  const Value* tracks = out.document.find("tracks");
  const Value* output = out.document.find("output");
  if (tracks == nullptr || !tracks->is_array() || output == nullptr || !output->is_object()) {
    out.diagnostics = loaded.diagnostics;
    return out;
  }
  if (output->find("size") == nullptr) {
    Value* to = member(out.document, "output");
    to->members.push_back({"size", to->place, Value::of_text("1920x1080")});
  }
  return out;
}

bool holds_for_the_whole(const schema::Diagnostic& d) {
  constexpr std::array kOfOneValue = {113, 136, 138, 139, 141, 142, 150,
                                      151, 152, 153, 154, 170, 171, 172};
  return std::ranges::find(kOfOneValue, d.number) != kOfOneValue.end();
}

}  // namespace rushes::timeline
