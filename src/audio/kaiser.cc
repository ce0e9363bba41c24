#include "audio/kaiser.h"

#include <cmath>

#include "base/exact_math.h"

namespace rushes::audio {
namespace {

// The modified Bessel function of order 0, by its power series; beta <= 20.
double bessel_i0(double x) {
  const double quarter = x * x / 4;
  double term = 1;
  double sum = 1;
  for (int k = 1; k < 64 && term > sum * 1e-18; ++k) {
    term = term * quarter / (static_cast<double>(k) * k);
    sum = sum + term;
  }
  return sum;
}

}  // namespace

double sinc(double x) {
  if (x < 1e-9 && x > -1e-9) return 1;
  return base::exact_sin(base::kPi * x) / (base::kPi * x);
}

double kaiser(double x, double beta) {
  const double inside = 1 - x * x;
  if (inside < 0) return 0;
  return bessel_i0(beta * std::sqrt(inside)) / bessel_i0(beta);
}

}  // namespace rushes::audio
