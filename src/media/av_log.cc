#include "media/av_log.h"

#include <algorithm>
#include <cstdarg>
#include <cstring>
#include <set>

#include "media/av.h"

extern "C" {
#include <libavutil/log.h>
}

namespace rushes::media {
namespace {

constexpr size_t kMaxLines = 8;

// Sinks that are alive: an `opaque` that is not among them is not ours.
struct Registry {
  std::mutex mutex;
  std::set<const void*> alive;
};

Registry& registry() {
  static auto* r = new Registry;  // outlives every thread of libav
  return *r;
}

// The sink of a context or of the nearest context around it.
void* opaque_of(void* context) {
  for (int depth = 0; context != nullptr && depth < 8; ++depth) {
    const AVClass* cls = *static_cast<const AVClass**>(context);
    if (cls == nullptr) return nullptr;
    if (cls == avcodec_get_class()) return static_cast<AVCodecContext*>(context)->opaque;
    if (cls == avformat_get_class()) return static_cast<AVFormatContext*>(context)->opaque;
    if (cls->parent_log_context_offset == 0) return nullptr;
    context =
        *reinterpret_cast<void**>(static_cast<char*>(context) + cls->parent_log_context_offset);
  }
  return nullptr;
}

void callback(void* context, int level, const char* format, va_list args) {
  // Of some damage all that is told is that it was mended ("concealing 12 DC ... errors").
  const bool mended = level <= AV_LOG_INFO && std::strncmp(format, "concealing ", 11) == 0;
  if ((level > AV_LOG_ERROR && !mended) || context == nullptr) return;
  void* opaque = opaque_of(context);
  if (opaque == nullptr) return;
  char text[256];
  std::vsnprintf(text, sizeof(text), format, args);
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  const std::lock_guard lock(registry().mutex);
  if (registry().alive.count(opaque) != 0) static_cast<LogSink*>(opaque)->add(std::move(line));
}

}  // namespace

void install_av_log() {
  static const bool kDone = [] {
    av_log_set_callback(callback);
    return true;
  }();
  static_cast<void>(kDone);
}

LogSink::LogSink() {
  install_av_log();
  const std::lock_guard lock(registry().mutex);
  registry().alive.insert(this);
}

LogSink::~LogSink() {
  const std::lock_guard lock(registry().mutex);
  registry().alive.erase(this);
}

int64_t LogSink::errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

std::vector<std::string> LogSink::first() const {
  const std::lock_guard lock(mutex_);
  return first_;
}

std::string LogSink::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

void LogSink::clear() {
  const std::lock_guard lock(mutex_);
  errors_ = 0;
  first_.clear();
  last_.clear();
}

void LogSink::add(std::string line) {
  const std::lock_guard lock(mutex_);
  ++errors_;
  if (line.empty()) return;
  if (first_.size() < kMaxLines && std::find(first_.begin(), first_.end(), line) == first_.end()) {
    first_.push_back(line);
  }
  last_ = std::move(line);
}

std::string because(const LogSink& log) {
  const std::string line = log.last();
  return line.empty() ? "" : " (" + line + ")";
}

}  // namespace rushes::media
