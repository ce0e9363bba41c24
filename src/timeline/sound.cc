#include "timeline/sound.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "schema/formats.h"
#include "timeline/properties.h"

namespace rushes::timeline {

using schema::Duck;
using schema::Sound;

void SoundList::add(const ClipEntry& clip, int input, const Part& part, const Rational& cross_out) {
  const Node& node = clip.node;
  Sound sound;
  sound.input = input;
  sound.id = clip.id;
  sound.pointer = node.pointer();
  sound.role = node["role"].text(clip.track_node["role"].text());
  sound.start = clip.start;
  sound.duration = clip.duration;
  sound.source_start = part.start;
  sound.speed = part.speed;
  sound.loop = part.loop;
  sound.source_duration =
      part.loop ? part.duration : std::min(part.duration, clip.duration * part.speed);
  sound.volume =
      curve(context_, node["volume"], clip.duration, 1, [](const Node& n) { return gain(n); });
  const double track_volume = gain(clip.track_node["volume"]);
  for (schema::Key& key : sound.volume.keys) key.value *= track_volume;
  sound.pan =
      curve(context_, node["pan"], clip.duration, 0, [](const Node& n) { return n.number(); });
  sound.fade_in = node["fade_in"].time();
  sound.fade_out = node["fade_out"].time();
  sound.cross_in = clip.transition;
  sound.cross_out = cross_out;
  if (clip.kind == ClipKind::kAudio && sound.fade_in + sound.fade_out > sound.duration) {
    context_.error(136, node[sound.fade_in > 0 ? "fade_in" : "fade_out"],
                   fmt::format("the fades together last {}, the clip only {}",
                               shown(sound.fade_in + sound.fade_out), shown(sound.duration)));
  }

  const Node own = node["duck"];
  if (const Node duck = own ? own : clip.track_node["duck"]) {
    // Ducks name their sounds, so those without a name get one that no document can use.
    if (sound.id.empty()) {
      sound.id = own ? node.pointer() : clip.track_node.pointer();
    }
    Duck out;
    out.target = sound.id;
    out.under = duck["under"].text();
    out.by_db = duck["by"].number(out.by_db);
    out.attack = duck["attack"].time(out.attack);
    out.release = duck["release"].time(out.release);
    const auto same = [&](const PendingDuck& d) { return d.duck == out; };
    if (std::ranges::none_of(ducks_, same)) ducks_.push_back({duck, out});
  }
  mix_.sounds.push_back(std::move(sound));
}

void SoundList::finish() {
  std::set<std::string_view> known;
  for (const Sound& sound : mix_.sounds) {
    if (!sound.role.empty()) known.insert(sound.role);
    if (!sound.id.empty() && !sound.id.starts_with('/')) known.insert(sound.id);
  }
  std::set<std::string> reported;
  for (const PendingDuck& pending : ducks_) {
    const Node under = pending.node["under"];
    if (known.contains(under.text())) {
      mix_.ducks.push_back(pending.duck);
    } else if (reported.insert(under.pointer()).second) {
      context_.error(135, under, fmt::format("no sound has the role or id \"{}\"", under.text()),
                     schema::did_you_mean(under.text(), {known.begin(), known.end()}));
    }
  }
}

void read_mix(const Node& output, schema::AudioMix& mix) {
  const Node audio = output["audio"];
  mix.codec = audio["codec"].text(mix.codec);
  mix.sample_rate = audio["sample_rate"].integer(mix.sample_rate);
  mix.channels = audio["channels"].integer(mix.channels);
  if (const Node rate = audio["bitrate"]) {
    const auto parsed = schema::parse_bitrate(rate->text);
    if (parsed.ok()) mix.bitrate = *parsed;
  }
  if (const Node loudness = output["loudness"]) {
    schema::Loudness out;
    out.target_lufs =
        (loudness.is_object() ? loudness["target"] : loudness).number(out.target_lufs);
    out.true_peak_db = loudness["true_peak"].number(out.true_peak_db);
    mix.loudness = out;
  }
}

}  // namespace rushes::timeline
