#pragma once

// Whole tasks run in this process, over the files of a folder, for tests.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/scratch_folder.h"
#include "base/unique_fd.h"
#include "render/runner.h"
#include "text/font_finder.h"

namespace rushes::render {

namespace fs = std::filesystem;
using nlohmann::json;

class Events final : public engine::EventSink {
 public:
  void progress(const engine::Progress& p) override {
    EXPECT_GE(p.done, last_[std::string(p.phase)]) << "progress went back";
    last_[std::string(p.phase)] = p.done;
  }
  void warning(const engine::Warning& w) override {
    warnings.push_back(w.text);
    places.push_back(w.place);
  }
  void diagnostic(const schema::Diagnostic& d) override {
    diagnostics.push_back(schema::format(d));
  }
  void run(int64_t end) override { run_ends.push_back(end); }
  void result(json r) override { found = std::move(r); }

  std::vector<std::string> warnings, places, diagnostics;
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
    const std::lock_guard lock(mutex_);
    return open(output + ".part", O_RDWR | O_CREAT | O_TRUNC);
  }
  void commit(const std::string& output, json about) override {
    const std::lock_guard lock(mutex_);
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
  std::mutex mutex_;
  fs::path folder_;
  std::string deriving_;
};

// A folder, and tasks over the files in it. Fonts are found as the broker finds them.
class Desk : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(path("objects"));
    objects_ = std::make_unique<Objects>(path("objects"));
  }

  std::string path(const std::string& name) const { return folder_.path(name); }
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
  void ffmpeg(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder_.path() + "' && ffmpeg -v error -nostdin -y " + arguments;
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  std::string output_of(const std::string& command) const {
    const std::string out = path("command.txt");
    const std::string whole = "cd '" + folder_.path() + "' && " + command + " > " + out;
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

  base::ScratchFolder folder_;
  std::unique_ptr<Events> events_;
  std::unique_ptr<Objects> objects_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> share_{false};
  json compiled_;
  bool keeps_derived_ = true;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace rushes::render
