// Whole tasks, run in this process: timeline to program to packets to file.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/unique_fd.h"
#include "plan/slice.h"
#include "render/runner.h"
#include "schema/program_json.h"
#include "text/font_finder.h"

namespace rushes::render {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Events final : public engine::EventSink {
 public:
  void progress(const engine::Progress& p) override {
    EXPECT_GE(p.done, last_[std::string(p.phase)]) << "progress went back";
    last_[std::string(p.phase)] = p.done;
  }
  void warning(const engine::Warning& w) override { warnings.push_back(w.text); }
  void diagnostic(const schema::Diagnostic& d) override {
    diagnostics.push_back(schema::format(d));
  }
  void run(int64_t end) override { run_ends.push_back(end); }
  void result(json r) override { found = std::move(r); }

  std::vector<std::string> warnings, diagnostics;
  json found;
  std::vector<int64_t> run_ends;

 private:
  std::map<std::string, int64_t> last_;
};

// The store of a task as files of a folder.
class Objects final : public engine::TaskObjects {
 public:
  explicit Objects(fs::path folder) : folder_(std::move(folder)) {}
  base::Result<engine::StoredFile> create(const std::string& output) override {
    return open(output + ".part", O_RDWR | O_CREAT | O_TRUNC);
  }
  void commit(const std::string& output, json about) override {
    fs::rename(folder_ / (output + ".part"), folder_ / output);
    committed.push_back(std::move(about));
    if (on_commit) on_commit();
  }
  base::Result<engine::StoredFile> wait_for(const std::string& input) override {
    return open(input, O_RDONLY);
  }

  base::Result<std::optional<engine::StoredFile>> find_derived(
      const std::string& input, const std::string& variant) override {
    auto file = open("derived " + input + " " + variant, O_RDONLY);
    if (!file.ok()) return std::optional<engine::StoredFile>();
    return std::optional<engine::StoredFile>(*std::move(file));
  }
  base::Result<engine::StoredFile> create_derived(const std::string& input,
                                                  const std::string& variant) override {
    if (refuses_derived) return base::resource("no space left");
    deriving_ = "derived " + input + " " + variant;
    return open("derived.part", O_RDWR | O_CREAT | O_TRUNC);
  }
  void commit_derived() override { fs::rename(folder_ / "derived.part", folder_ / deriving_); }
  void drop_derived() override { fs::remove(folder_ / "derived.part"); }

  std::vector<json> committed;
  std::function<void()> on_commit;
  bool refuses_derived = false;

 private:
  base::Result<engine::StoredFile> open(const std::string& name, int flags) const {
    const std::string path = folder_ / name;
    engine::StoredFile file{base::UniqueFd(::open(path.c_str(), flags | O_CLOEXEC, 0600)), 0};
    if (!file.fd) return base::from_errno(errno, path);
    file.size = fs::file_size(path);
    return file;
  }
  fs::path folder_;
  std::string deriving_;
};

// A folder, and tasks over the files in it. Fonts are found as the broker finds them.
class Desk : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "rushes_render_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    fs::create_directory(folder_ / "objects");
    objects_ = std::make_unique<Objects>(folder_ / "objects");
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  void ffmpeg(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder_.string() + "' && ffmpeg -v error -nostdin -y " + arguments;
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  std::string output_of(const std::string& command) const {
    const std::string out = path("command.txt");
    const std::string whole = "cd '" + folder_.string() + "' && " + command + " > " + out;
    EXPECT_EQ(std::system(whole.c_str()), 0) << whole;
    std::ifstream in(out);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  base::Status run(const std::string& kind, const std::map<std::string, std::string>& inputs,
                   const std::map<std::string, std::string>& outputs, json params = json::object(),
                   const json& fonts = json::array()) {
    events_ = std::make_unique<Events>();
    json task = {{"kind", kind}, {"params", std::move(params)}, {"inputs", inputs}};
    if (keeps_derived_) task["derived"] = "this build";
    std::vector<base::UniqueFd> open_files;
    engine::TaskContext context{.task = std::move(task),
                                .find_fonts = find_installed,
                                .add_fonts = [](const auto&) { return base::Status(); },
                                .objects = *objects_,
                                .events = *events_,
                                .cancelled = cancelled_,
                                .share = share_};
    for (const auto& [name, file] : inputs) {
      open_files.emplace_back(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
      context.inputs.push_back({.name = name,
                                .fd = open_files.back().get(),
                                .size = fs::exists(file) ? fs::file_size(file) : 0,
                                .path = file});
    }
    for (const auto& [name, file] : outputs) {
      open_files.emplace_back(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
      context.outputs.push_back({.name = name, .fd = open_files.back().get()});
    }
    for (const json& f : fonts) {
      context.fonts.push_back({.path = f["path"], .index = f["index"]});
    }
    return run_task(context);
  }

  static base::Result<engine::FontReply> find_installed(const text::FontRequest& request) {
    ASSIGN_OR_RETURN(const text::FontFinder finder, text::FontFinder::open());
    ASSIGN_OR_RETURN(const text::FontMatch match, finder.find(request));
    engine::FontReply reply;
    for (const text::FontFile& f : match.files) {
      reply.files.push_back({.path = f.path,
                             .file = f.path,
                             .family = f.family,
                             .hash = std::string(32, '0'),
                             .size = fs::file_size(f.path),
                             .index = f.index});
    }
    reply.families = match.families;
    reply.warnings = match.warnings;
    return reply;
  }

  base::Status compile(const std::string& timeline, const std::vector<std::string>& sources,
                       const json& more = json::object()) {
    write("timeline.json", timeline);
    std::map<std::string, std::string> inputs{{"timeline", path("timeline.json")}};
    for (size_t i = 0; i < sources.size(); ++i) {
      inputs["source:" + std::to_string(i)] = path(sources[i]);
    }
    json params = {{"filename", "timeline.json"}, {"sources", sources}};
    params.update(more);
    RETURN_IF_ERROR(run("compile", inputs, {{"program", path("program.json")}}, params));
    compiled_ = events_->found;
    return {};
  }

  std::map<std::string, std::string> program_inputs() const {
    std::map<std::string, std::string> inputs{{"program", path("program.json")}};
    for (size_t i = 0; i < compiled_["inputs"].size(); ++i) {
      inputs["input:" + std::to_string(i)] = path(compiled_["inputs"][i]["src"]);
    }
    return inputs;
  }

  // Segments between these frames.
  static json segments(const std::vector<int64_t>& cuts) {
    json list = json::array();
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      list.push_back({{"number", i}, {"first", cuts[i]}, {"end", cuts[i + 1]}});
    }
    return list;
  }

  base::Status render_run(const json& list) {
    return run("segments", program_inputs(), {}, {{"segments", list}}, compiled_["fonts"]);
  }

  base::Status assemble(const std::string& output, const std::vector<int64_t>& cuts) {
    return run("assemble", {{"program", path("program.json")}}, {{"output", path(output)}},
               {{"first", cuts.front()}, {"end", cuts.back()}, {"segments", segments(cuts)}});
  }

  base::Status render_sound(const std::vector<int64_t>& cuts) {
    if (compiled_["audio"] != true) return {};
    return run("audio", program_inputs(), {}, {{"first", cuts.front()}, {"end", cuts.back()}});
  }

  base::Status render(const std::string& output, std::vector<int64_t> cuts = {}) {
    if (cuts.empty()) cuts = {0, compiled_["frames"].get<int64_t>()};
    RETURN_IF_ERROR(render_run(segments(cuts)));
    RETURN_IF_ERROR(render_sound(cuts));
    return assemble(output, cuts);
  }

  fs::path folder_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<Objects> objects_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> share_{false};
  json compiled_;
  bool keeps_derived_ = true;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

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
  EXPECT_EQ(objects_->committed[1], json({{"number", 0}}));
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

class Photograph : public Desk {
 protected:
  void SetUp() override {
    Desk::SetUp();
    ffmpeg("-f lavfi -i testsrc2=s=1800x1200 -frames:v 1 photo.jpg");
    const base::Status s = compile(R"({"version": 1,
        "output": {"size": "160x90", "fps": 5, "video": {"preset": "ultrafast"}},
        "tracks": [[{"image": "photo.jpg", "duration": 1}]]})",
                                   {"photo.jpg"});
    ASSERT_TRUE(s.ok()) << s.error().message;
  }
  // The segment's bytes.
  std::string rendered() {
    const base::Status s = render_run(segments({0, 5}));
    EXPECT_TRUE(s.ok()) << s.error().message;
    return read_file(path("objects/segment:0"));
  }
  json stills() const { return events_->found["stills"]; }
  std::vector<std::string> kept() const {
    std::vector<std::string> paths;
    for (const auto& file : fs::directory_iterator(path("objects"))) {
      if (file.path().filename().string().starts_with("derived ")) paths.push_back(file.path());
    }
    return paths;
  }

  const json decoded = {{"decoded", 1}, {"from_store", 0}};
  const json recalled = {{"decoded", 0}, {"from_store", 1}};
};

TEST_F(Photograph, IsDecodedOnce) {
  keeps_derived_ = false;
  const std::string want = rendered();
  EXPECT_EQ(stills(), decoded);
  EXPECT_TRUE(kept().empty());
  keeps_derived_ = true;
  EXPECT_EQ(rendered(), want);
  EXPECT_EQ(stills(), decoded);
  EXPECT_EQ(kept().size(), 1u);
  EXPECT_EQ(rendered(), want);
  EXPECT_EQ(stills(), recalled);
}

TEST_F(Photograph, WhatWasKeptOfItIsNotBelieved) {
  const std::string want = rendered();
  ASSERT_EQ(kept().size(), 1u);
  const std::string file = kept().front();
  const std::string good = read_file(file);
  std::vector<std::string> lies = {"", "R", good.substr(0, good.size() - 1), good + "x"};
  for (size_t at = 0; at < 52; ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 2);
    lies.push_back(bad);
  }
  for (const std::string& lie : lies) {
    std::ofstream(file, std::ios::binary) << lie;
    ASSERT_EQ(rendered(), want);
    ASSERT_EQ(stills(), decoded);
    ASSERT_EQ(read_file(file), good);
  }
}

TEST_F(Photograph, TellsWhatItToldBefore) {
  ASSERT_FALSE(rendered().empty());
  const std::string file = kept().front();
  const std::string good = read_file(file);
  const auto with_notes = [&](const std::string& notes) {
    std::string text = good;
    text[48] = static_cast<char>(notes.size());
    std::ofstream(file, std::ios::binary) << text.insert(52, notes);
    EXPECT_FALSE(rendered().empty());
  };
  with_notes(R"(["is odd"])");
  EXPECT_EQ(stills(), recalled);
  EXPECT_EQ(events_->warnings, std::vector<std::string>{"photo.jpg: is odd"});
  for (const char* notes : {"{}", "[1]", "no JSON"}) {
    with_notes(notes);
    EXPECT_EQ(stills(), decoded) << notes;
    EXPECT_TRUE(events_->warnings.empty());
    EXPECT_EQ(read_file(file), good);
  }
}

TEST_F(Photograph, RendersWhereNothingCanBeKept) {
  const std::string want = rendered();
  fs::remove(kept().front());
  objects_->refuses_derived = true;
  EXPECT_EQ(rendered(), want);
  EXPECT_EQ(stills(), decoded);
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
