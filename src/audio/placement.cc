#include "audio/placement.h"

#include <algorithm>

namespace rushes::audio {

Placement place(const schema::Sound& sound, int sample_rate) {
  const base::Rational rate(sample_rate);
  Placement p;
  p.first = (sound.start * rate).round();
  p.clip_end = ((sound.start + sound.duration) * rate).round();
  p.end = p.clip_end;
  if (!sound.loop) {
    const base::Rational over = sound.start + sound.source_duration / sound.speed;
    p.end = std::min(p.end, (over * rate).round());
  }
  return p;
}

}  // namespace rushes::audio
