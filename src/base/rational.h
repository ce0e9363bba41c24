#pragma once

// Exact time. A Rational is always reduced with a positive denominator, so == is equality of
// values. Products are formed in 128 bits; a result that does not fit in 64 bits saturates to the
// largest magnitude (documents are limited well below that: see schema/limits.h).

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rushes::base {

class Rational {
 public:
  constexpr Rational() = default;
  constexpr Rational(int64_t whole) : num_(whole) {}  // NOLINT: implicit on purpose
  Rational(int64_t num, int64_t den);                 // den != 0

  int64_t num() const { return num_; }
  int64_t den() const { return den_; }

  // Exactly what a decimal or a fraction says: "4.004" is 1001/250, "30000/1001", "2e-3".
  static Result<Rational> parse(std::string_view text);

  int64_t floor() const;
  int64_t ceil() const;
  int64_t round() const;  // half away from zero
  double to_double() const { return static_cast<double>(num_) / static_cast<double>(den_); }
  std::string to_string() const;  // "1001/250", or "4" when whole

  Rational operator-() const;
  friend Rational operator+(const Rational& a, const Rational& b);
  friend Rational operator-(const Rational& a, const Rational& b);
  friend Rational operator*(const Rational& a, const Rational& b);
  friend Rational operator/(const Rational& a, const Rational& b);  // b != 0
  Rational& operator+=(const Rational& b) { return *this = *this + b; }
  Rational& operator-=(const Rational& b) { return *this = *this - b; }
  friend bool operator==(const Rational&, const Rational&) = default;
  friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);

 private:
  int64_t num_ = 0;
  int64_t den_ = 1;
};

// A half-open range [start, end).
struct TimeRange {
  Rational start;
  Rational end;
  Rational duration() const { return end - start; }
  bool contains(const Rational& t) const { return start <= t && t < end; }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

}  // namespace rushes::base
