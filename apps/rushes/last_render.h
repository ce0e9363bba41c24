#pragma once

// What a timeline was when it was last rendered to the same output, and what has changed since.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/explain.h"
#include "plan/slice.h"
#include "store/file_store.h"

namespace rushes::app {

struct LastRender {
  std::string numeric_class;
  schema::Program program;
};

// `name`: of the timeline and the output together. Nothing depends on what is remembered: where it
// cannot be written or read, there is none.
void remember_render(const store::FileStore& store, const std::string& name,
                     const LastRender& render);
std::optional<LastRender> last_render(const store::FileStore& store, const std::string& name);

struct Explained {
  plan::Segment segment;
  bool kept = false;             // it is in the store
  std::vector<std::string> why;  // it has to be rendered
};

// Why each segment has to be rendered, given what is in the store.
std::vector<Explained> explain(const LastRender& now, const std::optional<LastRender>& before,
                               const std::vector<plan::Segment>& segments,
                               const std::vector<bool>& kept,
                               const std::optional<base::Rational>& segment_seconds);
// The same of the sound.
std::vector<std::string> explain_sound(const LastRender& now,
                                       const std::optional<LastRender>& before);

}  // namespace rushes::app
