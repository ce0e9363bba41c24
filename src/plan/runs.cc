#include "plan/runs.h"

#include <algorithm>
#include <numeric>

namespace rushes::plan {

namespace {
constexpr size_t kFew = 4;
}

Runs::Runs(const std::vector<Segment>& segments, const std::vector<bool>& needed, int workers,
           Order order)
    : order_(order) {
  for (const Segment& s : segments) frames_.push_back(s.frames());
  int64_t total = 0;
  for (size_t i = 0; i < frames_.size(); ++i) total += needed[i] ? frames_[i] : 0;
  const int64_t share = std::max<int64_t>((total + workers - 1) / std::max(workers, 1), 1);
  auto left = static_cast<size_t>(std::ranges::count(needed, true));
  const auto crew = static_cast<size_t>(std::max(workers, 1));
  // The first ones differ, so that workers come to the ends of theirs one after the other: while
  // one has read all of its run, and encodes what is left, others read on.
  const auto few = [&] {
    const size_t nth = waiting_.size() + 1;
    const size_t most = nth < crew ? (kFew * nth + crew - 1) / crew : kFew;
    return std::clamp<size_t>(left / (2 * crew), 1, most);
  };
  Run run;
  int64_t frames = 0;
  size_t most = few();  // segments of this run
  for (size_t i = 0; i < frames_.size(); ++i) {
    if (!needed[i]) {
      wait(run);
      run = {i + 1, i + 1};
      frames = 0;
      most = few();
      continue;
    }
    // The half of a segment decides on which side of a boundary it lies.
    const bool full = order == Order::kShares  ? frames + frames_[i] / 2 > share
                      : order == Order::kFront ? run.end - run.first >= most
                                               : true;
    if (full) {
      wait(run);
      run = {i, i};
      frames = 0;
      most = few();
    }
    run.end = i + 1;
    --left;
    frames += frames_[i];
  }
  wait(run);
}

int64_t Runs::frames_of(const Run& run) const {
  return std::accumulate(frames_.begin() + static_cast<ptrdiff_t>(run.first),
                         frames_.begin() + static_cast<ptrdiff_t>(run.end), int64_t{0});
}

void Runs::wait(const Run& run) {
  if (run.first < run.end) waiting_.push_back(run);
}

std::optional<Run> Runs::take(int worker) {
  // Of equals the earliest: it can be watched first.
  const auto best = std::ranges::max_element(waiting_, [&](const Run& a, const Run& b) {
    if (order_ != Order::kShares) return a.first > b.first;
    const int64_t fa = frames_of(a);
    const int64_t fb = frames_of(b);
    return fa != fb ? fa < fb : a.first > b.first;
  });
  if (best == waiting_.end()) return std::nullopt;
  const Run run = *best;
  waiting_.erase(best);
  held_[worker] = {run, run.first};
  return run;
}

std::optional<int> Runs::ask() {
  if (!waiting_.empty()) return std::nullopt;
  Held* longest = nullptr;
  int worker = 0;
  for (auto& [number, held] : held_) {
    if (held.asked) return std::nullopt;  // one at a time
    // The one it is at is not given up.
    if (held.all_begun || held.run.end < held.next + 2) continue;
    if (longest == nullptr || frames_of({held.next + 1, held.run.end}) >
                                  frames_of({longest->next + 1, longest->run.end})) {
      longest = &held;
      worker = number;
    }
  }
  if (longest == nullptr) return std::nullopt;
  longest->asked = true;
  return worker;
}

void Runs::finished(int worker, size_t i) {
  const auto at = held_.find(worker);
  if (at != held_.end()) at->second.next = std::max(at->second.next, i + 1);
}

void Runs::shrunk(int worker, size_t end) {
  const auto at = held_.find(worker);
  if (at == held_.end()) return;
  Held& held = at->second;
  held.asked = false;
  held.all_begun = end >= held.run.end;
  if (held.all_begun || end < held.next) return;
  wait({end, held.run.end});
  held.run.end = end;
}

void Runs::ended(int worker) {
  const auto at = held_.find(worker);
  if (at == held_.end()) return;
  wait({at->second.next, at->second.run.end});
  held_.erase(at);
}

void Runs::lost(size_t i) {
  const auto covers = [i](size_t first, size_t end) { return first <= i && i < end; };
  for (const Run& run : waiting_) {
    if (covers(run.first, run.end)) return;
  }
  for (const auto& [worker, held] : held_) {
    if (covers(held.next, held.run.end)) return;
  }
  wait({i, i + 1});
}

bool Runs::done() const { return waiting_.empty() && held_.empty(); }

}  // namespace rushes::plan
