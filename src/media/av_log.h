#pragma once

// What libav has to say, kept instead of printed. A LogSink collects the complaints of the contexts
// that carry it in their `opaque` field (codec contexts on any of their threads, too).

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace rushes::media {

class LogSink {
 public:
  LogSink();
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  int64_t errors() const;                  // lines of level error or worse, so far
  std::vector<std::string> first() const;  // the first eight of them, each once
  std::string last() const;                // the latest, or ""
  void clear();

  void add(std::string line);  // called by the callback, on any thread

 private:
  mutable std::mutex mutex_;
  int64_t errors_ = 0;
  std::vector<std::string> first_;
  std::string last_;
};

// Sends libav's log to sinks from now on. Done by every LogSink; cheap when done already.
void install_av_log();

// " (" + last line + ")", or "" when there is none: for the end of a message.
std::string because(const LogSink& log);

}  // namespace rushes::media
