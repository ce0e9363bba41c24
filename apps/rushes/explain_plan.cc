#include "explain_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "last_render.h"
#include "plan/cut.h"
#include "plan/key.h"
#include "plan/slice.h"

namespace rushes::app {
namespace {

using nlohmann::json;

// Whether each piece is there. Where the coding is searched for they count as kept if nothing that
// they show has changed.
std::vector<bool> kept_pieces(const store::FileStore& store, const RenderPlan& plan,
                              const std::vector<std::string>& keys,
                              const std::optional<LastRender>& before) {
  std::set<std::string> known;
  if (plan.searched() && before) {
    const schema::Program& p = before->program;
    for (const plan::Segment& s :
         plan::cut(p, {.end = p.frames, .seconds = plan.segment_seconds})) {
      known.insert(plan::video_key(plan::slice(p, s), before->numeric_class));
    }
  }
  std::vector<bool> kept;
  kept.reserve(keys.size());
  for (const std::string& key : keys) {
    kept.push_back(plan.searched() ? known.contains(key) : store.contains(key));
  }
  return kept;
}

std::string line(const std::string& what, bool kept, const std::vector<std::string>& why) {
  return fmt::format("{}: {}\n", what, kept ? "kept" : fmt::format("{}", fmt::join(why, "; ")));
}

}  // namespace

std::string explain_plan(const store::FileStore& store, const std::string& name,
                         const RenderPlan& plan, json& report) {
  const Pieces& pieces = plan.pieces;
  const auto before = last_render(store, name);
  // Explained is the render to a file: of one picture.
  const std::vector<std::string> keys =
      plan.picture() ? pieces.pictures[0].keys : std::vector<std::string>();
  const std::vector<bool> kept = kept_pieces(store, plan, keys, before);
  json& list = report["explain"] = json::array();
  std::string text;
  std::map<std::string, plan::Segment> first_of;
  size_t number = 0;
  for (Explained& e : explain(plan.now, before, pieces.segments, kept, plan.segment_seconds)) {
    if (!e.kept) {
      // The next one of these is shown by the same piece.
      const auto [same, is_new] = first_of.try_emplace(keys[number], e.segment);
      if (!is_new) {
        e.why = {fmt::format("the same as frames {} to {}, rendered once", same->second.first,
                             same->second.end - 1)};
      }
    }
    ++number;
    list.push_back(
        {{"first", e.segment.first}, {"end", e.segment.end}, {"kept", e.kept}, {"why", e.why}});
    text += line(fmt::format("frames {} to {}", e.segment.first, e.segment.end - 1), e.kept, e.why);
  }
  if (pieces.audio_key) {
    const bool sound_kept = store.contains(*pieces.audio_key);
    const auto why = sound_kept ? std::vector<std::string>() : explain_sound(plan.now, before);
    report["explain_sound"] = {{"kept", sound_kept}, {"why", why}};
    text += line("sound", sound_kept, why);
  }
  return text;
}

}  // namespace rushes::app
