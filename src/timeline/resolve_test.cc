#include "timeline/resolve.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "schema/program_json.h"
#include "timeline/document.h"
#include "timeline/fake_facts.h"

namespace rushes::timeline {
namespace {

using base::Rational;

Resolved resolved(const std::string& text) {
  const Loaded loaded = load(text, "t.json");
  EXPECT_TRUE(loaded.ok()) << text << "\n" << format(loaded.diagnostics.front());
  return resolve(loaded, fake_facts(loaded));
}

std::string document(const std::string& tracks, const std::string& fps = "30") {
  return R"({"version": 1, "output": {"size": "640x360", "fps": )" + fps + R"(}, "tracks": )" +
         tracks + "}";
}

TEST(Resolve, FramesAreExact) {
  // 4.004 s at 30000/1001 are 120 frames to the last bit, so the second clip starts on frame 120.
  const Resolved r = resolved(
      document(R"([[{"color": "red", "duration": 4.004}, {"color": "blue", "duration": 4.004}]])",
               "\"30000/1001\""));
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r.program.frames, 240);
  EXPECT_EQ(r.program.tracks[0].clips[0].end_frame, 120);
  EXPECT_EQ(r.program.tracks[0].clips[1].first_frame, 120);
}

TEST(Resolve, VideoLastsForItsWholeFrames) {
  const Resolved r = resolved(document(R"([[{"video": "v-2.99s.mp4"}]])"));
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r.program.frames, 89);
  EXPECT_EQ(r.program.duration(), Rational(89, 30));
}

TEST(Resolve, FloatNoiseInTimesIsRoundedAway) {
  const Resolved r = resolved(document(R"([[{"color": "red", "duration": 0.30000000000000004}]])"));
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r.program.tracks[0].clips[0].duration, Rational(3, 10));
  EXPECT_EQ(r.program.frames, 9);
}

std::string ladder(const std::string& renditions, const std::string& video = "{}") {
  return R"({"version": 1, "output": {"size": "1280x720", "video": )" + video +
         R"(, "renditions": )" + renditions +
         R"(}, "tracks": [[{"color": "red", "duration": 1}]]})";
}

TEST(Renditions, SayWhatDiffers) {
  const Resolved r = resolved(ladder(
      R"([{"lines": 720, "video": {"maxrate": "3M"}}, {"lines": 360, "video": {"bitrate": "500k"}},
          {"lines": 360, "name": "small", "video": {"codec": "hevc"}}])",
      R"({"crf": 18, "preset": "fast", "maxrate": "6M", "bufsize": "12M", "gop": 60})"));
  ASSERT_TRUE(r.ok());
  const auto& list = r.program.renditions;
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].name, "720p");
  EXPECT_EQ(list[0].scale, 1);
  EXPECT_EQ(list[0].video.crf, 18);
  EXPECT_EQ(list[0].video.maxrate, 3'000'000);
  EXPECT_EQ(list[0].video.bufsize, 3'000'000);  // that of the other rate says nothing here
  EXPECT_EQ(list[1].name, "360p");
  EXPECT_EQ(list[1].scale, Rational(1, 2));
  EXPECT_EQ(list[1].video.bitrate, 500'000);
  EXPECT_EQ(list[1].video.crf, schema::VideoEncoding().crf);
  EXPECT_EQ(list[1].video.maxrate, 6'000'000);
  EXPECT_EQ(list[1].video.gop_frames, 60);
  EXPECT_EQ(list[2].name, "small");
  EXPECT_EQ(list[2].video.codec, "hevc");
  EXPECT_EQ(list[2].video.preset, "veryfast");
  EXPECT_FALSE(list[2].video.maxrate);
  const auto read = schema::read_program(schema::write_program(r.program));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->renditions, list);
}

TEST(Renditions, NamesAreThoseOfFiles) {
  for (const char* name : {"Big", "a b", "-a", "a_b", "../a", "abcdefghijklmnopqrstuvwxy"}) {
    const Loaded loaded =
        load(ladder(R"([{"lines": 360, "name": ")" + std::string(name) + R"("}])"), "t.json");
    ASSERT_FALSE(loaded.ok()) << name;
    EXPECT_EQ(loaded.diagnostics[0].number, 115);
    EXPECT_EQ(loaded.diagnostics[0].pointer, "/output/renditions/0/name");
  }
}

TEST(Renditions, WhatIsLargerIsLeftOut) {
  const Resolved r = resolved(ladder(R"([{"lines": 1080}, {"lines": 720}, {"lines": 480}])"));
  ASSERT_TRUE(r.ok());
  ASSERT_EQ(r.program.renditions.size(), 2U);
  EXPECT_EQ(r.program.renditions[0].name, "720p");
  EXPECT_EQ(r.program.renditions[1].name, "480p");
  ASSERT_EQ(r.diagnostics.size(), 1U);
  EXPECT_EQ(r.diagnostics[0].number, 187);
}

// So that a picture of 1072 lines is not offered in 720 at best, and one of 240 is offered at all.
TEST(Renditions, OfWhatIsLargerTheNextIsAsLargeAsThePicture) {
  const auto names = [](const std::string& renditions, size_t told = 1) {
    const Resolved r = resolved(ladder(renditions));
    EXPECT_TRUE(r.ok());
    EXPECT_EQ(r.diagnostics.size(), told);
    std::string out;
    for (const schema::Rendition& rendition : r.program.renditions) {
      out += fmt::format("{}:{} ", rendition.name, rendition.scale.to_string());
    }
    return out;
  };
  EXPECT_EQ(names(R"([{"lines": 730}, {"lines": 480}])"), "720p:1 480p:2/3 ");
  EXPECT_EQ(names(R"([{"lines": 480}, {"lines": 1080}, {"lines": 730}])", 2), "480p:2/3 720p:1 ");
  EXPECT_EQ(names(R"([{"lines": 730, "name": "top"}, {"lines": 360}])"), "top:1 360p:1/2 ");
  EXPECT_EQ(names(R"([{"lines": 2160}, {"lines": 1080}])", 2), "720p:1 ");
  // Nearly as large is large enough.
  EXPECT_EQ(names(R"([{"lines": 1080}, {"lines": 648}])"), "648p:9/10 ");
}

TEST(Renditions, MistakesAreErrors) {
  const auto number = [](const std::string& renditions) {
    const Resolved r = resolved(ladder(renditions));
    return r.ok() ? 0 : r.diagnostics[0].number;
  };
  EXPECT_EQ(number(R"([{"lines": 480}, {"lines": 480}])"), 144);
  EXPECT_EQ(number(R"([{"lines": 480, "video": {"codec": "hevc", "preset": 10}}])"), 114);
  EXPECT_EQ(number(R"([{"lines": 480, "video": {"bufsize": "1M"}}])"), 111);
}

TEST(Resolve, ManyClips) {
  std::string list;
  for (int i = 0; i < 20000; ++i) list += R"(,{"color": "red", "duration": 0.1})";
  const Resolved r = resolved(document("[[" + list.substr(1) + "]]"));
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r.program.frames, 60000);
}

TEST(Resolve, MissingFacts) {
  const Loaded loaded = load(document(R"([[{"image": "a.jpg", "duration": 1}]])"), "t.json");
  const Resolved r = resolve(loaded, {});
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.diagnostics[0].number, 150);
}

TEST(Sources, KnowTheirPlaces) {
  const Loaded loaded = load(document(R"([[{"image": "a.jpg", "duration": 1}],
    {"clips": [{"captions": "w.json"}, {"image": "a.jpg", "duration": 2, "at": 9,
     "transition": {"type": "luma", "luma": "m.png"}}]}])"),
                             "t.json");
  const auto list = sources(loaded);
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[0], (SourceRef{"a.jpg", SourceKind::kImage, "/tracks/0/0/image", list[0].place}));
  EXPECT_EQ(list[1].kind, SourceKind::kWords);
  EXPECT_EQ(list[1].pointer, "/tracks/1/clips/0/captions");
  EXPECT_EQ(list[3].kind, SourceKind::kLuma);
  EXPECT_EQ(list[3].place.line, 3);
}

// A random track of clips with gaps and transitions.
struct RandomTrack {
  std::string text;
  Rational end;
};

RandomTrack random_track() {
  RandomTrack out;
  const int count = *rc::gen::inRange(1, 8);
  out.text = "[";
  Rational before = 0;
  for (int i = 0; i < count; ++i) {
    const int milliseconds = *rc::gen::inRange(400, 5000);
    const Rational duration(milliseconds, 1000);
    Rational start = out.end;
    std::string extra;
    const int how = *rc::gen::inRange(0, 3);
    if (how == 1 && i > 0) {
      const Rational longest = std::min(before, duration) * Rational(1, 2);
      const Rational overlap((longest * Rational(100)).floor(), 100);
      extra = R"(, "transition": {"type": "fade", "duration": )" +
              std::to_string(overlap.to_double()) + "}";
      start = start - overlap;
    } else if (how == 2) {
      start = start + Rational(*rc::gen::inRange(0, 2000), 1000);
      extra = R"(, "at": )" + std::to_string(start.to_double());
    }
    out.text += (i > 0 ? "," : "") + std::string(R"({"color": "red", "duration": )") +
                std::to_string(duration.to_double()) + extra + "}";
    out.end = start + duration;
    before = duration;
  }
  out.text += "]";
  return out;
}

TEST(Resolve, InvariantsOfTime) {
  EXPECT_TRUE(rc::check("times fit together", [] {
    const int tracks = *rc::gen::inRange(1, 4);
    const auto fps = *rc::gen::element<std::string>("25", "30", "\"30000/1001\"", "59.94", "7");
    std::string text = "[";
    Rational end = 0;
    for (int i = 0; i < tracks; ++i) {
      const RandomTrack track = random_track();
      text += (i > 0 ? "," : "") + track.text;
      end = std::max(end, track.end);
    }
    text += R"(,[{"text": "x", "duration": "end"}]])";
    const Resolved r = resolved(document(text, fps));
    RC_ASSERT(r.ok());
    const schema::Program& p = r.program;
    RC_ASSERT(p.frames == (end * p.fps).ceil());
    RC_ASSERT(p.tracks.back().clips.front().duration == end);
    RC_ASSERT(schema::check_program(p).ok());
    for (const schema::Track& track : p.tracks) {
      for (size_t i = 0; i < track.clips.size(); ++i) {
        const schema::Clip& clip = track.clips[i];
        // Frame n is of the clip if and only if its time is.
        const auto time_of = [&](int64_t n) { return Rational(n) / p.fps; };
        RC_ASSERT(time_of(clip.first_frame) >= clip.start);
        RC_ASSERT(time_of(clip.first_frame - 1) < clip.start);
        RC_ASSERT(time_of(clip.end_frame) >= clip.start + clip.duration);
        RC_ASSERT(time_of(clip.end_frame - 1) < clip.start + clip.duration);
        if (i == 0) continue;
        const schema::Clip& before = track.clips[i - 1];
        const Rational overlap = before.start + before.duration - clip.start;
        if (clip.transition) {
          RC_ASSERT(clip.transition->duration == overlap);
        } else {
          RC_ASSERT(overlap <= 0);
        }
      }
    }
  }));
}

TEST(Resolve, TextAlignsWithItsAnchor) {
  const Resolved r = resolved(document(R"([[
    {"text": "a", "duration": 1, "position": [20, 20], "anchor": "top-left"},
    {"text": "b", "duration": 1, "position": [20, 20]},
    {"text": "c", "duration": 1, "position": [20, 20], "anchor": "top-left", "align": "right"}]])"));
  ASSERT_TRUE(r.ok());
  const auto text = [&](size_t i) {
    return std::get<schema::TextContent>(r.program.tracks[0].clips[i].content);
  };
  EXPECT_EQ(text(0).align, schema::Align::kLeft);
  EXPECT_EQ(text(0).valign, schema::VerticalAlign::kTop);
  EXPECT_EQ(text(1).align, schema::Align::kCenter);
  EXPECT_EQ(text(2).align, schema::Align::kRight);
}

}  // namespace
}  // namespace rushes::timeline
