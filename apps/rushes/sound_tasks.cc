#include "sound_tasks.h"

#include <map>
#include <utility>

#include "plan/hls.h"
#include "plan/key.h"
#include "plan/slice.h"

namespace rushes::app {

void plan_sound_pieces(RenderPlan& plan, bool whole_is_there) {
  Pieces& pieces = plan.pieces;
  if (!pieces.audio_key) return;
  const schema::Program& program = plan.now.program;
  pieces.sound = plan::sound_pieces(pieces.segments,
                                    {.fps = program.fps, .sample_rate = program.audio.sample_rate});
  if (whole_is_there) return;
  plan::Slice sound = plan::sound_slice(program);
  pieces.sound_is_preview = sound.program.audio.loudness.has_value();
  sound.program.audio.loudness.reset();
  const std::string key = plan::audio_key(sound, pieces.range, plan.now.numeric_class);
  for (const plan::SoundPiece& piece : pieces.sound) {
    pieces.sound_keys.push_back(plan::sound_piece_key(key, piece));
  }
}

void add_sound_tasks(exec::RenderRequest& request, const TaskSources& sources,
                     const ProgramSummary& program, const Pieces& pieces) {
  if (!pieces.audio_key) return;
  using Keys = std::map<std::string, std::string>;
  const auto add = [&](const std::string& name, Keys keys, SoundObjects objects) {
    request.side_tasks.push_back({.name = name, .keys = std::move(keys), .document = [&, objects] {
                                    return audio_task(sources, program, pieces, objects);
                                  }});
  };
  Keys whole = {{"audio", *pieces.audio_key}};
  Keys parts;
  for (size_t i = 0; i < pieces.sound_keys.size(); ++i) {
    parts["sound:" + std::to_string(i)] = pieces.sound_keys[i];
  }
  if (parts.empty()) return add("audio", whole, SoundObjects::kWhole);
  if (pieces.sound_is_preview) {
    // First: it is heard first.
    add("preview", parts, SoundObjects::kPieces);
    return add("audio", whole, SoundObjects::kWhole);
  }
  whole.merge(parts);
  add("audio", whole, SoundObjects::kBoth);
}

}  // namespace rushes::app
