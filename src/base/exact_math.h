#pragma once

// sin, cos, exp2, pow and the like built from + - * / and sqrt alone, which IEEE 754 fixes bit for
// bit. The C library picks other code on other processors, so pixels and samples never depend on
// it. Absolute error below 1e-12 over the ranges named.

namespace rushes::base {

double exact_sin(double radians);  // |radians| <= 1e6
double exact_cos(double radians);
double exact_exp2(double x);                // -1000 <= x <= 1000, relative error
double exact_log2(double x);                // x > 0
double exact_pow(double base, double exp);  // base >= 0; exact_pow(0, e > 0) = 0
inline constexpr double kPi = 3.14159265358979323846;

}  // namespace rushes::base
