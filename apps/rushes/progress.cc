#include "progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace rushes::app {
namespace {

constexpr std::chrono::milliseconds kRedraw(100);
constexpr std::chrono::seconds kSayAgain(5);
constexpr size_t kBarWidth = 24;

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::clamp(seconds, 0.0, 1e9) + 0.5);
  const int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string length_text(double seconds) {
  return seconds < 60 ? fmt::format("{:.1f} s", seconds) : duration_text(seconds);
}

std::string frames_text(int64_t frames) {
  return frames == 1 ? "1 frame" : fmt::format("{} frames", frames);
}

void Progress::start_phase(const std::string& phase) {
  phase_ = phase;
  done_ = total_ = 0;
  fps_ = 0;
  phase_start_ = last_drawn_ = Clock::now();
  last_said_ = -1;
  if (style_ == ProgressStyle::kAuto && console_.terminal()) draw(phase_start_);
}

void Progress::update(int64_t done, int64_t total) {
  total_ = std::max<int64_t>(total, 0);
  done_ = std::max(done_, done);
  if (total_ > 0) done_ = std::min(done_, total_);
}

void Progress::tick() {
  if (style_ != ProgressStyle::kAuto || phase_.empty()) return;
  const auto now = Clock::now();
  if (console_.terminal()) {
    if (now - last_drawn_ >= kRedraw) draw(now);
  } else if (now - last_drawn_ >= kSayAgain && done_ > 0 && done_ != last_said_) {
    last_drawn_ = now;
    last_said_ = done_;
    console_.say(line(std::chrono::duration<double>(now - phase_start_).count()));
  }
}

void Progress::finish() {
  phase_.clear();
  console_.clear_status();
}

std::string Progress::bar(size_t width) const {
  const auto filled = static_cast<size_t>(done_ * static_cast<int64_t>(width) / total_);
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

// What the numbers are of.
std::string Progress::head() const {
  return place_.of > 1 ? fmt::format("{} of {}: {}", place_.number, place_.of, phase_) : phase_;
}

std::string Progress::line(double seconds) const {
  std::string text = head();
  if (total_ <= 0) return text;
  text += fmt::format(" {}/{} {}%", done_, total_, done_ * 100 / total_);
  // The first moments say little about the rest.
  if (done_ <= 0 || seconds < 0.5) return text;
  const double rate = static_cast<double>(done_) / seconds;
  if (fps_ > 0) text += fmt::format(", {:.1f} fps, {:.2f}x real time", rate, rate / fps_);
  const double left = static_cast<double>(total_ - done_) / rate;
  text += ", " + duration_text(left) + " left";
  // As if the others were like this one.
  if (fps_ <= 0 || place_.seconds_after <= 0) return text;
  return text + fmt::format(" (all {})", duration_text(left + place_.seconds_after * fps_ / rate));
}

void Progress::draw(Clock::time_point now) {
  last_drawn_ = now;
  std::string text = line(std::chrono::duration<double>(now - phase_start_).count());
  const auto width = static_cast<size_t>(std::max(console_.columns() - 1, 10));
  // The bar has what the numbers leave; where that is too little, they are cut.
  constexpr size_t kLeastBar = 10;
  if (total_ > 0 && text.size() + kLeastBar + 3 <= width) {
    text.insert(head().size(), " " + bar(std::min<size_t>(kBarWidth, width - text.size() - 3)));
  }
  if (text.size() > width) text.resize(width);
  console_.show_status(text);
}

}  // namespace rushes::app
