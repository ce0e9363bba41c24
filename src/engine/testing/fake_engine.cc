// rushes-engine with a runner that does what a test asks for, mostly mischief. Used by the tests of
// this layer and of exec.

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "engine/broker.h"
#include "engine/child.h"

namespace rushes::engine {
namespace {

base::Status copy(TaskContext& context) {
  const InputFile* from = context.input("from");
  const OutputFile* to = context.output("to");
  ASSIGN_OR_RETURN(const auto source, from->open());
  ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, 1 << 20));
  RETURN_IF_ERROR(to->open()->write_at(0, bytes));
  for (int64_t i = 1; i <= 10; ++i) context.events.progress({i, 10, "copy"});
  context.events.warning({.number = 7, .text = "only a copy", .place = "here"});
  context.events.result({{"bytes", bytes.size()}});
  return {};
}

base::Status diagnose(TaskContext& context) {
  context.events.diagnostic({.number = 113,
                             .file = "ad.json",
                             .place = {14, 22},
                             .pointer = "/tracks/0",
                             .message = "must be > 0 (is -2)",
                             .hint = "try 2"});
  return base::Error{base::Code::kInvalidArgument, "one mistake", 113};
}

base::Status inspect(TaskContext& context) {
  nlohmann::json fds = nlohmann::json::array(), environment = nlohmann::json::array();
  for (int fd = 0; fd < 1024; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) fds.push_back(fd);
  }
  for (char** text = environ; *text != nullptr; ++text) environment.push_back(*text);
  const int opened = open("/etc/passwd", O_RDONLY);
  nlohmann::json missing = nlohmann::json::object();
  for (const MissingInput& input : context.missing) missing[input.name] = input.error.message;
  context.events.result({{"fds", std::move(fds)},
                         {"environment", std::move(environment)},
                         {"opens_files", opened >= 0},
                         {"missing", std::move(missing)},
                         {"task", context.task},
                         {"pid", getpid()}});
  return {};
}

// Until it is told to stop, or for ever if it does not listen.
base::Status wait(TaskContext& context) {
  const bool listens = context.params().value("listens", true);
  const bool speaks = context.params().value("speaks", true);
  context.events.result({{"pid", getpid()}});
  for (int64_t i = 0; !listens || !context.cancelled; ++i) {
    if (speaks) context.events.progress({i, 0, "wait"});
    const timespec pause = {0, 5'000'000};
    nanosleep(&pause, nullptr);
  }
  return base::Error{base::Code::kCancelled, "cancelled"};
}

base::Status flood(TaskContext& context) {
  while (!context.cancelled) context.events.warning({.text = std::string(1000, 'w')});
  return {};
}

base::Status raw(TaskContext& context) {
  const std::string text = context.params().at("text").get<std::string>();
  const auto times = context.params().value("times", int64_t{1});
  for (int64_t i = 0; i < times; ++i) {
    if (write(kEventFd, text.data(), text.size()) < 0) break;
  }
  return {};
}

void pause() {
  const timespec time = {0, 1'000'000};
  nanosleep(&time, nullptr);
}

// Writes params.text to the objects params.names, and commits those but the last if "but_last".
// If it "pauses", it waits to be asked to share before each but the first.
base::Status store(TaskContext& context) {
  const std::string text = context.params().at("text").get<std::string>();
  const auto& names = context.params().at("names");
  for (size_t i = 0; i < names.size(); ++i) {
    while (i > 0 && context.params().value("pauses", false) && !context.share) pause();
    ASSIGN_OR_RETURN(StoredFile file, context.objects.create(names[i].get<std::string>()));
    RETURN_IF_ERROR(base::fd_sink(file.fd.get())->write_at(0, std::as_bytes(std::span(text))));
    file.fd.reset();
    if (context.params().value("but_last", false) && i + 1 == names.size()) continue;
    context.objects.commit(names[i], {{"number", i}});
  }
  if (context.params().value("wait", false)) {
    while (!context.cancelled) context.events.progress({0, 0, "wait"});
    return base::Error{base::Code::kCancelled, "cancelled"};
  }
  return {};
}

base::Status fetch(TaskContext& context) {
  ASSIGN_OR_RETURN(const StoredFile file,
                   context.objects.wait_for(context.params().at("name").get<std::string>()));
  const auto source = base::fd_source(file.fd.get(), file.size);
  ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, 1 << 20));
  context.events.result(
      {{"text", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())}});
  return {};
}

std::string text_of(const StoredFile& file) {
  const auto bytes = base::read_all(*base::fd_source(file.fd.get(), file.size), 1 << 20);
  if (!bytes.ok()) return bytes.error().message;
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

// One of params.steps: finds what was derived from "input" by "variant", or stores "text" or
// "bytes" zeros there and ends with "commit", "drop" or neither. What came of it: a text, null, or
// {"error"}. Before the first it waits to be asked to share if it "waits".
base::Result<nlohmann::json> derive_step(TaskContext& context, const nlohmann::json& step) {
  const std::string input = step.value("input", "in");
  const std::string variant = step.value("variant", "some");
  if (!step.contains("end")) {
    ASSIGN_OR_RETURN(const auto found, context.objects.find_derived(input, variant));
    return found ? nlohmann::json(text_of(*found)) : nlohmann::json();
  }
  ASSIGN_OR_RETURN(StoredFile file, context.objects.create_derived(input, variant));
  const std::string text = step.value("text", "");
  if (step.contains("bytes")) {
    if (ftruncate(file.fd.get(), step["bytes"].get<off_t>()) != 0)
      return base::internal("ftruncate");
  }
  RETURN_IF_ERROR(base::fd_sink(file.fd.get())->write_at(0, std::as_bytes(std::span(text))));
  file.fd.reset();
  if (step["end"] == "commit") context.objects.commit_derived();
  if (step["end"] == "drop") context.objects.drop_derived();
  return nlohmann::json("done");
}

base::Status derive(TaskContext& context) {
  nlohmann::json answers = nlohmann::json::array();
  context.events.progress({0, 0, "wait"});
  while (context.params().value("waits", false) && !context.share) pause();
  for (const auto& step : context.params().at("steps")) {
    for (int i = 0; i < step.value("times", 1); ++i) {
      auto answer = derive_step(context, step);
      answers.push_back(answer.ok() ? *std::move(answer)
                                    : nlohmann::json{{"error", answer.error().message}});
    }
  }
  context.events.result({{"answers", std::move(answers)}});
  return {};
}

// Until it is asked to share.
base::Status share(TaskContext& context) {
  context.events.progress({0, 0, "wait"});
  while (!context.share && !context.cancelled) pause();
  context.events.run(context.share ? 3 : 0);
  return {};
}

base::Status hashed(TaskContext& context) {
  nlohmann::json out;
  for (const InputFile& input : context.inputs) {
    out[input.name] = {{"hash", input.hash}, {"identity", input.identity}};
  }
  context.events.result(out);
  return {};
}

base::Status fill(TaskContext& context) {
  const auto bytes = context.params().at("bytes").get<size_t>();
  const auto sink = context.output("to")->open();
  const std::vector<std::byte> piece(1 << 16);
  for (size_t at = 0; at < bytes; at += piece.size()) RETURN_IF_ERROR(sink->write_at(at, piece));
  return {};
}

nlohmann::json describe(const FontFile& font) {
  char byte = 0;
  const int fd = open(font.path.c_str(), O_RDONLY);
  const bool readable = fd >= 0 && read(fd, &byte, 1) == 1;
  if (fd >= 0) close(fd);
  return {{"path", font.path},   {"file", font.file}, {"family", font.family}, {"hash", font.hash},
          {"index", font.index}, {"size", font.size}, {"readable", readable}};
}

base::Status fonts(TaskContext& context) {
  nlohmann::json pinned = nlohmann::json::array(), found = nlohmann::json::array();
  for (const FontFile& font : context.fonts) pinned.push_back(describe(font));
  for (const auto& own : context.params().value("own", nlohmann::json::array())) {
    text::FontFace face;
    face.file = {own.get<std::string>(), 0, "Own"};
    face.families = {own.get<std::string>()};
    face.coverage = {{U'a', U'z'}};
    RETURN_IF_ERROR(context.add_fonts({face}));
  }
  for (const auto& families : context.params().value("ask", nlohmann::json::array())) {
    text::FontRequest request;
    request.families = families.get<std::vector<std::string>>();
    request.code_points = {U'a', U'\U0001F600'};
    ASSIGN_OR_RETURN(const FontReply reply, context.find_fonts(request));
    for (const FontFile& font : reply.files) found.push_back(describe(font));
    for (char32_t c : reply.uncovered) found.push_back(static_cast<uint32_t>(c));
  }
  context.events.result({{"pinned", std::move(pinned)}, {"found", std::move(found)}});
  return {};
}

base::Status grow() {
  std::vector<std::vector<char>> all;
  for (;;) all.emplace_back(size_t{16} << 20, 'x');
}

base::Status run(TaskContext& context) {
  const std::string kind = context.kind();
  static const std::map<std::string, Runner> kRunners = {
      {"copy", copy},    {"diagnose", diagnose}, {"inspect", inspect}, {"wait", wait},
      {"flood", flood},  {"raw", raw},           {"fill", fill},       {"use_fonts", fonts},
      {"store", store},  {"fetch", fetch},       {"share", share},     {"hashed", hashed},
      {"derive", derive}};
  if (const auto runner = kRunners.find(kind); runner != kRunners.end()) {
    return runner->second(context);
  }
  if (kind == "fail") return base::corrupt("packet 918: invalid NAL size");
  if (kind == "throw") throw std::runtime_error("from a library");
  if (kind == "grow") return grow();
  if (kind == "leave") _exit(0);
  if (kind == "signal") kill(getpid(), context.params().at("signal").get<int>());
  if (kind == "break_out") execl("/bin/true", "true", nullptr);
  return base::unsupported("no such kind");
}

// A family is the path of its file, or one that was added.
class FakeCatalog final : public FontCatalog {
 public:
  void add(std::vector<text::FontFace> faces) override {
    for (text::FontFace& face : faces) added_.push_back(std::move(face));
  }
  base::Result<text::FontMatch> find(const text::FontRequest& request) override {
    text::FontMatch match;
    for (const std::string& family : request.families) {
      const auto own = std::find_if(added_.begin(), added_.end(), [&](const auto& face) {
        return face.families.front() == family;
      });
      if (own != added_.end()) {
        match.files.push_back(own->file);
      } else if (family[0] == '/') {
        match.files.push_back({family, 2, "Fake"});
      } else {
        return base::not_found("no font \"" + family + "\"; did you mean \"Fake\"?");
      }
      match.families.push_back(family);
    }
    match.uncovered = {U'\U0001F600'};
    return match;
  }
  base::Result<std::vector<text::FamilyInfo>> list() override {
    text::FontFace face;
    face.file = {"/nowhere/fake.ttf", 0, "Fake"};
    face.style = "Bold";
    face.weight = 700;
    return std::vector<text::FamilyInfo>{{"Fake", {face}}};
  }

 private:
  std::vector<text::FontFace> added_;
};

}  // namespace
}  // namespace rushes::engine

int main(int argc, char** argv) {
  rushes::engine::FakeCatalog catalog;
  return rushes::engine::broker_main(argc, argv, rushes::engine::run, catalog);
}
