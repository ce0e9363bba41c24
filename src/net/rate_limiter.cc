#include "net/rate_limiter.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/unique_fd.h"

namespace rushes::net {

using base::Result;
using base::Status;
using std::chrono::nanoseconds;

namespace {

constexpr uint64_t kPiecesPerSecond = 20;
constexpr uint64_t kMostOfPiece = 256 << 10;
constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

// The same for all processes of a machine.
nanoseconds steady_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

// Zero where it was not there.
Result<int64_t*> map(const std::string& path) {
  const auto failed = [&path] { return base::from_errno(errno, "\"" + path + "\""); };
  const base::UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd || ftruncate(fd.get(), sizeof(int64_t)) != 0) return failed();
  void* at = mmap(nullptr, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return failed();
  return static_cast<int64_t*>(at);
}

}  // namespace

RateLimiter::RateLimiter(RateLimiterOptions options) : options_(std::move(options)) {}

Result<std::unique_ptr<RateLimiter>> RateLimiter::open(RateLimiterOptions options) {
  if (options.bytes_per_second < kLeastRate) {
    return base::invalid_argument("the rate of sending must be at least " +
                                  std::to_string(kLeastRate) + " bytes a second");
  }
  if (!options.now) options.now = steady_now;
  std::unique_ptr<RateLimiter> limiter(new RateLimiter(std::move(options)));
  if (!limiter->options_.file.empty()) {
    ASSIGN_OR_RETURN(limiter->next_, map(limiter->options_.file));
  }
  return limiter;
}

RateLimiter::~RateLimiter() {
  if (next_ != &own_) munmap(next_, sizeof(int64_t));
}

size_t RateLimiter::piece() const {
  return static_cast<size_t>(std::min(options_.bytes_per_second / kPiecesPerSecond, kMostOfPiece));
}

// Nobody holds a lock: who takes moves the time on.
nanoseconds RateLimiter::reserve(size_t bytes) {
  const auto rate = static_cast<int64_t>(std::min(options_.bytes_per_second, uint64_t{1} << 62));
  const auto whole = static_cast<int64_t>(std::min(bytes, piece())) * kNanosecondsPerSecond;
  const int64_t lasts = whole / rate + (whole % rate != 0 ? 1 : 0);
  const int64_t now = options_.now().count();
  const int64_t earliest = now - nanoseconds(kBurst).count();
  static_assert(std::atomic_ref<int64_t>::is_always_lock_free);
  const std::atomic_ref<int64_t> next(*next_);
  int64_t seen = next.load();
  int64_t mine = 0;
  do {
    mine = std::max(seen, earliest);
  } while (!next.compare_exchange_weak(seen, mine + lasts));
  return nanoseconds(std::max<int64_t>(mine - now, 0));
}

Status RateLimiter::take(size_t bytes, base::CancelFlag cancelled) {
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(reserve(bytes));
  if (wait.count() == 0) return {};
  return options_.clock->sleep(wait, cancelled);
}

}  // namespace rushes::net
