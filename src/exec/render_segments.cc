#include "exec/render_segments.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <set>
#include <utility>

namespace rushes::exec {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

// A worker that dies is replaced so often, unless segments get finished in between.
constexpr int kMostDeaths = 3;
// How often an object that the last task waits for is looked for.
constexpr double kLookAgainSeconds = 0.5;

double since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// The process died or lost its way; the task itself found nothing wrong.
bool died(const TaskOutcome& outcome) {
  return outcome.cause.empty() || outcome.cause == "killed" || outcome.cause == "crashed" ||
         outcome.cause == "hung";
}

class Render {
 public:
  explicit Render(const RenderRequest& request)
      : request_(request),
        runs_(request.segments, needed(), request.workers, request.order),
        stored_(request.segments.size()),
        most_workers_(request.workers),
        pool_({.engine = request.engine},
              [this](size_t task, const json& event) { take(task, event); }) {
    for (size_t i = 0; i < stored_.size(); ++i) {
      total_frames_ += request.segments[i].frames();
      if (same_[i] == i && !needed_[i]) set_stored(i, true);
    }
  }

  base::Result<RenderReport> run() {
    employ();  // those that take longest first
    for (const SideTask& side : request_.side_tasks) {
      const auto stored = [&](const auto& entry) { return request_.store->contains(entry.second); };
      if (side.keys.empty() || !std::ranges::all_of(side.keys, stored)) start_side(side);
    }
    int cancel_fd = request_.cancel_fd;
    tell_progress();
    // All may have ended because the last worker died: its run is somebody else's then.
    while (!pool_.all_ended() || (status_.ok() && !runs_.done())) {
      if (status_.ok()) employ();
      if (pool_.wait(cancel_fd)) {
        cancel_fd = -1;
        fail({base::Code::kCancelled, "cancelled"});
      }
      settle();
      if (status_.ok()) look_for_lost();
      if (request_.on_tick) request_.on_tick();
    }
    if (!status_.ok()) return std::move(status_).error();
    report_.total_seconds = since(start_);
    return std::move(report_);
  }

 private:
  struct Task {
    const SideTask* side = nullptr;  // none: renders a run
    bool started = false;
    bool settled = false;
    int64_t done = 0;                    // frames of its run, as it says
    int64_t stored = 0;                  // of these
    std::optional<std::string> awaited;  // what it said last that it waits for
  };

  bool is_stored(size_t i) const {
    return std::ranges::all_of(request_.keys[i],
                               [&](const auto& key) { return request_.store->contains(key); });
  }

  // Segments that show the same are one piece: the first of them is rendered.
  const std::vector<bool>& needed() {
    std::map<std::vector<std::string>, size_t> first;
    for (size_t i = 0; i < request_.keys.size(); ++i) {
      const bool fresh = first.try_emplace(request_.keys[i], i).second;
      same_.push_back(first[request_.keys[i]]);
      needed_.push_back(fresh && !is_stored(i));
    }
    return needed_;
  }

  void set_stored(size_t first, bool stored) {
    for (size_t i = first; i < same_.size(); ++i) {
      if (same_[i] != first || stored_[i] == stored) continue;
      stored_[i] = stored;
      stored_frames_ += stored ? request_.segments[i].frames() : -request_.segments[i].frames();
    }
  }

  void start_side(const SideTask& side) { tasks_[pool_.start(side.document())].side = &side; }

  // Idle workers get a run, or somebody is asked for one.
  void employ() {
    while (static_cast<int>(runs_.busy()) < most_workers_) {
      // The number that the task will have.
      const auto worker = static_cast<int>(tasks_.size());
      const auto run = runs_.take(worker);
      if (!run) break;
      tasks_[pool_.start(request_.segments_task(*run))] = {};
    }
    if (static_cast<int>(runs_.busy()) >= most_workers_ || runs_.busy() == 0) return;
    for (const auto& [number, task] : tasks_) {
      if (task.side == nullptr && !task.settled && !task.started) return;
    }
    if (const auto victim = runs_.ask()) pool_.share(static_cast<size_t>(*victim));
  }

  void take(size_t number, const json& event) {
    Task& task = tasks_[number];
    const std::string type = text_of(event, "type");
    if (type == "started") task.started = true;
    if (type == "segment") take_stored(number, task, event);
    if (type == "run") take_shrunk(number, event);
    if (type == "waiting") take_waiting(task, event);
    if (type == "progress" && task.side == nullptr) {
      task.done = number_of(event, "done");
      tell_progress();
    }
    if (!request_.on_event) return;
    const base::Status taken =
        request_.on_event(task.side != nullptr ? task.side->name : request_.segments_name, event);
    if (!taken.ok()) fail(taken.error());
  }

  void take_stored(size_t number, Task& task, const json& event) {
    if (task.side != nullptr || !event.contains("segment")) return;
    const int64_t i = number_of(event["segment"], "number");
    if (i < 0 || i >= static_cast<int64_t>(stored_.size())) return;
    const auto at = static_cast<size_t>(i);
    if (request_.rendered_keys != nullptr) {
      request_.rendered_keys->insert(text_of(event["segment"], "key"));
    }
    deaths_ = 0;
    // Of several the last one counts.
    if (request_.keys[at].size() > 1 && !is_stored(at)) return;
    runs_.finished(static_cast<int>(number), at);
    task.stored += request_.segments[at].frames();
    set_stored(at, true);
    report_.video_seconds = since(start_);
    tell_progress();
  }

  void take_shrunk(size_t number, const json& event) {
    const int64_t end = number_of(event, "end");
    if (end >= 0) runs_.shrunk(static_cast<int>(number), static_cast<size_t>(end));
  }

  // A side task wants an object that is not there yet, or not any more.
  void take_waiting(Task& task, const json& event) {
    task.awaited = text_of(event, "input");
    if (event.value("damaged", false)) {
      notice("what was kept of " + text_of_awaited(*task.awaited) +
             " was damaged; it is rendered again");
    }
    looked_ = {};
  }

  void look_for_lost() {
    if (since(looked_) < kLookAgainSeconds) return;
    looked_ = steady_clock::now();
    std::set<std::string> awaited;
    for (const auto& [number, task] : tasks_) {
      if (task.awaited && !task.settled) awaited.insert(*task.awaited);
    }
    for (const std::string& name : awaited) look_for_lost(name);
  }

  void look_for_lost(const std::string& name) {
    for (const SideTask& side : request_.side_tasks) {
      const auto made = side.keys.find(name);
      if (made == side.keys.end()) continue;
      const bool coming = std::ranges::any_of(tasks_, [&](const auto& entry) {
        return entry.second.side == &side && !entry.second.settled;
      });
      if (!coming && !request_.store->contains(made->second)) start_side(side);
      return;
    }
    const auto i = segment_of(name);
    if (!i || !stored_[*i] || is_stored(*i)) return;
    set_stored(same_[*i], false);
    runs_.lost(same_[*i]);
  }

  std::optional<size_t> segment_of(const std::string& name) const {
    size_t i = stored_.size();
    constexpr std::string_view kPrefix = "segment:";
    if (!name.starts_with(kPrefix)) return std::nullopt;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), i);
    if (i >= stored_.size()) return std::nullopt;
    return i;
  }

  std::string text_of_awaited(const std::string& name) const {
    const auto i = segment_of(name);
    if (!i) return "the sound";
    const plan::Segment& s = request_.segments[*i];
    return "frames " + std::to_string(s.first) + " to " + std::to_string(s.end - 1);
  }

  // What has become of tasks that ended.
  void settle() {
    for (auto& [number, task] : tasks_) {
      if (task.settled || !pool_.ended(number)) continue;
      task.settled = true;
      const TaskOutcome& outcome = pool_.outcome(number);
      if (task.side == nullptr) runs_.ended(static_cast<int>(number));
      if (!outcome.status.ok()) {
        settle_failure(task.side, outcome);
      } else if (task.side != nullptr) {
        report_.side[task.side->name] = {outcome.result, outcome.outputs, since(start_)};
      }
    }
  }

  void settle_failure(const SideTask* side, const TaskOutcome& outcome) {
    const base::Error& error = outcome.status.error();
    if (!status_.ok()) {
      // Whoever finds no room first says whose disk is full; his files are gone when others look.
      if (error.code == status_.error().code && status_.error().number == 0) status_ = error;
      return;
    }
    if (!died(outcome) || ++deaths_ > kMostDeaths) return fail(error);
    notice(error.message + "; what it had begun is done again");
    // Most likely there was not memory enough for all.
    if (outcome.cause == "killed" && most_workers_ > 1) --most_workers_;
    if (side != nullptr) start_side(*side);
  }

  void fail(const base::Error& error) {
    if (!status_.ok()) return;
    status_ = error;
    pool_.cancel_all();
  }

  void notice(const std::string& text) {
    if (request_.on_notice) request_.on_notice(text);
  }

  void tell_progress() {
    int64_t done = stored_frames_;
    for (const auto& [number, task] : tasks_) {
      if (task.side == nullptr && !task.settled) {
        done += std::max<int64_t>(task.done - task.stored, 0);
      }
    }
    told_ = std::max(told_, std::min(done, total_frames_));
    if (request_.on_progress) request_.on_progress(told_, total_frames_);
  }

  const RenderRequest& request_;
  std::vector<bool> needed_;
  std::vector<size_t> same_;  // the first segment with this one's key
  plan::Runs runs_;
  std::vector<bool> stored_;
  int most_workers_;
  int64_t total_frames_ = 0;
  int64_t stored_frames_ = 0;
  int64_t told_ = 0;
  int deaths_ = 0;
  std::map<size_t, Task> tasks_;
  steady_clock::time_point looked_;
  steady_clock::time_point start_ = steady_clock::now();
  base::Status status_;
  RenderReport report_;
  TaskPool pool_;
};

}  // namespace

base::Result<RenderReport> render_segments(const RenderRequest& request) {
  return Render(request).run();
}

}  // namespace rushes::exec
