#include "timeline/source_time.h"

#include <algorithm>

namespace rushes::timeline {

using base::Rational;

Rational source_time(const schema::VideoContent& video, const Rational& t) {
  if (video.freeze) return *video.freeze;
  Rational s = t * video.speed;
  if (video.loop) {
    s = s - video.source_duration * Rational((s / video.source_duration).floor());
  }
  const Rational slack = std::min(Rational(1), video.speed) * kSourceSlack;
  const Rational last = video.source_duration - kSourceEnd;
  return video.source_start + std::max(s, std::min(s + slack, last));
}

}  // namespace rushes::timeline
