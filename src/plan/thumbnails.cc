#include "plan/thumbnails.h"

#include <fmt/format.h>

#include <algorithm>

#include "schema/formats.h"

namespace rushes::plan {
namespace {

constexpr size_t kMost = 1000;
constexpr int kLongerSide = 160;

size_t on_a_sheet(const Thumbnails& t) {
  return static_cast<size_t>(t.columns) * static_cast<size_t>(t.rows);
}

}  // namespace

std::vector<size_t> thumbnail_segments(size_t count) {
  const size_t step = std::max<size_t>((count + kMost - 1) / kMost, 1);
  std::vector<size_t> out;
  for (size_t i = 0; i < count; i += step) out.push_back(i);
  return out;
}

void set_size(Thumbnails& thumbnails, int width, int height) {
  const Rational scale(kLongerSide, std::max({width, height, kLongerSide}));
  const auto even = [&](int side) {
    return std::max(static_cast<int>(2 * (scale * side / 2).round()), 2);
  };
  thumbnails.width = even(width);
  thumbnails.height = even(height);
}

size_t sheet_count(const Thumbnails& t) {
  const size_t each = on_a_sheet(t);
  return (t.starts.size() + each - 1) / each;
}

std::string thumbnails_vtt(const Thumbnails& t) {
  std::string text = kThumbnailsMark;
  const size_t each = on_a_sheet(t);
  for (size_t i = 0; i < t.starts.size(); ++i) {
    const Rational end = i + 1 < t.starts.size() ? t.starts[i + 1] : t.end;
    const auto place = static_cast<int>(i % each);
    text +=
        fmt::format("\n{} --> {}\n{}_{:05}.jpg#xywh={},{},{},{}\n",
                    schema::webvtt_time(t.starts[i]), schema::webvtt_time(end), t.stem, i / each,
                    place % t.columns * t.width, place / t.columns * t.height, t.width, t.height);
  }
  return text;
}

}  // namespace rushes::plan
