#include "timeline/curve.h"

#include <algorithm>

#include "timeline/easing.h"

namespace rushes::timeline {
namespace {

using base::Rational;
using schema::Key;

// The first key after `time`.
auto key_after(const schema::Curve& curve, const Rational& time) {
  return std::ranges::upper_bound(curve.keys, time, {}, &Key::time);
}

}  // namespace

double evaluate(const schema::Curve& curve, const Rational& clip_time) {
  const auto next = key_after(curve, clip_time);
  if (next == curve.keys.begin()) return curve.keys.empty() ? 0 : next->value;
  const Key& before = *(next - 1);
  if (next == curve.keys.end() || before.value == next->value) return before.value;
  const Rational way = (clip_time - before.time) / (next->time - before.time);
  const double share = ease(next->easing, way.to_double());
  return before.value + (next->value - before.value) * share;
}

bool constant_over(const schema::Curve& curve, const base::TimeRange& range) {
  if (curve.constant()) return true;
  auto key = key_after(curve, range.start);
  const double value = key == curve.keys.begin() ? key->value : (key - 1)->value;
  for (; key != curve.keys.end(); ++key) {
    if (key->value != value) return false;
    if (key->time >= range.end) break;
  }
  return true;
}

}  // namespace rushes::timeline
