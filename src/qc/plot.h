#pragma once

// Curves over the seconds of a file, as SVG.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rushes::qc {

// Text of others within HTML and SVG.
std::string escaped(std::string_view text);

struct Curve {
  std::string name;                           // in the legend; may be empty
  std::string css;                            // class of its line
  std::vector<std::optional<double>> values;  // one a second; empty: a gap
};

// A time at which something is so.
struct Band {
  double from = 0, to = 0;
  std::string css;
  std::string title;
};

struct Plot {
  std::string title, unit;
  double seconds = 0;  // of the file
  double low = 0, high = 1;
  int digits = 0;               // of the scale's numbers
  std::optional<double> limit;  // a line that is drawn across
  std::vector<Curve> curves;
  std::vector<Band> bands;
};

// As wide as the page. Of more seconds than there are pixels the worst (`worst_is_low`) of several
// is drawn.
std::string svg_of(const Plot& plot, bool worst_is_low);

}  // namespace rushes::qc
