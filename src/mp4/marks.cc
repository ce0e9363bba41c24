#include "mp4/marks.h"

#include <algorithm>
#include <utility>

namespace rushes::mp4 {
namespace {

using base::Result;

constexpr Type kUserData = type_of("udta"), kChapters = type_of("chpl");
constexpr int64_t kUnits = 10'000'000;  // a second

bool is_user_data(const Bytes& box) {
  FieldReader in(box);
  in.skip(4);
  return in.u32() == kUserData;
}

// Of one whose boxes cannot be told apart, none: it stays as it is.
std::vector<Box> boxes_of_user_data(const Bytes& box) {
  const auto outer = boxes_in(box);
  if (!outer.ok() || outer->size() != 1) return {};
  const auto inner = boxes_in((*outer)[0].payload);
  return inner.ok() ? *inner : std::vector<Box>();
}

void write_marks(FieldWriter& out, const std::vector<Mark>& marks) {
  out.full_box(kChapters, 1, 0, [&] {
    out.u8(0);
    out.u32(static_cast<uint32_t>(marks.size()));
    for (const Mark& mark : marks) {
      out.u64(static_cast<uint64_t>(std::max<int64_t>((mark.at * kUnits).round(), 0)));
      out.u8(static_cast<uint8_t>(mark.title.size()));
      out.bytes(mark.title);
    }
  });
}

}  // namespace

Result<std::vector<Mark>> marks_of(const Movie& movie) {
  std::vector<Mark> marks;
  for (const Bytes& box : movie.others) {
    if (!is_user_data(box)) continue;
    const std::vector<Box> boxes = boxes_of_user_data(box);
    const Box* const chapters = find(boxes, kChapters);
    if (chapters == nullptr) continue;
    FieldReader in(chapters->payload);
    const uint8_t version = in.u8();
    in.skip(version > 0 ? 4 : 3);
    const uint32_t count = version > 0 ? in.u32() : in.u8();
    for (uint32_t i = 0; i < count && in.ok(); ++i) {
      const uint64_t at = in.u64();
      const View title = in.take(in.u8());
      if (at > INT64_MAX) return base::corrupt("its marks of chapters lie at no time");
      marks.push_back({Rational(static_cast<int64_t>(at), kUnits), {title.begin(), title.end()}});
    }
    if (!in.ok()) return base::corrupt("its marks of chapters end early");
    break;
  }
  std::ranges::stable_sort(marks, {}, &Mark::at);
  return marks;
}

void set_marks(Movie& movie, const std::vector<Mark>& marks) {
  bool written = marks.empty();
  const auto write = [&](FieldWriter& out) {
    if (!std::exchange(written, true)) write_marks(out, marks);
  };
  for (Bytes& box : movie.others) {
    if (!is_user_data(box)) continue;
    const std::vector<Box> boxes = boxes_of_user_data(box);
    if (find(boxes, kChapters) == nullptr) continue;
    FieldWriter out;
    out.box(kUserData, [&] {
      for (const Box& inner : boxes) {
        if (inner.type == kChapters) {
          write(out);
        } else {
          out.bytes(inner.whole);
        }
      }
    });
    box = std::move(out.out);
  }
  if (written) return;
  FieldWriter out;
  out.box(kUserData, [&] { write(out); });
  movie.others.push_back(std::move(out.out));
}

std::vector<Mark> marks_within(const std::vector<Mark>& marks, const Rational& from,
                               const Rational& to) {
  std::vector<Mark> within;
  for (const Mark& mark : marks) {
    if (mark.at >= to) break;
    if (mark.at <= from) within.clear();
    within.push_back({std::max(mark.at - from, Rational(0)), mark.title});
  }
  return within;
}

}  // namespace rushes::mp4
