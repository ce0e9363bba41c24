#pragma once

// libav's byte streams over ours. No URL is ever opened.

#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "media/av.h"

namespace rushes::media {

// A source as an AVIOContext. Keeps the first read error, which libav would blur.
class SourceIo {
 public:
  static base::Result<std::unique_ptr<SourceIo>> open(const base::ByteSource& source);
  ~SourceIo();
  SourceIo(const SourceIo&) = delete;
  SourceIo& operator=(const SourceIo&) = delete;
  AVIOContext* context() { return context_; }
  const std::optional<base::Error>& error() const { return error_; }

 private:
  explicit SourceIo(const base::ByteSource& source) : source_(source) {}
  static int read(void* opaque, uint8_t* out, int size);
  static int64_t seek(void* opaque, int64_t offset, int whence);

  const base::ByteSource& source_;
  uint64_t position_ = 0;
  AVIOContext* context_ = nullptr;
  std::optional<base::Error> error_;
};

// A sink as an AVIOContext.
class SinkIo {
 public:
  static base::Result<std::unique_ptr<SinkIo>> open(base::ByteSink& sink);
  ~SinkIo();
  SinkIo(const SinkIo&) = delete;
  SinkIo& operator=(const SinkIo&) = delete;
  AVIOContext* context() { return context_; }
  const std::optional<base::Error>& error() const { return error_; }

 private:
  explicit SinkIo(base::ByteSink& sink) : sink_(sink) {}
  static int write(void* opaque, const uint8_t* data, int size);
  static int64_t seek(void* opaque, int64_t offset, int whence);

  base::ByteSink& sink_;
  uint64_t position_ = 0;
  uint64_t end_ = 0;
  AVIOContext* context_ = nullptr;
  std::optional<base::Error> error_;
};

// For AVFormatContext::io_open: a file that names another gets nothing.
int refuse_to_open(AVFormatContext*, AVIOContext**, const char* url, int flags, AVDictionary**);

}  // namespace rushes::media
