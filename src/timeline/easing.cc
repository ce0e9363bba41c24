#include "timeline/easing.h"

#include <cmath>
#include <optional>
#include <string_view>

#include "base/exact_math.h"

namespace rushes::timeline {
namespace {

using base::exact_cos;
using base::exact_exp2;
using base::exact_sin;
using base::kPi;

// Each runs from 0 to 1 and is the "ease-in" form; the others follow from it by reflection.
double quad(double t) { return t * t; }
double cubic(double t) { return t * t * t; }
double quart(double t) { return quad(quad(t)); }
double quint(double t) { return quart(t) * t; }
double sine(double t) { return 1 - exact_cos(t * (kPi / 2)); }
double expo(double t) { return t <= 0 ? 0 : exact_exp2(10 * t - 10); }
double circ(double t) { return 1 - std::sqrt(1 - t * t); }

double back(double t) {
  constexpr double kOvershoot = 1.70158;  // goes 10 % past the end
  return t * t * ((kOvershoot + 1) * t - kOvershoot);
}

double elastic(double t) {
  if (t <= 0 || t >= 1) return t;
  return -exact_exp2(10 * t - 10) * exact_sin((10 * t - 10.75) * (2 * kPi / 3));
}

double bounce_out(double t) {
  constexpr double kHeight = 7.5625;
  constexpr double kLength = 2.75;
  double centre = 0;
  double floor = 0;
  if (t >= 2.5 / kLength) {
    centre = 2.625 / kLength;
    floor = 0.984375;
  } else if (t >= 2 / kLength) {
    centre = 2.25 / kLength;
    floor = 0.9375;
  } else if (t >= 1 / kLength) {
    centre = 1.5 / kLength;
    floor = 0.75;
  }
  return kHeight * (t - centre) * (t - centre) + floor;
}
double bounce(double t) { return 1 - bounce_out(1 - t); }

struct Family {
  std::string_view name;
  double (*in)(double);
};
constexpr Family kFamilies[] = {
    {"quad", quad}, {"cubic", cubic}, {"quart", quart}, {"quint", quint},     {"sine", sine},
    {"expo", expo}, {"circ", circ},   {"back", back},   {"elastic", elastic}, {"bounce", bounce},
};

// One coordinate of a cubic Bezier from 0 to 1 with inner control values a and b.
double bezier(double a, double b, double s) {
  const double r = 1 - s;
  return 3 * r * r * s * a + 3 * r * s * s * b + s * s * s;
}

// x(s) rises, so halving finds s; 60 halvings use up the precision of a double.
double cubic_bezier(double x1, double y1, double x2, double y2, double t) {
  double low = 0;
  double high = 1;
  for (int i = 0; i < 60; ++i) {
    const double mid = (low + high) / 2;
    (bezier(x1, x2, mid) < t ? low : high) = mid;
  }
  return bezier(y1, y2, (low + high) / 2);
}

std::optional<double> penner(std::string_view name, double t) {
  enum { kIn, kOut, kInOut } form = kIn;
  if (name.starts_with("ease-in-out-")) {
    form = kInOut;
    name.remove_prefix(12);
  } else if (name.starts_with("ease-in-")) {
    name.remove_prefix(8);
  } else if (name.starts_with("ease-out-")) {
    form = kOut;
    name.remove_prefix(9);
  } else {
    return std::nullopt;
  }
  for (const Family& family : kFamilies) {
    if (family.name != name) continue;
    if (form == kIn) return family.in(t);
    if (form == kOut) return 1 - family.in(1 - t);
    return t < 0.5 ? family.in(2 * t) / 2 : 1 - family.in(2 - 2 * t) / 2;
  }
  return std::nullopt;
}

}  // namespace

double ease(const schema::Easing& easing, double t) {
  if (!(t > 0)) return 0;
  if (t >= 1) return 1;
  const std::string_view name = easing.name;
  if (name == "linear") return t;
  if (name == "hold") return 0;
  if (name == "ease") return cubic_bezier(0.25, 0.1, 0.25, 1, t);
  if (name == "ease-in") return cubic_bezier(0.42, 0, 1, 1, t);
  if (name == "ease-out") return cubic_bezier(0, 0, 0.58, 1, t);
  if (name == "ease-in-out") return cubic_bezier(0.42, 0, 0.58, 1, t);
  if (name == "cubic-bezier") {
    return cubic_bezier(easing.p[0], easing.p[1], easing.p[2], easing.p[3], t);
  }
  return penner(name, t).value_or(t);
}

}  // namespace rushes::timeline
