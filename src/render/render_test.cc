// Whole tasks, run in this process: timeline to program to packets to file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "plan/slice.h"
#include "render/testing/desk.h"
#include "schema/program_json.h"

namespace rushes::render {
namespace {

constexpr const char* kSmallAd = R"({
  "version": 1,
  "output": {"size": "160x284", "fps": 25, "video": {"preset": "ultrafast"}, "loudness": -16},
  "tracks": [
    [{"image": "a.png", "duration": 1, "motion": {"zoom": [1, 1.2]}},
     {"video": "b.mp4", "duration": 1, "transition": {"type": "fade", "duration": 0.4}}],
    [{"text": "Hello", "duration": "end", "style": {"font": "DejaVu Sans", "size": 40}}],
    [{"audio": "c.wav", "duration": "end", "loop": true}]
  ]})";

class SmallAd : public Desk {
 protected:
  void SetUp() override {
    Desk::SetUp();
    ffmpeg("-f lavfi -i testsrc2=s=320x240 -frames:v 1 a.png");
    ffmpeg("-f lavfi -i testsrc2=s=320x240:r=30 -f lavfi -i sine=440 -t 2 -pix_fmt yuv420p b.mp4");
    ffmpeg("-f lavfi -i sine=880:r=44100 -t 0.7 c.wav");
    const base::Status s = compile(kSmallAd, {"a.png", "b.mp4", "c.wav"});
    ASSERT_TRUE(s.ok()) << s.error().message;
  }
};

TEST_F(SmallAd, HasItsFramesAndItsSound) {
  const base::Status s = render("out.mp4");
  ASSERT_TRUE(s.ok()) << s.error().message;
  EXPECT_EQ(compiled_["frames"], 40);
  const json probe =
      json::parse(output_of("ffprobe -v error -count_frames -show_streams -of json out.mp4"));
  const json& video = probe["streams"][0];
  EXPECT_EQ(video["nb_read_frames"], "40");
  EXPECT_EQ(video["color_space"], "bt709");
  EXPECT_EQ(video["color_range"], "tv");
  EXPECT_EQ(video["start_time"], "0.000000");
  const json& audio = probe["streams"][1];
  EXPECT_EQ(audio["codec_name"], "aac");
  EXPECT_EQ(audio["start_time"], "0.000000");
  EXPECT_LT(std::abs(std::stod(audio["duration"].get<std::string>()) - 1.6), 1.0 / 25);
}

TEST_F(SmallAd, APartIsThePartOfTheWhole) {
  ASSERT_TRUE(render("part.mp4", {10, 30}).ok());
  const json probe =
      json::parse(output_of("ffprobe -v error -count_frames -show_streams -of json part.mp4"));
  EXPECT_EQ(probe["streams"][0]["nb_read_frames"], "20");
  EXPECT_LT(std::abs(std::stod(probe["streams"][1]["duration"].get<std::string>()) - 0.8), 0.04);
  // Segments of other lengths are not taken, nor gaps.
  EXPECT_FALSE(assemble("wrong.mp4", {10, 28}).ok());
  EXPECT_FALSE(run("assemble", {{"program", path("program.json")}}, {{"output", path("gap.mp4")}},
                   {{"first", 9}, {"end", 30}, {"segments", segments({10, 30})}})
                   .ok());
}

// A segment of stills alone is encoded as what glides; where the recording plays, and when it joins
// the other, nothing is different. x264 says in the first packet what it was asked for.
TEST_F(SmallAd, StillsAreEncodedAsWhatGlides) {
  std::string timeline = kSmallAd;
  timeline.replace(timeline.find("ultrafast"), 9, "veryfast");
  ASSERT_TRUE(compile(timeline, {"a.png", "b.mp4", "c.wav"}).ok());
  ASSERT_TRUE(render("joined.mp4", {0, 15, 40}).ok());
  EXPECT_THAT(read_file(path("objects/segment:0")), testing::HasSubstr(" me=dia"));
  EXPECT_THAT(read_file(path("objects/segment:1")), testing::HasSubstr(" me=hex"));
  EXPECT_EQ(output_of("ffmpeg -v warning -xerror -i joined.mp4 -f null - 2>&1"), "");
}

TEST_F(SmallAd, SegmentsAreTheSameInAnyRun) {
  const std::vector<int64_t> cuts = {0, 17, 40};
  ASSERT_TRUE(render("one.mp4", cuts).ok());
  const std::string first = read_file(path("objects/segment:0"));
  const std::string second = read_file(path("objects/segment:1"));
  // Each by itself, the later one first.
  const json list = segments(cuts);
  ASSERT_TRUE(render_run(json::array({list[1]})).ok());
  ASSERT_TRUE(render_run(json::array({list[0]})).ok());
  EXPECT_EQ(read_file(path("objects/segment:0")), first);
  EXPECT_EQ(read_file(path("objects/segment:1")), second);
  ASSERT_TRUE(assemble("two.mp4", cuts).ok());
  EXPECT_EQ(read_file(path("one.mp4")), read_file(path("two.mp4")));

  const json probe = json::parse(
      output_of("ffprobe -v error -count_frames -show_packets -select_streams v -show_streams "
                "-of json one.mp4"));
  EXPECT_EQ(probe["streams"][0]["nb_read_frames"], "40");
  int64_t last = INT64_MIN;
  int keys = 0;
  for (const json& packet : probe["packets"]) {
    EXPECT_GT(packet["dts"].get<int64_t>(), last);
    last = packet["dts"];
    keys += packet["flags"].get<std::string>().find('K') != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(keys, 2);
}

// What a decoder makes of damage reaches the frames after it: one that has met any is not handed
// on. HEVC's and VP8's leave what they miss as their buffers were, and say nothing. Where HEVC
// misses nothing, the damage is all that follows from the bytes.
struct Recorded {
  std::string name;
  std::string codec;
  bool always_tells = true;
  friend void PrintTo(const Recorded& of, std::ostream* out) { *out << of.name; }
};

class Damage : public Desk, public testing::WithParamInterface<Recorded> {};

TEST_P(Damage, IsToldAndTheSameInAnyRun) {
  const Recorded& rec = GetParam();
  ffmpeg("-f lavfi -i testsrc2=s=320x240:r=30 -t 3 " + rec.codec +
         " -g 30 -pix_fmt yuv420p -bitexact " + rec.name);
  // Of each packet: where it lies.
  const json packets = json::parse(output_of(
      "ffprobe -v error -select_streams v -show_packets -of json " + rec.name))["packets"];
  const std::string whole = read_file(path(rec.name));
  const std::vector<int64_t> cuts = {0, 44, 90};
  // In the GOP that the cut divides, before it: its keyframe, and a later frame.
  size_t key = 20;
  while (packets[key]["flags"].get<std::string>()[0] != 'K') ++key;
  ASSERT_LT(key, 35U);
  for (const size_t at : {key, key + 6}) {
    std::string bytes = whole;
    const json& packet = packets[at];
    const auto first = std::stoul(packet["pos"].get<std::string>());
    const auto size = std::stoul(packet["size"].get<std::string>());
    for (size_t i = size / 3; i < size; i += 40) bytes[first + i] ^= 0x55;
    write(rec.name, bytes);
    ASSERT_TRUE(compile(R"({"version":1,"output":{"size":"160x120","fps":30,"video":
        {"preset":"ultrafast"}},"tracks":[[{"video":")" +
                            rec.name + R"("}]]})",
                        {rec.name})
                    .ok());
    const json list = segments(cuts);
    const auto rendered = [&](const json& run) {
      EXPECT_TRUE(render_run(run).ok());
      EXPECT_TRUE(!events_->warnings.empty() || (!rec.always_tells && at != key)) << at;
      return std::pair(read_file(path("objects/segment:0")), read_file(path("objects/segment:1")));
    };
    const auto both = rendered(list);
    const auto second = rendered(json::array({list[1]}));
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(rendered(list) == both) << at;
      EXPECT_TRUE(rendered(json::array({list[1]})) == second) << at;
    }
    EXPECT_TRUE(second == both) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Recordings, Damage,
    testing::Values(Recorded{"h264.mp4", "-c:v libx264 -bf 2 -x264-params scenecut=0"},
                    Recorded{"hevc.mp4",
                             "-c:v libx265 -preset ultrafast -x265-params "
                             "log-level=none:keyint=30:min-keyint=30",
                             false},
                    Recorded{"hevc_slices.mp4",
                             "-c:v libx265 -preset ultrafast -x265-params "
                             "log-level=none:keyint=30:min-keyint=30:slices=3",
                             false},
                    Recorded{"vp8.webm", "-c:v libvpx -deadline realtime -auto-alt-ref 0"},
                    Recorded{"mpeg4.mp4", "-c:v mpeg4 -bf 2 -sc_threshold 1000000000"}),
    [](const auto& of) { return of.param.name.substr(0, of.param.name.find('.')); });

TEST_F(SmallAd, SoundInPiecesIsTheSameSound) {
  const json pieces = {{{"first", 0}, {"end", 40960}}, {{"first", 40960}, {"end", 76800}}};
  ASSERT_TRUE(run("audio", program_inputs(), {}, {{"pieces", pieces}}).ok());
  EXPECT_EQ(objects_->committed.size(), 3U);
  const auto files_of = [&](const json& objects) {
    const base::Status s = run("hls", {}, {}, {{"objects", objects}, {"pieces", pieces}});
    EXPECT_TRUE(s.ok()) << s.error().message;
    std::vector<std::string> files;
    for (const char* name : {"header", "piece:0", "piece:1"}) {
      files.push_back(read_file(path("objects/" + std::string(name))));
      EXPECT_FALSE(files.back().empty());
    }
    return files;
  };
  const auto whole = files_of({"audio"});
  EXPECT_EQ(files_of({"sound:0", "sound:1"}), whole);
  // Without its loudness it is another, and no whole is made.
  fs::remove(path("objects/audio"));
  ASSERT_TRUE(run("audio", program_inputs(), {},
                  {{"pieces", pieces}, {"whole", false}, {"loudness", false}})
                  .ok());
  EXPECT_NE(files_of({"sound:0", "sound:1"}), whole);
  EXPECT_FALSE(fs::exists(path("objects/audio")));
  const json inside = {{{"first", 0}, {"end", 40000}}, {{"first", 40000}, {"end", 76800}}};
  EXPECT_FALSE(run("audio", program_inputs(), {}, {{"pieces", inside}}).ok());
}

class Ladder : public SmallAd {
 protected:
  void SetUp() override {
    SmallAd::SetUp();
    std::string timeline = kSmallAd;
    timeline.insert(timeline.find("\"loudness\""),
                    R"("renditions": [{"lines": 160, "video": {"crf": 30}},
                                      {"lines": 80, "video": {"codec": "hevc", "crf": 30}}], )");
    ASSERT_TRUE(compile(timeline, {"a.png", "b.mp4", "c.wav"}).ok());
  }
  base::Status render_as(const json& renditions) {
    json list = segments({0, 17, 40});
    for (json& segment : list) segment["renditions"] = renditions;
    return render_run(list);
  }
  // Both segments, as the objects whose names end so.
  std::vector<std::string> rendered(const std::string& ending, const json& renditions) {
    const base::Status s = render_as(renditions);
    EXPECT_TRUE(s.ok()) << s.error().message;
    return {read_file(path("objects/segment:0" + ending)),
            read_file(path("objects/segment:1" + ending))};
  }
  const json usual_ = json::object();
};

TEST_F(Ladder, EachSizeIsWhatItIsAlone) {
  const auto high = rendered(":160p", {{"160p", usual_}});
  const auto low = rendered(":80p", {{"80p", usual_}});
  const auto itself = rendered("", {{"", usual_}});
  EXPECT_NE(high, itself);
  fs::remove_all(path("objects"));
  fs::create_directory(path("objects"));
  const json all = {{"", usual_}, {"160p", usual_}, {"80p", usual_}};
  EXPECT_EQ(rendered(":160p", all), high);
  EXPECT_EQ(rendered(":80p", all), low);
  EXPECT_EQ(rendered("", all), itself);
  EXPECT_NE(rendered(":160p", {{"160p", {{"crf", 40}}}}), high);
}

TEST_F(Ladder, WhatTheProgramDoesNotHaveIsRefused) {
  for (const json& wrong : {json{{"20p", usual_}}, json{{"160p", {{"crf", 60}}}}, json::object()}) {
    EXPECT_FALSE(render_as(wrong).ok()) << wrong;
  }
}

TEST_F(Ladder, ASizeIsJoinedAsAFile) {
  rendered(":80p", {{"80p", usual_}});
  for (const std::string number : {"0", "1"}) {
    fs::rename(path("objects/segment:" + number + ":80p"), path("objects/segment:" + number));
  }
  ASSERT_TRUE(run("audio", program_inputs(), {}).ok());
  ASSERT_TRUE(
      run("assemble", {{"program", path("program.json")}}, {{"output", path("low.mp4")}},
          {{"rendition", "80p"}, {"first", 0}, {"end", 40}, {"segments", segments({0, 17, 40})}})
          .ok());
  const json probe = json::parse(output_of("ffprobe -v error -show_streams -of json low.mp4"));
  EXPECT_EQ(probe["streams"][0]["codec_name"], "hevc");
  EXPECT_EQ(probe["streams"][0]["width"], 80);
  EXPECT_EQ(probe["streams"][0]["height"], 142);
}

TEST_F(SmallAd, ThumbnailsAreWhatSegmentsBeginWith) {
  const json list = segments({0, 17, 40});
  ASSERT_TRUE(render_run(list).ok());
  const auto sheet = [&](int columns, int rows) {
    return run(
        "thumbnails", {}, {},
        {{"segments", list}, {"width", 40}, {"height", 70}, {"columns", columns}, {"rows", rows}});
  };
  ASSERT_TRUE(sheet(2, 1).ok());
  EXPECT_EQ(events_->found, json({{"sheets", 1}}));
  fs::rename(path("objects/sheet:0"), path("sheet.jpg"));
  ASSERT_TRUE(render("whole.mp4", {0, 17, 40}).ok());
  // The same, made by others of the file.
  const std::string psnr = output_of(
      "ffmpeg -v error -i sheet.jpg -i whole.mp4 -lavfi \"[0:v]scale=20:18:flags=area,"
      "format=gbrp[a];[1:v]select='eq(n,0)+eq(n,17)',setpts=N,"
      "scale=40:70:flags=bicubic:in_color_matrix=bt709,format=gbrp,tile=2x1,"
      "scale=20:18:flags=area,trim=end_frame=1[b];[a][b]psnr=stats_file=-\" -f null - ");
  const size_t at = psnr.find("psnr_avg:");
  ASSERT_NE(at, std::string::npos) << psnr;
  EXPECT_GT(std::stod(psnr.substr(at + 9)), 24);  // chroma of a small JPEG is coarse
  ASSERT_TRUE(sheet(1, 1).ok());
  EXPECT_EQ(events_->found, json({{"sheets", 2}}));
  EXPECT_FALSE(sheet(0, 1).ok());
  EXPECT_FALSE(sheet(1000, 1).ok());
}

TEST_F(SmallAd, SubtitlesAreCutAsThePictureIs) {
  write("a.srt",
        "1\n00:00:10,500 --> 00:00:10,900\nOne\n\n2\n00:00:10,600 --> 00:00:11,000\nTwo & "
        "<i>a</i>\n");
  const auto made = [&](const std::string& file, const std::string& format) {
    return run("subtitles", {{"program", path("program.json")}, {"subtitles", path(file)}}, {},
               {{"first", 0},
                {"end", 40},
                {"segments", segments({0, 17, 40})},
                {"format", format},
                {"begins", "10"}});
  };
  const base::Status s = made("a.srt", "srt");
  ASSERT_TRUE(s.ok()) << s.error().message;
  const std::string begin = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n";
  const std::string one = "\n00:00:00.500 --> 00:00:00.900\nOne\n";
  const std::string two = "\n00:00:00.600 --> 00:00:01.000\nTwo &amp; a\n";
  EXPECT_EQ(read_file(path("objects/whole")), begin + one + two);
  EXPECT_EQ(read_file(path("objects/piece:0")), begin + one + two);
  EXPECT_EQ(read_file(path("objects/piece:1")), begin + one + two);
  EXPECT_EQ(events_->found, json({{"cues", 2}}));
  write("wrong.srt", "1\n00:00:10,500 -> 00:00:10,900\nOne\n");
  EXPECT_FALSE(made("wrong.srt", "srt").ok());
}

TEST_F(SmallAd, APieceAppearsBeforeTheNextSegmentIsThere) {
  const json list = segments({0, 17, 40});
  ASSERT_TRUE(render_run(json::array({list[0]})).ok());
  const auto make = [&] {
    return run("hls", {{"program", path("program.json")}}, {}, {{"segments", list}});
  };
  objects_->committed.clear();
  EXPECT_FALSE(make().ok());  // nobody makes the second segment
  ASSERT_EQ(objects_->committed.size(), 2U);
  EXPECT_EQ(objects_->committed[0]["codec"].get<std::string>().substr(0, 5), "avc1.");
  EXPECT_EQ(objects_->committed[1].at("number"), 0);
  EXPECT_GT(objects_->committed[1].at("key_bytes"), 500);
  ASSERT_TRUE(render_run(json::array({list[1]})).ok());
  ASSERT_TRUE(make().ok());
  EXPECT_EQ(events_->found, json({{"pieces", 2}}));
}

TEST_F(SmallAd, HalfOfTheRestIsGivenUpWhenAsked) {
  const std::vector<int64_t> cuts = {0, 5, 10, 15, 20, 25, 30, 35, 40};
  share_ = true;  // before the first frame: seven segments have not been begun
  ASSERT_TRUE(render_run(segments(cuts)).ok());
  EXPECT_EQ(events_->run_ends, std::vector<int64_t>{4});
  EXPECT_EQ(objects_->committed.size(), 4u);
  EXPECT_FALSE(fs::exists(path("objects/segment:4")));
  EXPECT_FALSE(share_);
}

TEST_F(SmallAd, SegmentsWithOtherHeadersAreNotJoined) {
  const std::vector<int64_t> cuts = {0, 17, 40};
  ASSERT_TRUE(render("one.mp4", cuts).ok());
  json program = json::parse(read_file(path("program.json")));
  program["video"]["lossless"] = true;
  write("program.json", program.dump());
  ASSERT_TRUE(render_run(json::array({segments(cuts)[1]})).ok());
  const base::Status s = assemble("two.mp4", cuts);
  ASSERT_FALSE(s.ok());
  EXPECT_NE(s.error().message.find("segment:1 was encoded with other headers"), std::string::npos)
      << s.error().message;
}

TEST_F(SmallAd, SameBytesTwice) {
  ASSERT_TRUE(render("one.mp4").ok());
  ASSERT_TRUE(render("two.mp4").ok());
  const std::string one = read_file(path("one.mp4"));
  EXPECT_GT(one.size(), 1000u);
  EXPECT_EQ(one, read_file(path("two.mp4")));
}

TEST_F(SmallAd, HashesDoNotDependOnWhereOneBegins) {
  const auto inputs = program_inputs();
  const auto hashes = [&](const std::string& name, int first, int end) {
    const base::Status s = run("hashes", inputs, {{"hashes", path(name)}},
                               {{"first", first}, {"end", end}, {"step", 1}}, compiled_["fonts"]);
    EXPECT_TRUE(s.ok()) << s.error().message;
    return read_file(path(name));
  };
  const std::string whole = hashes("whole.txt", 0, 40);
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 40);
  EXPECT_EQ(whole, hashes("left.txt", 0, 23) + hashes("right.txt", 23, 40));
}

TEST_F(SmallAd, CancellingEndsTheTask) {
  cancelled_ = true;
  const base::Status s = render_run(segments({0, 40}));
  ASSERT_FALSE(s.ok());
  EXPECT_EQ(s.error().code, base::Code::kCancelled);
}

TEST_F(SmallAd, AnInputThatChangedIsRefused) {
  write("c.wav", "short");
  const base::Status s = render_run(segments({0, 40}));
  ASSERT_FALSE(s.ok());
  EXPECT_NE(s.error().message.find("c.wav"), std::string::npos) << s.error().message;
}

TEST_F(Desk, EveryBadFileIsTold) {
  write("text.mp4", "this is no video");
  write("empty.jpg", "");
  const base::Status s = compile(
      R"({"version":1,"output":{"size":"64x64"},"tracks":[[{"video":"text.mp4"}],
          [{"image":"empty.jpg","duration":1},{"image":"missing.png","duration":1}]]})",
      {"text.mp4", "empty.jpg"});
  ASSERT_FALSE(s.ok());
  ASSERT_EQ(events_->diagnostics.size(), 3u);
  // Each at its place in the document.
  EXPECT_EQ(events_->diagnostics[0].find("timeline.json:1:"), 0u) << events_->diagnostics[0];
  EXPECT_NE(events_->diagnostics[0].find("/tracks/0/0/video"), std::string::npos);
  EXPECT_NE(events_->diagnostics[1].find("timeline.json:2:"), std::string::npos);
  EXPECT_NE(events_->diagnostics[2].find("/tracks/1/1/image"), std::string::npos);
}

// Every frame of a script is the same from the whole program and from slices of it,
// that begin between the frames' milliseconds, within effects and within crowds.
TEST_F(Desk, AScriptInSlicesIsTheScript) {
  std::string script =
      "[Script Info]\nPlayResX: 160\nPlayResY: 90\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
      "Style: Default,DejaVu Sans,12\nStyle: Sign,DejaVu Sans,9\n[Events]\n"
      "Format: Layer, Start, End, Style, Text\n";
  const auto line = [&](const char* start, const char* end, const std::string& rest) {
    script += "Dialogue: 0,0:00:0" + std::string(start) + ",0:00:0" + end + "," + rest + "\n";
  };
  line("0.10", "0.90", "Default,first");
  line("0.50", "1.40", "Default,{\\fad(200,300)}second");  // stays above when the first has gone
  line("1.20", "2.00", "Default,{\\k20}third {\\k30}line");
  line("1.90", "2.40", "Default,fourth");
  line("0.20", "2.30", "Sign,{\\move(10,10,120,40)}moves");
  line("0.70", "1.70", "Sign,{\\an7\\t(\\frz40)}turns");
  line("2.40", "2.60", "Sign,last");
  write("script.ass", script);
  ASSERT_TRUE(compile(R"({"version":1,"output":{"size":"160x90","fps":"30000/1001","duration":3},
      "tracks":[[{"color":"#203040","duration":"end"}],[{"captions":"script.ass","at":0.1}]]})",
                      {"script.ass"})
                  .ok());
  EXPECT_TRUE(compiled_["inputs"].empty());
  const auto program = schema::read_program(read_file(path("program.json")));
  ASSERT_TRUE(program.ok());
  const auto hashes = [&](const schema::Program& p, const std::string& name) {
    write(name + ".json", schema::write_program(p));
    json fonts = json::array();
    for (const schema::Font& f : p.fonts) fonts.push_back({{"path", f.path}, {"index", f.index}});
    const base::Status s = run("hashes", {{"program", path(name + ".json")}},
                               {{"hashes", path(name + ".txt")}}, {{"step", 1}}, fonts);
    EXPECT_TRUE(s.ok()) << s.error().message;
    std::istringstream in(read_file(path(name + ".txt")));
    std::vector<std::string> out;
    for (std::string number, time, hash; in >> number >> time >> hash;) out.push_back(hash);
    return out;
  };
  const std::vector<std::string> whole = hashes(*program, "whole");
  ASSERT_EQ(whole.size(), 90U);
  EXPECT_GT(std::set<std::string>(whole.begin(), whole.end()).size(), 60U);
  for (const int64_t length : {5, 16, 40}) {
    for (int64_t first = 0; first < 90; first += length) {
      const int64_t end = std::min<int64_t>(first + length, 90);
      const std::vector<std::string> want(whole.begin() + first, whole.begin() + end);
      EXPECT_EQ(hashes(plan::slice(*program, {first, end}).program, "part"), want) << first;
    }
  }
}

// Colours of a chart, by every way that a picture can come in, against the exact BT.709 codes.
struct Patch {
  int r, g, b;
};
constexpr Patch kPatches[] = {{0, 0, 0},   {255, 255, 255}, {255, 0, 0},    {0, 255, 0},
                              {0, 0, 255}, {128, 128, 128}, {200, 100, 50}, {16, 180, 220}};

class Colors : public Desk {
 protected:
  // A chart of 8 patches, each 16 x 16, side by side.
  void make_chart() const {
    std::string ppm = "P6\n128 16\n255\n";
    for (int y = 0; y < 16; ++y) {
      for (int x = 0; x < 128; ++x) {
        const Patch& p = kPatches[x / 16];
        for (const int v : {p.r, p.g, p.b}) ppm.push_back(static_cast<char>(v));
      }
    }
    std::ofstream(path("chart.ppm"), std::ios::binary) << ppm;
  }

  // Renders the file without loss and compares the middle of each patch.
  void check(const std::string& file, const std::string& kind, double tolerance) {
    const base::Status s = compile(
        R"({"version":1,"output":{"size":"128x16","fps":10,"video":{"lossless":true}},"tracks":[[{")" +
            kind + R"(":")" + file + R"(","duration":0.2,"fit":"fill"}]]})",
        {file});
    ASSERT_TRUE(s.ok()) << s.error().message;
    const base::Status r = render("out.mp4");
    ASSERT_TRUE(r.ok()) << r.error().message;
    ffmpeg("-i out.mp4 -frames:v 1 -f rawvideo -pix_fmt yuv420p out.yuv");
    const std::string yuv = read_file(path("out.yuv"));
    ASSERT_EQ(yuv.size(), 128u * 16 * 3 / 2);
    for (int i = 0; i < 8; ++i) {
      const Patch& p = kPatches[i];
      const double y = 0.2126 * p.r + 0.7152 * p.g + 0.0722 * p.b;
      const double cb = (p.b - y) / 1.8556;
      const double cr = (p.r - y) / 1.5748;
      const auto at = [&](size_t offset) { return static_cast<unsigned char>(yuv[offset]); };
      const auto column = static_cast<size_t>(i);
      EXPECT_NEAR(at(8 * 128 + column * 16 + 8), 16 + y * 219 / 255, tolerance)
          << file << " patch " << i;
      EXPECT_NEAR(at(2048 + 4 * 64 + column * 8 + 4), 128 + cb * 224 / 255, tolerance)
          << file << " patch " << i;
      EXPECT_NEAR(at(2048 + 512 + 4 * 64 + column * 8 + 4), 128 + cr * 224 / 255, tolerance)
          << file << " patch " << i;
    }
  }
};

TEST_F(Colors, PicturesComeOutRight) {
  make_chart();
  ffmpeg("-i chart.ppm chart.png");
  check("chart.png", "image", 1.0);
  ffmpeg("-i chart.ppm -pix_fmt yuvj444p -q:v 1 -qmin 1 chart.jpg");
  check("chart.jpg", "image", 2.0);  // the codec's own quantisation takes one
}

TEST_F(Colors, VideosComeOutRightByTagAndByRule) {
  make_chart();
  const std::string lossless = "-c:v libx264 -qp 0 -r 10 -t 0.4 ";
  const std::string from = "-loop 1 -i chart.ppm ";
  const std::string scale = "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp";
  // Small and untagged: BT.601 limited.
  ffmpeg(from + "-vf " + scale + ":out_color_matrix=bt601 -pix_fmt yuv444p " + lossless + "sd.mp4");
  check("sd.mp4", "video", 2.0);
  ffmpeg(from + "-vf " + scale + ":out_color_matrix=bt709 -pix_fmt yuv444p -colorspace bt709 " +
         lossless + "hd.mp4");
  check("hd.mp4", "video", 2.0);
  ffmpeg(from + "-vf " + scale + ":out_color_matrix=bt709:out_range=pc -pix_fmt yuv444p " +
         "-color_range pc -colorspace bt709 " + lossless + "full.mp4");
  check("full.mp4", "video", 2.0);
  ffmpeg(from + "-vf " + scale + ":out_color_matrix=bt709 -pix_fmt yuv444p10le " +
         "-colorspace bt709 " + lossless + "ten.mp4");
  check("ten.mp4", "video", 2.0);
}

}  // namespace
}  // namespace rushes::render
