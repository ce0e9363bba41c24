#pragma once

// A time of a document: exact to the nanosecond, to which finer ones are rounded.

#include "base/rational.h"
#include "schema/json_value.h"

namespace rushes::timeline {

inline base::Rational seconds(const schema::Value* value,
                              const base::Rational& fallback = base::Rational(0)) {
  if (value == nullptr || !value->is_number()) return fallback;
  constexpr int64_t kNano = 1'000'000'000;
  const base::Rational& exact = value->number;
  if (kNano % exact.den() == 0) return exact;
  return {(exact * base::Rational(kNano)).round(), kNano};
}

}  // namespace rushes::timeline
