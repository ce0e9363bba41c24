#include "base/bytes.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rushes::base {
namespace {

class FdSource final : public ByteSource {
 public:
  FdSource(int fd, uint64_t size) : fd_(fd), size_(size) {}
  uint64_t size() const override { return size_; }
  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return size_t{0};
    // The file may go on.
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), size_ - offset)));
    size_t done = 0;
    while (done < out.size()) {
      const ssize_t n =
          ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return from_errno(errno, "read");
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }

 private:
  int fd_;
  uint64_t size_;
};

class FdSink final : public ByteSink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  Status write_at(uint64_t offset, std::span<const std::byte> data) override {
    while (!data.empty()) {
      const ssize_t n = ::pwrite(fd_, data.data(), data.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return from_errno(errno, "write");
      data = data.subspan(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return {};
  }

 private:
  int fd_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::vector<std::byte> data) : data_(std::move(data)) {}
  uint64_t size() const override { return data_.size(); }
  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= data_.size()) return size_t{0};
    const size_t n = std::min<size_t>(out.size(), data_.size() - static_cast<size_t>(offset));
    std::memcpy(out.data(), data_.data() + offset, n);
    return n;
  }

 private:
  std::vector<std::byte> data_;
};

}  // namespace

std::unique_ptr<ByteSource> fd_source(int fd, uint64_t size) {
  return std::make_unique<FdSource>(fd, size);
}

std::unique_ptr<ByteSink> fd_sink(int fd) { return std::make_unique<FdSink>(fd); }

std::unique_ptr<ByteSource> memory_source(std::vector<std::byte> data) {
  return std::make_unique<MemorySource>(std::move(data));
}

Status MemorySink::write_at(uint64_t offset, std::span<const std::byte> bytes) {
  if (offset + bytes.size() > data.size()) data.resize(offset + bytes.size());
  if (!bytes.empty()) std::memcpy(data.data() + offset, bytes.data(), bytes.size());
  return {};
}

Result<std::vector<std::byte>> read_all(const ByteSource& source, uint64_t limit) {
  if (source.size() > limit) {
    return invalid_argument("file has " + std::to_string(source.size()) + " bytes, more than the " +
                            std::to_string(limit) + " allowed");
  }
  std::vector<std::byte> out(source.size());
  ASSIGN_OR_RETURN(const size_t n, source.read_at(0, out));
  out.resize(n);
  return out;
}

}  // namespace rushes::base
