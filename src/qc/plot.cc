#include "qc/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rushes::qc {
namespace {

constexpr double kWidth = 1000, kHeight = 150;
constexpr double kLeft = 58, kRight = 14, kTop = 12, kBottom = 24;
constexpr size_t kMostPoints = 900;

double x_of(const Plot& plot, double t) {
  const double along = plot.seconds > 0 ? std::clamp(t / plot.seconds, 0.0, 1.0) : 0;
  return kLeft + along * (kWidth - kLeft - kRight);
}

double y_of(const Plot& plot, double value) {
  const double up = std::clamp((value - plot.low) / (plot.high - plot.low), 0.0, 1.0);
  return kHeight - kBottom - up * (kHeight - kTop - kBottom);
}

std::string time_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

// The first of these that gives at most ten marks.
double step_of(double seconds) {
  for (const double step :
       {1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0}) {
    if (seconds / step <= 10) return step;
  }
  return 3600.0 * std::max(1.0, std::ceil(seconds / 36000));
}

std::string grid_of(const Plot& plot) {
  std::string out;
  constexpr int kLines = 4;
  for (int i = 0; i <= kLines; ++i) {
    const double value = plot.low + (plot.high - plot.low) * i / kLines;
    const double y = y_of(plot, value);
    out += fmt::format(
        "<line class=\"grid\" x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\"/>"
        "<text class=\"scale\" x=\"{}\" y=\"{:.1f}\">{:.{}f}</text>\n",
        kLeft, y, kWidth - kRight, y, kLeft - 8, y + 4, value, plot.digits);
  }
  const double step = step_of(plot.seconds);
  for (double t = 0; t <= plot.seconds; t += step) {
    out += fmt::format("<text class=\"time\" x=\"{:.1f}\" y=\"{}\">{}</text>\n", x_of(plot, t),
                       kHeight - 6, time_text(t));
  }
  return out;
}

std::string bands_of(const Plot& plot) {
  std::string out;
  for (const Band& band : plot.bands) {
    const double left = x_of(plot, band.from);
    out += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"><title>{}</title>"
        "</rect>\n",
        band.css, left, kTop, std::max(x_of(plot, band.to) - left, 2.0), kHeight - kTop - kBottom,
        escaped(band.title));
  }
  return out;
}

// Steps of a second each; gaps stay empty.
std::string curve_of(const Plot& plot, const Curve& curve, bool worst_is_low) {
  const size_t group = curve.values.size() / kMostPoints + 1;
  std::string path;
  bool drawn = false;
  for (size_t i = 0; i < curve.values.size(); i += group) {
    std::optional<double> value;
    for (size_t k = i; k < std::min(i + group, curve.values.size()); ++k) {
      const auto& one = curve.values[k];
      if (one && (!value || (worst_is_low ? *one < *value : *one > *value))) value = one;
    }
    if (!value) {
      drawn = false;
      continue;
    }
    const double from = x_of(plot, static_cast<double>(i));
    const double to = x_of(plot, static_cast<double>(i + group));
    path += fmt::format("{}{:.1f} {:.1f}H{:.1f}", drawn ? "L" : "M", from, y_of(plot, *value), to);
    drawn = true;
  }
  return fmt::format("<path class=\"{}\" d=\"{}\"/>\n", curve.css, path);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string svg_of(const Plot& plot, bool worst_is_low) {
  std::string legend;
  for (const Curve& curve : plot.curves) {
    if (curve.name.empty()) continue;  // the only one
    legend += fmt::format("<span class=\"key {}\">{}</span>", curve.css, escaped(curve.name));
  }
  std::string out = fmt::format(
      "<figure><figcaption><b>{}</b> <span class=\"unit\">{}</span>{}</figcaption>\n"
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
      escaped(plot.title), escaped(plot.unit), legend, kWidth, kHeight, escaped(plot.title));
  out += bands_of(plot) + grid_of(plot);
  if (plot.limit) {
    const double y = y_of(plot, *plot.limit);
    out += fmt::format("<line class=\"limit\" x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\"/>\n",
                       kLeft, y, kWidth - kRight, y);
  }
  for (const Curve& curve : plot.curves) out += curve_of(plot, curve, worst_is_low);
  return out + "</svg></figure>\n";
}

}  // namespace rushes::qc
