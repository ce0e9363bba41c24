#include "base/exact_math.h"

#include <cstdint>
#include <cstring>

namespace rushes::base {
namespace {

// Taylor series on |x| <= pi/4, where 11 terms reach below 1e-16.
double sin_kernel(double x) {
  const double x2 = x * x;
  double term = x;
  double sum = x;
  for (int k = 1; k <= 10; ++k) {
    term = term * (-x2 / static_cast<double>((2 * k) * (2 * k + 1)));
    sum = sum + term;
  }
  return sum;
}

double cos_kernel(double x) {
  const double x2 = x * x;
  double term = 1.0;
  double sum = 1.0;
  for (int k = 1; k <= 10; ++k) {
    term = term * (-x2 / static_cast<double>((2 * k - 1) * (2 * k)));
    sum = sum + term;
  }
  return sum;
}

int64_t nearest(double x) { return static_cast<int64_t>(x < 0 ? x - 0.5 : x + 0.5); }

double scale_by_power_of_two(double x, int64_t exponent) {
  for (; exponent > 1000; exponent -= 1000) x = x * 0x1p1000;
  for (; exponent < -1000; exponent += 1000) x = x * 0x1p-1000;
  const uint64_t bits = static_cast<uint64_t>(exponent + 1023) << 52;
  double power = 0;
  std::memcpy(&power, &bits, sizeof power);
  return x * power;
}

}  // namespace

double exact_sin(double radians) {
  const int64_t quarter = nearest(radians / (kPi / 2));
  // pi/2 in two parts keeps the remainder exact.
  const double q = static_cast<double>(quarter);
  const double r = (radians - q * 0x1.921fb54400000p+0) - q * 0x1.0b4611a626331p-34;
  switch (quarter & 3) {
    case 0: return sin_kernel(r);
    case 1: return cos_kernel(r);
    case 2: return -sin_kernel(r);
    default: return -cos_kernel(r);
  }
}

double exact_cos(double radians) { return exact_sin(radians + kPi / 2); }

double exact_exp2(double x) {
  if (x < -1000) return 0;
  if (x > 1000) x = 1000;
  const int64_t whole = nearest(x);
  const double y = (x - static_cast<double>(whole)) * 0.693147180559945309417;
  double term = 1.0;
  double sum = 1.0;
  for (int k = 1; k <= 16; ++k) {
    term = term * (y / k);
    sum = sum + term;
  }
  return scale_by_power_of_two(sum, whole);
}

double exact_log2(double x) {
  if (!(x > 0)) return -1e308;
  uint64_t bits = 0;
  int64_t exponent = 0;
  if (x < 0x1p-1000) {
    x = x * 0x1p200;
    exponent = -200;
  }
  std::memcpy(&bits, &x, sizeof bits);
  exponent += static_cast<int64_t>((bits >> 52) & 0x7FF) - 1023;
  bits = (bits & 0xFFFFFFFFFFFFFull) | (1023ull << 52);
  double m = 0;
  std::memcpy(&m, &bits, sizeof m);
  if (m > 1.4142135623730951) {
    m = m * 0.5;
    ++exponent;
  }
  // ln m = 2 atanh((m-1)/(m+1)), |argument| < 0.172
  const double s = (m - 1) / (m + 1);
  const double s2 = s * s;
  double power = s;
  double sum = 0;
  for (int k = 0; k < 14; ++k) {
    sum = sum + power / static_cast<double>(2 * k + 1);
    power = power * s2;
  }
  return static_cast<double>(exponent) + 2 * sum * 1.4426950408889634074;
}

double exact_pow(double base, double exp) {
  if (exp == 0) return 1;
  if (!(base > 0)) return 0;
  return exact_exp2(exp * exact_log2(base));
}

}  // namespace rushes::base
