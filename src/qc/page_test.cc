#include "qc/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "qc/plot.h"

namespace rushes::qc {
namespace {

using testing::HasSubstr;
using testing::Not;

Report small_report() {
  const Plan plan{.output = "/o/<b>&\"'.mp4",
                  .against = "<script>alert(1)</script>",
                  .width = 64,
                  .height = 64,
                  .fps = 25,
                  .frames = 50};
  Pictures pictures(plan);
  SegmentFigures s{.first = 0, .end = 50, .width = 64, .height = 64};
  s.frames.assign(50, {.ssim = s.windows() * kSsimUnit / 2,
                       .error = {4096, 0, 0},
                       .dark = 4096,
                       .moved = 40960,
                       .reference_moved = 40960});
  pictures.add(s);
  pictures.finish();
  InspectedVideo video{.codec = "h264<i>", .width = 64, .height = 64, .sample_aspect = "1"};
  video.timing = {.packets = 50, .length = 2, .bytes = 10, .bytes_of_second = {5, 5}};
  return judge(plan, {}, {{.container = "mp4", .video = video, .audio = {}}, pictures, {}});
}

TEST(Page, HoldsWhatWasFoundAndNeedsNothing) {
  const std::string page = page_of(small_report());
  EXPECT_THAT(page, HasSubstr("<div class=\"verdict fail\">fail</div>"));
  EXPECT_THAT(page, HasSubstr("SSIM of its worst second is 0.5000"));
  EXPECT_THAT(page, HasSubstr("it is black for 2.00 s, and the reference is not"));
  EXPECT_THAT(page, HasSubstr("<rect class=\"only\""));
  EXPECT_THAT(page, HasSubstr("<svg "));
  for (const char* outside : {"http", "src=", "url(", "@import", "<link", "<script"}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
}

TEST(Page, TextOfOthersStaysText) {
  const std::string page = page_of(small_report());
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;&quot;&#39;.mp4"));
  EXPECT_THAT(page, Not(HasSubstr("h264<i>")));
}

// A day of seconds is no more to draw than a quarter of an hour, and its worst one is seen.
TEST(Plot, OfManySecondsTheWorstAreDrawn) {
  Plot plot{.title = "t", .unit = "", .seconds = 86400, .low = 0, .high = 100};
  Curve curve{"", "a", std::vector<std::optional<double>>(86400, 100.0)};
  curve.values[50'000] = 0.0;
  plot.curves = {curve};
  const std::string low = svg_of(plot, true);
  EXPECT_LT(low.size(), 40'000U);
  EXPECT_THAT(low, HasSubstr(" 126.0H"));
  EXPECT_THAT(svg_of(plot, false), Not(HasSubstr(" 126.0H")));
}

TEST(Plot, GapsStayEmpty) {
  Plot plot{.title = "t", .unit = "", .seconds = 3};
  plot.curves = {{"", "a", {1.0, std::nullopt, 1.0}}};
  const std::string text = svg_of(plot, true);
  EXPECT_THAT(text, HasSubstr("d=\"M58.0 12.0H367.3M676.7 12.0H986.0\""));
}

}  // namespace
}  // namespace rushes::qc
