#include "engine/broker.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/unique_fd.h"
#include "base/uri.h"
#include "engine/child.h"
#include "engine/child_event.h"
#include "engine/child_process.h"
#include "engine/event_output.h"
#include "engine/font_service.h"
#include "engine/package.h"
#include "engine/piece_uploads.h"
#include "engine/supervisor.h"
#include "engine/task_document.h"
#include "engine/task_files.h"

namespace rushes::engine {
namespace {

constexpr int kSpareDescriptors = 1200;  // of the child: fonts that it asks for, and the libraries'

base::Result<std::string> read_all_of(int fd) {
  std::string text;
  char bytes[65536];
  for (;;) {
    const ssize_t n = read(fd, bytes, sizeof(bytes));
    if (n == 0) return text;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::from_errno(errno, "reading the task");
    text.append(bytes, static_cast<size_t>(n));
    if (text.size() > kMaxTaskBytes) return base::invalid_argument("task: larger than 64 MiB");
  }
}

base::Result<base::UniqueFd> take_signals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return base::from_errno(errno, "sigprocmask");
  base::UniqueFd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return base::from_errno(errno, "signalfd");
  return fd;
}

void raise_descriptor_limit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // what is missing shows when a file cannot be opened
}

class Broker {
 public:
  Broker(FontCatalog& fonts, EventOutput& output) : catalog_(fonts), output_(output) {}

  Ending run() {
    base::Status status = run_steps();
    return {std::move(status), cause_};
  }

 private:
  base::Status run_steps() {
    ASSIGN_OR_RETURN(const base::UniqueFd signals, take_signals());
    raise_descriptor_limit();
    ASSIGN_OR_RETURN(const std::string text, read_all_of(STDIN_FILENO));
    ASSIGN_OR_RETURN(const TaskDocument task, parse_task(text));
    if (task.kind == "fonts") return list_fonts(task);
    RemoteStores stores(task.private_web, task.transfer);
    RemoteInputs remotes(stores, task.roots, task.store.value_or(""));
    const auto wait = [&] {
      tell_of(stores);
      return check_signals(signals.get());
    };
    ASSIGN_OR_RETURN(TaskFiles files, open_task_files(task, remotes, wait));
    ASSIGN_OR_RETURN(ObjectService objects, ObjectService::open(task, files));
    ASSIGN_OR_RETURN(DerivedService derived, DerivedService::open(task, files));
    PieceUploads pieces(task, files, stores);
    RETURN_IF_ERROR(hash_inputs(task, files, signals.get()));
    FontService fonts(catalog_, Roots(task.roots));
    ASSIGN_OR_RETURN(const FontPackage pinned, fonts.open_pinned(task.fonts));
    base::Status status = open_remote_outputs(task, files, stores, wait);
    if (status.ok() && !is_there(files)) {
      status = run_child(task, files, {fonts, objects, derived, pieces, stores, remotes}, pinned,
                         signals.get());
    }
    if (status.ok()) status = finish(pieces, wait);
    if (status.ok()) status = commit(files, remotes.transfer(), wait);
    tell_of(stores);
    if (status.ok()) return {};
    for (const auto& output : files.remote_outputs) output->fail(status.error());
    return objects.naming_full_disk(naming_full_disk(std::move(status).error(), files));
  }

  // The child knows descriptors only, so its "no space left" does not say where.
  static base::Error naming_full_disk(base::Error error, const TaskFiles& files) {
    if (error.code != base::Code::kResource) return error;
    for (const auto& [name, output] : files.outputs) {
      if (output.disk_is_full()) return std::move(error).in("output \"" + output.path() + "\"");
    }
    return error;
  }

  // What the child has made is still on its way.
  base::Status finish(PieceUploads& pieces, const std::function<base::Status()>& wait) {
    constexpr std::chrono::milliseconds kTick{5};
    while (!pieces.is_idle()) {
      RETURN_IF_ERROR(engine::tell_of(pieces, output_));
      RETURN_IF_ERROR(wait());
      std::this_thread::sleep_for(kTick);
    }
    return {};
  }

  // Nothing is left to be written.
  static bool is_there(const TaskFiles& files) {
    return !files.remote_outputs.empty() &&
           std::ranges::all_of(files.remote_outputs,
                               [](const auto& output) { return output->is_there(); });
  }

  struct Services {
    FontService& fonts;
    ObjectService& objects;
    DerivedService& derived;
    PieceUploads& pieces;
    RemoteStores& stores;
    RemoteInputs& remotes;
  };

  base::Status check_signals(int signals) {
    signalfd_siginfo info = {};
    while (read(signals, &info, sizeof(info)) == sizeof(info)) {
      if (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT && info.ssi_signo != SIGHUP) {
        continue;
      }
      cause_ = Cause::kCancelled;
      return base::Error{base::Code::kCancelled, "cancelled"};
    }
    return {};
  }

  void tell_of(RemoteStores& stores) {
    for (const RemoteStores::Notice& notice : stores.take_notices()) {
      output_.add(warning_of(notice));
    }
    if (output_.pending()) output_.write_some();
  }

  // Reading large files takes its time: it is told, and can be stopped.
  base::Status hash_inputs(const TaskDocument& task, TaskFiles& files, int signals) {
    if (!task.hashes) return {};
    const auto on_progress = [&](uint64_t done, uint64_t total) -> base::Status {
      output_.add({{"type", "progress"}, {"done", done}, {"total", total}, {"phase", "hash"}});
      if (output_.pending()) output_.write_some();
      return check_signals(signals);
    };
    for (auto& [name, file] : files.inputs) {
      auto hash = content_hash(file, {.store = task.store, .on_progress = on_progress});
      if (!hash.ok()) return std::move(hash).error().in("\"" + file.path + "\"");
      files.hashes[name] = *std::move(hash);
    }
    return {};
  }

  base::Status run_child(const TaskDocument& task, const TaskFiles& files, const Services& services,
                         const FontPackage& pinned, int signals) {
    ASSIGN_OR_RETURN(ChildProcess child, start_child());
    Supervisor supervisor({.child = child,
                           .task = task,
                           .fonts = services.fonts,
                           .objects = services.objects,
                           .derived = services.derived,
                           .pieces = services.pieces,
                           .stores = services.stores,
                           .output = output_,
                           .signals = signals});
    RETURN_IF_ERROR(send_task(child, task, files, services.remotes, pinned));
    services.remotes.serve();
    for (const auto& output : files.remote_outputs) output->serve();
    Ending ending = supervisor.run();
    cause_ = ending.cause;
    return std::move(ending.status);
  }

  // The task as the child knows it: where things lie is not its business, and addresses may hold
  // secrets.
  static nlohmann::json told(const TaskDocument& task) {
    nlohmann::json json = task.json;
    json.erase("roots");
    for (const char* kind : {"inputs", "outputs"}) {
      if (!json.contains(kind)) continue;
      for (nlohmann::json& entry : json[kind]) {
        if (entry.is_object() && !entry.contains("path")) continue;
        nlohmann::json& path = entry.is_object() ? entry["path"] : entry;
        path = base::shown_uri(path.get<std::string>());
      }
    }
    return json;
  }

  static base::Status send_task(const ChildProcess& child, const TaskDocument& task,
                                const TaskFiles& files, RemoteInputs& remotes,
                                const FontPackage& pinned) {
    nlohmann::json package = {{"task", told(task)},
                              {"inputs", nlohmann::json::array()},
                              {"missing", nlohmann::json::array()},
                              {"outputs", nlohmann::json::array()},
                              {"fonts", pinned.json["files"]}};
    std::vector<int> fds;
    for (const auto& [name, file] : files.inputs) {
      package["inputs"].push_back(
          {{"name", name}, {"size", file.size}, {"identity", file.identity()}});
      if (const auto hash = files.hashes.find(name); hash != files.hashes.end()) {
        package["inputs"].back()["hash"] = hash->second;
      }
      fds.push_back(file.fd.get());
    }
    std::vector<base::UniqueFd> channels;
    for (const RemoteInput& input : files.remotes) {
      ASSIGN_OR_RETURN(base::UniqueFd channel, remotes.channel_to(input));
      package["inputs"].push_back({{"name", input.name},
                                   {"size", input.object.info.size},
                                   {"identity", input.identity()},
                                   {"hash", input.hash()},
                                   {"remote", true}});
      fds.push_back(channel.get());
      channels.push_back(std::move(channel));
    }
    for (const auto& [name, error] : files.missing) {
      package["missing"].push_back(error_to_json(error));
      package["missing"].back()["name"] = name;
    }
    for (const auto& [name, output] : files.outputs) {
      package["outputs"].push_back({{"name", name}});
      fds.push_back(output.fd());
    }
    for (const auto& output : files.remote_outputs) {
      ASSIGN_OR_RETURN(base::UniqueFd channel, output->channel());
      package["outputs"].push_back(
          {{"name", output->name()}, {"remote", true}, {"copied", output->copied_inputs()}});
      fds.push_back(channel.get());
      channels.push_back(std::move(channel));
    }
    fds.insert(fds.end(), pinned.fds.begin(), pinned.fds.end());
    const nlohmann::json limits = {
        {"broker", getpid()},
        {"memory_bytes", task.limits.memory_bytes},
        {"file_bytes", task.limits.output_bytes},
        {"devices", task.devices},
        {"descriptors", static_cast<int>(fds.size()) + kSpareDescriptors}};
    RETURN_IF_ERROR(send_package(child.packages.get(), limits, {}));
    return send_package(child.packages.get(), package, fds);
  }

  base::Status commit(TaskFiles& files, const RemoteInputs::Transfer& transfer,
                      const std::function<base::Status()>& wait) {
    nlohmann::json outputs = nlohmann::json::object();
    for (auto& [name, output] : files.outputs) {
      ASSIGN_OR_RETURN(const uint64_t bytes, output.size());
      RETURN_IF_ERROR(output.commit());
      outputs[name] = {{"bytes", bytes}};
    }
    for (const auto& output : files.remote_outputs) {
      const auto tell = [&] {
        tell_of_upload(*output);
        return wait();
      };
      ASSIGN_OR_RETURN(const store::Written written, output->commit(tell));
      outputs[output->name()] = {{"bytes", written.object.size},
                                 {"version", written.object.version},
                                 {"reused", output->reused()}};
      if (output->copied() > 0) outputs[output->name()]["copied"] = output->copied();
      if (output->is_there()) outputs[output->name()]["existed"] = true;
    }
    nlohmann::json done = {{"type", "done"}, {"outputs", std::move(outputs)}};
    if (!files.remotes.empty()) {
      done["read"] = {{"bytes", transfer.bytes}, {"requests", transfer.requests}};
    }
    output_.add(std::move(done));
    return {};
  }

  // Now and then: what is too frequent for a reader is left out.
  void tell_of_upload(const RemoteOutput& output) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < std::chrono::milliseconds(100)) return;
    told_ = now;
    output_.add({{"type", "progress"},
                 {"done", output.sent()},
                 {"total", output.size()},
                 {"phase", "upload"}});
  }

  base::Status list_fonts(const TaskDocument& task) {
    ASSIGN_OR_RETURN(const std::vector<text::FamilyInfo> families, catalog_.list());
    output_.add({{"type", "started"}, {"version", 1}, {"kind", task.kind}});
    nlohmann::json list = nlohmann::json::array();
    for (const text::FamilyInfo& family : families) {
      nlohmann::json faces = nlohmann::json::array();
      for (const text::FontFace& face : family.faces) {
        faces.push_back({{"file", face.file.path},
                         {"index", face.file.index},
                         {"style", face.style},
                         {"weight", face.weight},
                         {"italic", face.italic},
                         {"color", face.color}});
      }
      list.push_back({{"family", family.family}, {"faces", std::move(faces)}});
    }
    output_.add({{"type", "result"}, {"result", {{"families", std::move(list)}}}});
    output_.add({{"type", "done"}, {"outputs", nlohmann::json::object()}});
    return {};
  }

  FontCatalog& catalog_;
  EventOutput& output_;
  Cause cause_ = Cause::kFailed;
  std::chrono::steady_clock::time_point told_;
};

// Libraries may throw (JSON, memory); a broker that ends by an exception would end without a word.
Ending run_guarded(FontCatalog& fonts, EventOutput& output) {
  try {
    return Broker(fonts, output).run();
  } catch (const std::exception& error) {
    return {base::internal(std::string("exception: ") + error.what()), Cause::kFailed};
  }
}

}  // namespace

int broker_main(int argc, char** argv, Runner runner, FontCatalog& fonts) {
  if (argc == 2 && std::string_view(argv[1]) == kChildArgument) return child_main(runner);
  if (argc != 1) {
    std::fprintf(stderr, "usage: rushes-engine < task.json\n");
    return base::exit_code(base::Code::kInvalidArgument);
  }
  EventOutput output(STDOUT_FILENO);
  const Ending ending = run_guarded(fonts, output);
  int exit_status = 0;
  if (!ending.status.ok()) {
    exit_status = base::exit_code(ending.status.error().code);
    nlohmann::json event = error_to_json(ending.status.error());
    if (const int number = number_of(ending.cause); number != 0) event["number"] = number;
    event["type"] = "error";
    event["cause"] = name_of(ending.cause);
    event["exit"] = exit_status;
    output.add(std::move(event));
  }
  // Who cancels may have stopped reading.
  const bool hurry = ending.cause == Cause::kCancelled;
  output.flush(std::chrono::milliseconds(hurry ? 100 : 5000));
  return exit_status;
}

}  // namespace rushes::engine
