#include "engine/child.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <utility>

#include "engine/child_event.h"
#include "engine/event_pipe.h"
#include "engine/font_json.h"
#include "engine/guarded.h"
#include "engine/jail.h"
#include "engine/package.h"
#include "engine/remote_channel.h"
#include "engine/virtual_files.h"

namespace rushes::engine {
namespace {

std::atomic<bool> cancel_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_cancel(int /*signal*/) { cancel_asked.store(true); }

std::atomic<bool> share_asked{false};

void on_share(int /*signal*/) { share_asked.store(true); }

void set_signals() {
  struct sigaction action = {};
  action.sa_handler = on_cancel;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = on_share;
  sigaction(SIGUSR1, &action, nullptr);
  // Ctrl-C goes to every process of the terminal; the broker decides what it means.
  for (int signal_number : {SIGINT, SIGHUP, SIGPIPE, SIGXFSZ}) signal(signal_number, SIG_IGN);
}

// Questions to the broker, one after the other.
class Questions {
 public:
  explicit Questions(EventPipe& events) : events_(events) {}

  base::Result<Package> ask(const nlohmann::json& question) {
    const std::lock_guard lock(mutex_);
    events_.send(question);
    ASSIGN_OR_RETURN(Package package, receive_package(kPackageFd));
    if (package.json.contains("error")) return error_from_json(package.json["error"]);
    return package;
  }
  void tell(const nlohmann::json& event) { events_.send(event); }

 private:
  EventPipe& events_;
  std::mutex mutex_;
};

class Objects final : public TaskObjects {
 public:
  explicit Objects(Questions& questions) : questions_(questions) {}

  base::Result<StoredFile> create(const std::string& output) override {
    return file_of(questions_.ask({{"type", "create_object"}, {"name", output}}));
  }
  void commit(const std::string& output, nlohmann::json about) override {
    questions_.tell({{"type", "commit_object"}, {"name", output}, {"about", std::move(about)}});
  }
  base::Result<StoredFile> wait_for(const std::string& input) override {
    return file_of(questions_.ask({{"type", "wait_for_object"}, {"name", input}}));
  }
  base::Result<std::optional<StoredFile>> find_derived(const std::string& input,
                                                       const std::string& variant) override {
    auto answer = questions_.ask({{"type", "find_derived"}, {"name", input}, {"variant", variant}});
    if (answer.ok() && answer->fds.empty()) return std::optional<StoredFile>();
    ASSIGN_OR_RETURN(StoredFile file, file_of(std::move(answer)));
    return std::optional<StoredFile>(std::move(file));
  }
  base::Result<StoredFile> create_derived(const std::string& input,
                                          const std::string& variant) override {
    return file_of(
        questions_.ask({{"type", "create_derived"}, {"name", input}, {"variant", variant}}));
  }
  void commit_derived() override { questions_.tell({{"type", "commit_derived"}}); }
  void drop_derived() override { questions_.tell({{"type", "drop_derived"}}); }

 private:
  static base::Result<StoredFile> file_of(base::Result<Package> answer) {
    if (!answer.ok()) return std::move(answer).error();
    return StoredFile{std::move(answer->fds.at(0)), answer->json.at("size").get<uint64_t>()};
  }
  Questions& questions_;
};

// Font files that the broker sent, kept open for the rest of the task.
class Fonts {
 public:
  explicit Fonts(Questions& questions) : questions_(questions) {}

  base::Result<FontReply> find(const text::FontRequest& request) {
    ASSIGN_OR_RETURN(Package package, questions_.ask(to_json(request)));
    return reply(std::move(package));
  }

  base::Status add(const std::vector<text::FontFace>& faces) {
    questions_.tell(to_json(faces));
    return {};
  }

  // One entry of the broker's: {"file", "family", "hash", "size", "index", "sent"}. A file whose
  // descriptor was not sent along was sent earlier.
  base::Result<FontFile> open(const nlohmann::json& entry, Package& package, size_t& next) {
    FontFile font;
    font.file = entry.at("file").get<std::string>();
    font.family = entry.at("family").get<std::string>();
    font.hash = entry.at("hash").get<std::string>();
    font.size = entry.at("size").get<uint64_t>();
    font.index = entry.at("index").get<int>();
    for (const FontFile& known : open_) {
      if (known.file != font.file || known.hash != font.hash) continue;
      font.path = known.path;
      font.fd = known.fd;
      return font;
    }
    if (!entry.at("sent").get<bool>()) return base::internal("a font that was never sent");
    base::UniqueFd fd = std::move(package.fds.at(next++));
    ASSIGN_OR_RETURN(font.path, publish_virtual_file(fd.get()));
    font.fd = fd.release();
    open_.push_back(font);
    return font;
  }

 private:
  base::Result<FontReply> reply(Package package) {
    FontReply reply;
    reply.families = package.json.at("families").get<std::vector<std::string>>();
    reply.warnings = package.json.at("warnings").get<std::vector<std::string>>();
    for (const auto& c : package.json.at("uncovered")) {
      reply.uncovered.push_back(static_cast<char32_t>(c.get<uint32_t>()));
    }
    size_t next = 0;
    for (const auto& entry : package.json.at("files")) {
      if (entry.contains("own")) {
        FontFile own;
        own.path = entry.at("own").get<std::string>();
        own.index = entry.at("index").get<int>();
        own.family = entry.at("family").get<std::string>();
        reply.files.push_back(std::move(own));
        continue;
      }
      ASSIGN_OR_RETURN(FontFile font, open(entry, package, next));
      reply.files.push_back(std::move(font));
    }
    return reply;
  }

  Questions& questions_;
  std::vector<FontFile> open_;
};

// The package's descriptors are, in this order, the inputs, the outputs and the fonts.
base::Status unpack(Package package, Fonts& fonts, TaskContext& context) {
  context.task = std::move(package.json.at("task"));
  size_t next = 0;
  for (const auto& entry : package.json.at("inputs")) {
    base::UniqueFd fd = std::move(package.fds.at(next++));
    InputFile input{.name = entry.at("name").get<std::string>(),
                    .fd = -1,
                    .remote = nullptr,
                    .size = entry.at("size").get<uint64_t>(),
                    .path = {},
                    .hash = entry.value("hash", ""),
                    .identity = entry.at("identity").get<std::string>()};
    if (entry.contains("remote")) {
      input.remote = std::make_shared<RemoteChannel>(std::move(fd), input.size);
    } else {
      ASSIGN_OR_RETURN(input.path, publish_virtual_file(fd.get()));
      input.fd = fd.release();
    }
    context.inputs.push_back(std::move(input));
  }
  for (const auto& entry : package.json.at("missing")) {
    context.missing.push_back({entry.at("name").get<std::string>(), error_from_json(entry)});
  }
  for (const auto& entry : package.json.at("outputs")) {
    base::UniqueFd fd = std::move(package.fds.at(next++));
    OutputFile output{.name = entry.at("name").get<std::string>(), .fd = -1, .remote = nullptr};
    if (entry.contains("remote")) {
      output.remote = std::make_shared<RemoteChannel>(
          std::move(fd), 0, entry.value("copied", std::vector<std::string>()));
    } else {
      output.fd = fd.release();
    }
    context.outputs.push_back(std::move(output));
  }
  for (const auto& entry : package.json.at("fonts")) {
    ASSIGN_OR_RETURN(FontFile font, fonts.open(entry, package, next));
    context.fonts.push_back(std::move(font));
  }
  return {};
}

base::Status run(Runner runner, EventPipe& events) {
  ASSIGN_OR_RETURN(Package package, receive_package(kPackageFd));
  Questions questions(events);
  Fonts fonts(questions);
  Objects objects(questions);
  TaskContext context{
      .task = {},
      .inputs = {},
      .missing = {},
      .outputs = {},
      .fonts = {},
      .find_fonts = [&](const text::FontRequest& request) { return fonts.find(request); },
      .add_fonts = [&](const std::vector<text::FontFace>& faces) { return fonts.add(faces); },
      .objects = objects,
      .events = events,
      .cancelled = cancel_asked,
      .share = share_asked};
  RETURN_IF_ERROR(unpack(std::move(package), fonts, context));
  return runner(context);
}

base::Result<JailLimits> receive_limits() {
  ASSIGN_OR_RETURN(const Package package, receive_package(kPackageFd));
  // A broker that died before prctl() took effect sends no signal.
  if (package.json.at("broker").get<pid_t>() != getppid()) {
    return base::Error{base::Code::kUnavailable, "the broker has gone"};
  }
  return JailLimits{.memory_bytes = package.json.at("memory_bytes").get<uint64_t>(),
                    .file_bytes = package.json.at("file_bytes").get<uint64_t>(),
                    .descriptors = package.json.at("descriptors").get<int>(),
                    .devices = package.json.at("devices").get<bool>()};
}

base::Status enter(EventPipe& events) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  prctl(PR_SET_NAME, "rushes-jailed", 0, 0, 0);
  // Large pieces go back to the system when they are freed. By itself glibc would soon serve them
  // from the heap, where they leave holes.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  set_signals();
  ASSIGN_OR_RETURN(const JailLimits limits, receive_limits());
  ASSIGN_OR_RETURN(const JailState state, enter_jail(limits));
  events.send({{"type", "ready"},
               {"seccomp", state.seccomp},
               {"landlock", state.landlock_abi},
               {"warnings", state.warnings}});
  return {};
}

}  // namespace

int child_main(Runner runner) {
  if (fcntl(kPackageFd, F_GETFD) < 0 || fcntl(kEventFd, F_GETFD) < 0) {
    std::fprintf(stderr, "rushes-engine: %s is for its own use\n", kChildArgument);
    return 2;
  }
  EventPipe events(kEventFd);
  base::Status status = guarded([&] { return enter(events); });
  if (status.ok()) status = guarded([&] { return run(runner, events); });
  nlohmann::json end = {{"type", "end"}};
  if (!status.ok()) {
    end = error_to_json(status.error());
    end["type"] = "failed";
  }
  events.send(end);
  return 0;
}

}  // namespace rushes::engine
