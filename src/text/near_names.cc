#include "text/near_names.h"

#include <algorithm>
#include <tuple>

#include "text/font_pattern.h"

namespace rushes::text {

size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr size_t kLongest = 256;
  const std::string x = lower_ascii(std::string(a.substr(0, kLongest)));
  const std::string y = lower_ascii(std::string(b.substr(0, kLongest)));
  std::vector<size_t> row(y.size() + 1);
  for (size_t j = 0; j <= y.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= x.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= y.size(); ++j) {
      const size_t change = diagonal + (x[i - 1] == y[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[y.size()];
}

std::string did_you_mean(const std::string& name, std::vector<std::string> known) {
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const std::string wanted = lower_ascii(name);
  std::vector<std::tuple<size_t, std::string>> near;
  for (const std::string& other : known) {
    const std::string o = lower_ascii(other);
    size_t distance = edit_distance(wanted, o);
    // "DejaVu" for "DejaVu Sans", "Roboto-Bold" for "Roboto".
    const bool begins =
        wanted.size() >= 3 && o.size() >= 3 && (o.starts_with(wanted) || wanted.starts_with(o));
    if (begins)
      distance = std::min(
          distance, size_t{1} + (o.size() > wanted.size() ? o.size() - wanted.size() : 0) / 4);
    if (begins || distance <= std::max<size_t>(2, wanted.size() / 3)) {
      near.emplace_back(distance, other);
    }
  }
  std::sort(near.begin(), near.end());
  constexpr size_t kShown = 3;
  if (near.size() > kShown) near.resize(kShown);
  if (near.empty()) return "; `rushes fonts` lists those that are";
  std::string out = "; did you mean ";
  for (size_t i = 0; i < near.size(); ++i) {
    if (i > 0) out += i + 1 == near.size() ? " or " : ", ";
    out += "\"" + std::get<1>(near[i]) + "\"";
  }
  return out + "?";
}

}  // namespace rushes::text
