#include "sound_tasks.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/uri.h"
#include "plan/hls.h"
#include "plan/key.h"
#include "plan/slice.h"
#include "schema/codecs.h"

namespace rushes::app {

namespace {

// Some of the sound is that of a recording far away which is shown, too.
bool is_of_pictures_far_away(const schema::Program& program, const TaskSources& sources) {
  const auto shown = [&](const std::string& src) {
    return std::ranges::any_of(program.inputs, [&](const schema::Input& input) {
      return input.src == src && input.width > 0 && input.duration;
    });
  };
  return std::ranges::any_of(program.audio.sounds, [&](const schema::Sound& sound) {
    const std::string& src = program.inputs[static_cast<size_t>(sound.input)].src;
    return base::is_uri(sources.timeline.path_of(src)) && shown(src);
  });
}

void plan_sound_pieces(RenderPlan& plan, bool whole_is_there) {
  Pieces& pieces = plan.pieces;
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

}  // namespace

void plan_sound(RenderPlan& plan, const TaskSources& sources, const SoundPlan& wanted) {
  Pieces& pieces = plan.pieces;
  if (!pieces.audio_key) return;
  pieces.sound_follows = !wanted.whole_is_there && plan.picture() &&
                         is_of_pictures_far_away(plan.now.program, sources);
  const schema::AudioMix& mix = plan.now.program.audio;
  // Of a loudness nothing is known before the end; what is not cut into pieces waits, too.
  const bool early = !mix.loudness && schema::find_audio_codec(mix.codec)->hls;
  if (wanted.for_hls || (pieces.sound_follows && early)) {
    plan_sound_pieces(plan, wanted.whole_is_there);
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
