#include "media/avio.h"

#include <cstdio>

#include "media/av_compat.h"

namespace rushes::media {
namespace {

constexpr int kBufferBytes = 1 << 16;

// Where a seek of libav leads, or a negative error.
int64_t target_of(int64_t offset, int whence, uint64_t position, uint64_t size) {
  int64_t base = 0;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return static_cast<int64_t>(size);
    case SEEK_SET: break;
    case SEEK_CUR: base = static_cast<int64_t>(position); break;
    case SEEK_END: base = static_cast<int64_t>(size); break;
    default: return AVERROR(EINVAL);
  }
  int64_t target = 0;
  if (__builtin_add_overflow(base, offset, &target) || target < 0) return AVERROR(EINVAL);
  return target;
}

void free_context(AVIOContext*& context) {
  if (context == nullptr) return;
  av_freep(&context->buffer);
  avio_context_free(&context);
}

}  // namespace

base::Result<std::unique_ptr<SourceIo>> SourceIo::open(const base::ByteSource& source) {
  std::unique_ptr<SourceIo> io(new SourceIo(source));
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) return base::resource("no memory for a read buffer");
  io->context_ = avio_alloc_context(buffer, kBufferBytes, 0, io.get(), read, nullptr, seek);
  if (io->context_ == nullptr) {
    av_free(buffer);
    return base::resource("no memory for a read buffer");
  }
  return io;
}

SourceIo::~SourceIo() { free_context(context_); }

int SourceIo::read(void* opaque, uint8_t* out, int size) {
  auto* self = static_cast<SourceIo*>(opaque);
  auto n = self->source_.read_some(
      self->position_, std::as_writable_bytes(std::span(out, static_cast<size_t>(size))));
  if (!n.ok()) {
    if (!self->error_) self->error_ = n.error();
    return AVERROR(EIO);
  }
  if (*n == 0) return AVERROR_EOF;
  self->position_ += *n;
  return static_cast<int>(*n);
}

int64_t SourceIo::seek(void* opaque, int64_t offset, int whence) {
  auto* self = static_cast<SourceIo*>(opaque);
  const int64_t target = target_of(offset, whence, self->position_, self->source_.size());
  if (target >= 0 && (whence & AVSEEK_SIZE) == 0) self->position_ = static_cast<uint64_t>(target);
  return target;
}

base::Result<std::unique_ptr<SinkIo>> SinkIo::open(base::ByteSink& sink) {
  std::unique_ptr<SinkIo> io(new SinkIo(sink));
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) return base::resource("no memory for a write buffer");
  const auto write_cb = [](void* opaque, AvioWritten* data, int size) {
    return write(opaque, data, size);
  };
  io->context_ = avio_alloc_context(buffer, kBufferBytes, 1, io.get(), nullptr, write_cb, seek);
  if (io->context_ == nullptr) {
    av_free(buffer);
    return base::resource("no memory for a write buffer");
  }
  return io;
}

SinkIo::~SinkIo() { free_context(context_); }

int SinkIo::write(void* opaque, const uint8_t* data, int size) {
  auto* self = static_cast<SinkIo*>(opaque);
  const auto bytes = std::as_bytes(std::span(data, static_cast<size_t>(size)));
  if (auto status = self->sink_.write_at(self->position_, bytes); !status.ok()) {
    if (!self->error_) self->error_ = std::move(status).error();
    return AVERROR(EIO);
  }
  self->position_ += bytes.size();
  if (self->position_ > self->end_) self->end_ = self->position_;
  return size;
}

int64_t SinkIo::seek(void* opaque, int64_t offset, int whence) {
  auto* self = static_cast<SinkIo*>(opaque);
  const int64_t target = target_of(offset, whence, self->position_, self->end_);
  if (target >= 0 && (whence & AVSEEK_SIZE) == 0) self->position_ = static_cast<uint64_t>(target);
  return target;
}

int refuse_to_open(AVFormatContext*, AVIOContext** io, const char*, int, AVDictionary**) {
  *io = nullptr;
  return AVERROR(EPERM);
}

}  // namespace rushes::media
