#include "base/hash.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

namespace rushes::base {

struct ContentHash::State {
  XXH3_state_t xxh;
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
ContentHash::~ContentHash() = default;
ContentHash::ContentHash(ContentHash&&) noexcept = default;
ContentHash& ContentHash::operator=(ContentHash&&) noexcept = default;

void ContentHash::update(std::span<const std::byte> data) {
  XXH3_128bits_update(&state_->xxh, data.data(), data.size());
}

std::string ContentHash::hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state_->xxh));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : canonical.digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string hash_of(std::string_view data) {
  ContentHash hash;
  hash.update(std::as_bytes(std::span(data)));
  return hash.hex();
}

namespace {

// Bytes [from, to); `done` grows as they are read, and `stop` ends it early.
Result<std::string> hash_range(const ByteSource& source, uint64_t from, uint64_t to,
                               std::atomic<uint64_t>& done, const std::atomic<bool>& stop) {
  ContentHash hash;
  std::vector<std::byte> piece(size_t{1} << 20);
  while (from < to && !stop) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(piece.size(), to - from));
    ASSIGN_OR_RETURN(const size_t n, source.read_at(from, std::span(piece).first(wanted)));
    if (n == 0) return corrupt("the file became shorter while it was read");
    hash.update(std::span(piece).first(n));
    from += n;
    done += n;
  }
  return hash.hex();
}

// More do not read faster from one disk.
constexpr unsigned kHashThreads = 4;

}  // namespace

Result<std::string> hash_of(const ByteSource& source) {
  std::atomic<uint64_t> done{0};
  const std::atomic<bool> stop{false};
  return hash_range(source, 0, source.size(), done, stop);
}

Result<std::string> content_hash(const ByteSource& source, const HashProgress& on_progress) {
  const uint64_t size = source.size();
  if (size <= kHashChunk) return hash_of(source);
  const auto chunks = static_cast<size_t>((size + kHashChunk - 1) / kHashChunk);
  std::vector<Result<std::string>> hashes(chunks, std::string());
  std::atomic<uint64_t> done{0};
  std::atomic<bool> stop{false};
  std::atomic<size_t> next{0}, ended{0};
  const auto work = [&] {
    for (size_t i; (i = next++) < chunks && !stop;) {
      hashes[i] =
          hash_range(source, i * kHashChunk, std::min(size, (i + 1) * kHashChunk), done, stop);
      if (!hashes[i].ok()) stop = true;
    }
    ++ended;
  };
  std::vector<std::thread> threads;
  const unsigned count = std::clamp(std::thread::hardware_concurrency(), 1U, kHashThreads);
  for (unsigned i = 0; i < count; ++i) threads.emplace_back(work);
  Status status;
  for (int tick = 0; ended < count; ++tick) {
    if (on_progress && status.ok() && tick % 10 == 0) {
      status = on_progress(done, size);
      if (!status.ok()) stop = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (std::thread& thread : threads) thread.join();
  RETURN_IF_ERROR(std::move(status));
  ContentHash whole;
  for (const auto& hash : hashes) {
    if (!hash.ok()) return hash.error();
    whole.update(std::as_bytes(std::span(*hash)));
  }
  return whole.hex();
}

}  // namespace rushes::base
