#pragma once

// Watches over one jailed child: passes on its checked events, answers for fonts and objects, and
// sees to it that it ends, whatever it does.

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/child_event.h"
#include "engine/child_process.h"
#include "engine/derived_service.h"
#include "engine/event_output.h"
#include "engine/font_service.h"
#include "engine/object_service.h"
#include "engine/piece_uploads.h"
#include "engine/remote_stores.h"
#include "engine/task_document.h"

namespace rushes::engine {

// How a child ended when not by itself: the "cause" of an error event.
enum class Cause : unsigned char {
  kFailed,     // the task said so
  kCancelled,  // SIGTERM, SIGINT, or the reader of the events has gone
  kCrashed,    // a signal; or it left without a word
  kForbidden,  // the seccomp filter stopped it
  kKilled,     // SIGKILL from elsewhere: most likely the kernel, out of memory
  kHung,       // no event for limits.idle_seconds
  kTimeout,    // longer than limits.wall_seconds
  kProtocol,   // it sent what no child of ours sends
};

std::string_view name_of(Cause cause);
int number_of(Cause cause);  // in base/error_catalog.h; 0: that of the error itself

// What a store is worth a warning for, as its event.
nlohmann::json warning_of(const RemoteStores::Notice& notice);
// Of pieces that have been put, as their events.
base::Status tell_of(PieceUploads& pieces, EventOutput& output);

struct Ending {
  base::Status status;
  Cause cause = Cause::kFailed;
};

class Supervisor {
 public:
  // SIGCHLD, SIGTERM, SIGINT, SIGHUP and SIGUSR1 are blocked and arrive on `signals` (a signalfd).
  // All are borrowed.
  struct Options {
    ChildProcess& child;
    const TaskDocument& task;
    FontService& fonts;
    ObjectService& objects;
    DerivedService& derived;
    PieceUploads& pieces;
    RemoteStores& stores;
    EventOutput& output;
    int signals = -1;
  };
  explicit Supervisor(const Options& options);
  ~Supervisor();  // the child is dead and reaped

  // Until the child has ended.
  Ending run();

 private:
  void turn();  // one round of poll()
  void read_signals();
  void read_events();
  void handle(const std::string& line);
  void handle(ChildEvent event);
  void send_started(const nlohmann::json& ready);
  void answer(const nlohmann::json& json, std::span<const int> fds);
  void answer(const base::Error& error);
  void create_object(const std::string& output);
  void commit_object(const nlohmann::json& event);
  void look_for_object();
  void look_for_pieces();
  void find_derived(const nlohmann::json& event);
  void create_derived(const nlohmann::json& event);
  void read_last_words();
  void check_time(double elapsed);
  void stop(Cause cause, base::Error error);  // the first one counts
  void kill_child();
  void reap();
  void drain();
  Ending ending();

  Options options_;
  LineReader lines_{kMaxEventBytes};
  std::string last_words_;
  bool ready_ = false;
  bool exited_ = false;
  int exit_status_ = 0;
  bool events_open_ = true;
  bool has_end_ = false;
  base::Status end_;
  bool stopped_ = false;
  Cause cause_ = Cause::kFailed;
  base::Status stop_status_;
  std::optional<std::string> awaited_;  // an input that the child waits for
  bool told_of_wait_ = false;
  bool share_pending_ = false;
  double idle_seconds_ = 0;
  double wall_seconds_ = 0;
  double grace_seconds_ = 0;  // since it was told to stop
  bool killed_ = false;
};

}  // namespace rushes::engine
