#include "timeline/words.h"

#include <gtest/gtest.h>

namespace rushes::timeline {
namespace {

using base::Rational;

std::string first_error(std::string_view text) {
  const WordList list = parse_words(text, "w.json");
  return list.diagnostics.empty() ? "" : format(list.diagnostics.front());
}

TEST(Words, OneCueHoldsAllWords) {
  const WordList list = parse_words(
      R"([{"word": " Hello", "start": 0.2, "end": 0.6, "probability": 0.9},
          {"word": "you", "start": 0.7, "end": 1.004}])",
      "w.json");
  ASSERT_TRUE(list.ok()) << format(list.diagnostics.front());
  ASSERT_EQ(list.cues.size(), 1u);
  EXPECT_EQ(list.cues[0].text, "Hello you");
  EXPECT_EQ(list.cues[0].start, Rational(1, 5));
  EXPECT_EQ(list.cues[0].end, Rational(251, 250));
  ASSERT_EQ(list.cues[0].words.size(), 2u);
  EXPECT_EQ(list.cues[0].words[0].text, "Hello");
}

TEST(Words, LinesKeepTheirWords) {
  const WordList list = parse_words(
      R"([{"text": "Hi there", "start": 0, "end": 2, "words": [{"word": "Hi", "start": 0, "end": 1},
           {"word": "there", "start": 1, "end": 1.5}]},
          {"text": "Bye", "start": 2, "end": 3}])",
      "w.json");
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list.cues.size(), 2u);
  EXPECT_EQ(list.cues[0].text, "Hi there");
  EXPECT_EQ(list.cues[0].end, Rational(2));
  EXPECT_EQ(list.cues[0].words.size(), 2u);
  EXPECT_TRUE(list.cues[1].words.empty());
}

TEST(Words, SaysWhatIsWrong) {
  EXPECT_EQ(first_error("{"),
            "w.json:1:2: the document ends too early: 1 bracket is not closed, "
            "'}' is wanted [E0100]");
  EXPECT_EQ(first_error("{}"), "w.json:1:1: must be a list of words (is an object) [E0112]");
  EXPECT_EQ(first_error("[]"), "w.json:1:1: must not be empty [E0117]");
  EXPECT_EQ(first_error(R"([{"word": "a", "start": 2, "end": 1}])"),
            "w.json:1:35: /0/end: must not be before \"start\" [E0153]");
  EXPECT_EQ(
      first_error(R"([{"word": "a", "start": 2, "end": 3}, {"word": "b", "start": 1, "end": 3}])"),
      "w.json:1:62: /1/start: must not be before the start of the one before [E0153]");
  EXPECT_EQ(
      first_error(R"([{"word": "a", "start": 2, "end": 3}, {"text": "b", "start": 3, "end": 4}])"),
      "w.json:1:39: /1: a list holds words or lines, not both [E0153]");
  EXPECT_EQ(first_error(R"([{"word": "a", "start": -1, "end": 3}])"),
            "w.json:1:25: /0/start: must be >= 0 (is -1) [E0113]");
  EXPECT_EQ(
      first_error(R"([{"w": "a", "start": 1, "end": 3}])"),
      "w.json:1:2: /0: needs \"word\" or \"text\"; write {\"word\": \"Hello\", \"start\": 0.2, "
      "\"end\": 0.6} [E0116]");
}

TEST(Words, AreTakenAsWhisperWrapsThem) {
  const WordList plain = parse_words(R"([{"word": "Hello", "start": 0.2, "end": 0.6}])", "w.json");
  ASSERT_TRUE(plain.ok());
  const WordList wrapped = parse_words(
      R"({"language": "en", "words": [{"word": " Hello", "start": 0.2, "end": 0.6}]})", "w.json");
  ASSERT_TRUE(wrapped.ok());
  EXPECT_EQ(wrapped.cues, plain.cues);
  const WordList segments = parse_words(
      R"({"segments": [{"id": 0, "text": " Hello", "start": 0.2, "end": 0.6,
          "words": [{"word": " Hello", "start": 0.2, "end": 0.6, "probability": 0.9}]}]})",
      "w.json");
  ASSERT_TRUE(segments.ok());
  EXPECT_EQ(segments.cues, plain.cues);
  EXPECT_FALSE(parse_words(R"({"text": "Hello"})", "w.json").ok());
}

}  // namespace
}  // namespace rushes::timeline
