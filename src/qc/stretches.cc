#include "qc/stretches.h"

#include <utility>

namespace rushes::qc {

void Stretches::add(Tick tick) {
  if (tick == Tick::kNeither) {
    end_run();
  } else {
    if (!run_) run_ = now_;
    if (tick == Tick::kOutputOnly) {
      if (only_ && now_ - only_->end > limits_.most_hole) end_only();
      if (!only_) only_ = Stretch{.first = now_, .in_reference = false};
      only_->end = now_ + 1;
    }
  }
  ++now_;
}

void Stretches::end_only() {
  if (!only_) return;
  if (only_->ticks() >= limits_.least_only) {
    found_.push_back(*only_);
    run_has_only_ = true;
  }
  only_.reset();
}

void Stretches::end_run() {
  end_only();
  if (run_ && !run_has_only_ && now_ - *run_ >= limits_.least) found_.push_back({*run_, now_});
  run_.reset();
  run_has_only_ = false;
}

std::vector<Stretch> Stretches::finish() {
  end_run();
  return std::exchange(found_, {});
}

}  // namespace rushes::qc
