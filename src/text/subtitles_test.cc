#include "text/subtitles.h"

#include "text/ass.h"

#include <gtest/gtest.h>

#include "text/test_fonts.h"

namespace rushes::text {
namespace {

using base::Rational;

Subtitles srt(std::string_view text) {
  auto r = parse_srt(text);
  EXPECT_TRUE(r.ok()) << r.error().message;
  return r.ok() ? std::move(r).value() : Subtitles{};
}
Subtitles vtt(std::string_view text) {
  auto r = parse_vtt(text);
  EXPECT_TRUE(r.ok()) << r.error().message;
  return r.ok() ? std::move(r).value() : Subtitles{};
}
std::string srt_error(std::string_view text) {
  auto r = parse_srt(text);
  EXPECT_FALSE(r.ok());
  return r.ok() ? "" : r.error().message;
}

constexpr char kTwo[] =
    "1\n00:00:01,000 --> 00:00:02,500\nHello\nworld\n\n2\n00:00:03,000 --> 00:00:04,000\nAgain\n";

TEST(Srt, CuesWithExactTimes) {
  const auto s = srt(kTwo);
  ASSERT_EQ(s.cues.size(), 2u);
  EXPECT_EQ(s.cues[0].start, Rational(1));
  EXPECT_EQ(s.cues[0].end, Rational(5, 2));
  EXPECT_EQ(s.cues[0].text, "Hello\nworld");
  EXPECT_EQ(s.cues[1].text, "Again");
  EXPECT_TRUE(s.warnings.empty());
}

TEST(Srt, LineEndsAndMarksDoNotMatter) {
  std::string crlf = "\xEF\xBB\xBF", cr;
  for (const char c : std::string(kTwo)) {
    crlf += c == '\n' ? "\r\n" : std::string(1, c);
    cr += c == '\n' ? '\r' : c;
  }
  for (const std::string& text : {crlf, cr}) EXPECT_EQ(srt(text).cues, srt(kTwo).cues);
}

TEST(Srt, OtherEncodingsAreDetectedAndSaid) {
  std::string little = "\xFF\xFE", big;
  for (const char c : std::string(kTwo)) {
    little += {c, '\0'};
    big += {'\0', c};
  }
  for (const std::string& text : {little, big}) {
    EXPECT_EQ(srt(text).cues, srt(kTwo).cues);
    EXPECT_TRUE(testing::any_contains(srt(text).warnings, "UTF-16"));
  }
  const auto latin = srt("1\n00:00:01,000 --> 00:00:02,000\nCaf\xE9 \x80 na\xEFve\n");
  EXPECT_EQ(latin.cues[0].text, "Café € naïve");
  EXPECT_TRUE(testing::any_contains(latin.warnings, "Windows-1252"));
}

TEST(Srt, BadTimingsAreErrorsWithTheirLine) {
  EXPECT_NE(srt_error("1\n00:00:01,000 -> 00:00:02,000\nx\n").find("line 2"), std::string::npos);
  EXPECT_NE(srt_error("\n\n1\n00:61:01,000 --> 00:62:02,000\nx\n").find("line 4"),
            std::string::npos);
  EXPECT_NE(srt_error("1\n00:00:03,000 --> 00:00:02,000\nx\n").find("ends before it starts"),
            std::string::npos);
  EXPECT_NE(srt_error("just some text").find("line 1"), std::string::npos);
  EXPECT_NE(srt_error(std::string(kTwo) + "\n3\nnot a time\nx").find("line 11"), std::string::npos);
}

TEST(Srt, LooseFormsAreRead) {
  const auto s =
      srt("00:01.5 --> 00:02.25 X1:10 Y1:20\nno counter\n00:00:04,000 --> 00:00:05,000\nno gap\n\n"
          "with an empty line\n");
  ASSERT_EQ(s.cues.size(), 2u);
  EXPECT_EQ(s.cues[0].start, Rational(3, 2));
  EXPECT_EQ(s.cues[0].end, Rational(9, 4));
  EXPECT_EQ(s.cues[1].text, "no gap\nwith an empty line");
  EXPECT_EQ(s.warnings.size(), 2u);
}

TEST(Srt, MarkupGoesAndEntitiesBecomeCharacters) {
  const auto s = srt(
      "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>Tom</i> &amp; <font color=\"#f00\">J&#x65;rry"
      "</font> I <3 you {sic} &nope; &#0;\n");
  EXPECT_EQ(s.cues[0].text, "Tom & Jerry I <3 you {sic} &nope; &#0;");
  EXPECT_EQ(s.warnings.size(), 2u);
}

TEST(Srt, OddTimesFollowTheRules) {
  const auto s = srt(
      "1\n-00:00:02,000 --> 00:00:01,000\ncut at zero\n\n2\n-00:00:02,000 --> -00:00:01,000\n"
      "before\n\n3\n00:00:09,000 --> 00:00:09,000\nno time\n\n4\n00:00:07,000 --> 00:00:08,000\n"
      "late\n\n5\n00:00:05,000 --> 00:00:07,500\nearly\n");
  ASSERT_EQ(s.cues.size(), 3u);
  EXPECT_EQ(s.cues[0].start, Rational(0));
  EXPECT_EQ(s.cues[1].text, "early");
  EXPECT_EQ(s.warnings.size(), 3u);
}

TEST(Srt, Limits) {
  EXPECT_EQ(parse_srt(std::string(kMaxSubtitleBytes + 1, 'a')).error().code, base::Code::kResource);
  EXPECT_NE(srt_error("1\n00:00:01,000 --> 00:00:02,000\n" + std::string(20000, 'a') + "\n")
                .find("16 KiB"),
            std::string::npos);
}

TEST(Vtt, CuesNamesNotesAndTags) {
  const auto s =
      vtt("WEBVTT - a title\nKind: captions\n\nNOTE nothing\nto see\n\nSTYLE\n::cue {}\n\nintro\n"
          "00:01.000 --> 00:02.000 align:start line:0\n<v Ann>Hello <b>there</b> &lt;3\n\n"
          "01:00:00.000 --> 01:00:01.000\nlate\n");
  ASSERT_EQ(s.cues.size(), 2u);
  EXPECT_EQ(s.cues[0].text, "Hello there <3");
  EXPECT_EQ(s.cues[1].start, Rational(3600));
  EXPECT_TRUE(testing::any_contains(s.warnings, "positions"));
  EXPECT_TRUE(testing::any_contains(s.warnings, "styles"));
  EXPECT_TRUE(s.cues[0].words.empty());
}

TEST(Vtt, InlineTimesBecomeWords) {
  const auto s =
      vtt("WEBVTT\n\n00:01.000 --> 00:04.000\nHello <00:00:02.000><c>big wide</c> "
          "<00:00:03.500>world\n");
  ASSERT_EQ(s.cues.size(), 1u);
  EXPECT_EQ(s.cues[0].text, "Hello big wide world");
  const auto& w = s.cues[0].words;
  ASSERT_EQ(w.size(), 4u);
  EXPECT_EQ(w[0], (schema::Word{"Hello", 1, 2}));
  EXPECT_EQ(w[1].start, Rational(2));
  EXPECT_EQ(w[1].end, w[2].start);
  EXPECT_EQ(w[2].end, Rational(7, 2));
  EXPECT_EQ(w[3], (schema::Word{"world", Rational(7, 2), 4}));
}

TEST(Vtt, Errors) {
  EXPECT_FALSE(parse_vtt("1\n00:01.000 --> 00:02.000\nx").ok());
  EXPECT_FALSE(parse_vtt("").ok());
  const auto r = parse_vtt("WEBVTT\n\n00:01.000 --> soon\nx");
  ASSERT_FALSE(r.ok());
  EXPECT_NE(r.error().message.find("line 3: \"soon\""), std::string::npos);
}

constexpr char kAss[] =
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
    "Style: Default,Arial,20\nStyle: Sign,@Impact,30\nStyle: Unused,Papyrus,30\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,a, {\\fnComic Sans MS\\b1}b\\N{\\fs20}ж\n"
    "Dialogue: 0,0:00:01.00,0:00:02.00,*Sign,,0,0,0,,c\n"
    "Comment: 0,0:00:01.00,0:00:02.00,Unused,,0,0,0,,z\n";

TEST(AssNeeds, FamiliesAndCharactersInUse) {
  const auto needs = ass_needs(parse_ass(kAss)->script);
  ASSERT_TRUE(needs.ok());
  EXPECT_EQ(needs->families, (std::vector<std::string>{"Arial", "Impact", "Comic Sans MS"}));
  EXPECT_EQ(needs->code_points, (std::vector<char32_t>{' ', ',', 'a', 'b', 'c', U'ж'}));
}

TEST(AssNeeds, NoLinesGiveAFamily) {
  EXPECT_EQ(ass_needs(parse_ass("[V4+ Styles]\n")->script)->families.size(), 1u);
}

// Every parser takes any bytes: a value or an error, and never more than the limits.
TEST(Subtitles, AnyBytesAreTaken) {
  const std::string seeds[] = {kTwo, kAss,
                               "WEBVTT\n\n00:01.000 --> 00:04.000\na <00:00:02.000>b &amp;\n"};
  uint32_t random = 7;
  for (int round = 0; round < 3000; ++round) {
    std::string text = seeds[round % 3];
    for (int i = 0; i < 1 + round % 12; ++i) {
      random = random * 1664525 + 1013904223;
      const size_t at = (random >> 8) % text.size();
      switch (random % 4) {
        case 0: text[at] = static_cast<char>(random >> 16); break;
        case 1: text.erase(at, 1 + random % 7); break;
        case 2: text.insert(at, text.substr(at / 2, random % 40)); break;
        default: text.insert(at, 1, "<>{}&;:-\n\\"[random % 10]); break;
      }
      if (text.empty()) text = " ";
    }
    for (const auto& r : {parse_srt(text), parse_vtt(text)}) {
      if (!r.ok()) {
        EXPECT_NE(r.error().message.find("line "), std::string::npos);
        continue;
      }
      for (const schema::Cue& c : r->cues) EXPECT_LT(c.start, c.end);
    }
    if (const auto parsed = parse_ass(text); parsed.ok()) {
      EXPECT_TRUE(ass_needs(parsed->script).ok());
    }
  }
}

}  // namespace
}  // namespace rushes::text
