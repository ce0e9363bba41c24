// Marks of chapters in files, and in parts of them.

#include "mp4/marks.h"

#include <gtest/gtest.h>

#include "mp4/testing.h"

namespace rushes::mp4 {
namespace {

using Marked = std::vector<std::pair<Rational, Bytes>>;

Marked told(const std::vector<Mark>& marks) {
  Marked out;
  for (const Mark& mark : marks) out.emplace_back(mark.at, mark.title);
  return out;
}

const std::vector<Mark> kMarks = {
    {0, text("one")}, {Rational(5, 2), text("two")}, {4, text("")}, {9, text("four")}};

TEST(Marks, ComeBackAsTheyWereWritten) {
  Movie movie = rich();
  movie.others.push_back(file_of(rich()).movie.file_type);  // no box: it stays
  const auto before = movie.others;
  set_marks(movie, {});
  EXPECT_EQ(movie.others, before);
  set_marks(movie, kMarks);
  EXPECT_EQ(told(*marks_of(movie)), told(kMarks));
  // Beside what else the user data has, and in the place of those that were there.
  FieldWriter data;
  data.box(type_of("udta"), [&] {
    data.box(type_of("name"), [&] { data.bytes(text("a name")); });
    data.bytes(View(movie.others.back()).subspan(8));
    data.u32(0);  // as QuickTime ends lists
  });
  movie.others.back() = data.out;
  set_marks(movie, {kMarks[1]});
  EXPECT_EQ(told(*marks_of(movie)), told({kMarks[1]}));
  set_marks(movie, {});
  EXPECT_TRUE(marks_of(movie)->empty());
  const auto outer = boxes_in(movie.others.back());
  ASSERT_TRUE(outer.ok());
  EXPECT_EQ(name_of(boxes_in((*outer)[0].payload)->at(0).type), "name");
}

TEST(Marks, AreReadInBothVersions) {
  for (const bool newer : {false, true}) {
    for (const size_t length : {2U, 3U}) {
      FieldWriter data;
      data.box(type_of("udta"), [&] {
        data.full_box(type_of("chpl"), newer ? 1 : 0, 0, [&] {
          if (newer) data.u32(0);
          data.u8(1);
          data.u64(25'000'000);
          data.u8(static_cast<uint8_t>(length));
          data.bytes(text("hi"));
        });
      });
      Movie movie;
      movie.others = {data.out};
      const auto marks = marks_of(movie);
      EXPECT_EQ(marks.ok(), length == 2);
      EXPECT_TRUE(!marks.ok() || told(*marks) == (Marked{{Rational(5, 2), text("hi")}}));
    }
  }
}

TEST(Marks, GoAlongWithAPart) {
  const auto within = [](const Rational& from, const Rational& to) {
    return told(marks_within(kMarks, from, to));
  };
  EXPECT_EQ(within(0, 100), told(kMarks));
  EXPECT_EQ(within(3, 9), (Marked{{0, text("two")}, {1, text("")}}));
  EXPECT_EQ(within(4, 10), (Marked{{0, text("")}, {5, text("four")}}));
  EXPECT_EQ(within(20, 30), (Marked{{0, text("four")}}));
  EXPECT_EQ(told(marks_within({kMarks[3]}, 2, 9)), Marked{});
}

}  // namespace
}  // namespace rushes::mp4
