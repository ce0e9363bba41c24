#include "store/read_ahead.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "store/cached_source.h"
#include "store/pace.h"

namespace rushes::store {
namespace {

using base::ByteRange;
using base::Result;

// Behind the reader so many of the largest requests are kept: demuxers step back a little.
constexpr uint64_t kBehind = 2;
// Without a word from the reader, one request grows to this.
constexpr uint64_t kMostUnasked = 8 << 20;
// Announced beyond this, it has to be announced again.
constexpr size_t kMostPieces = 1 << 20;

// A part of what was announced. A request asks for as many as follow one another (Pace).
struct Piece {
  enum class State : uint8_t { kWaiting, kOnItsWay, kHere, kFailed };
  ByteRange range;
  State state = State::kWaiting;
  std::shared_ptr<const std::vector<std::byte>> data;  // of the whole request
  size_t begin = 0;                                    // there
  base::Error error;
  bool is_known() const { return state == State::kHere || state == State::kOnItsWay; }
  uint64_t end() const { return range.offset + range.size; }
};

class ReadAhead final : public base::ByteSource {
 public:
  ReadAhead(std::shared_ptr<const base::ByteSource> source, const ReadAheadOptions& options)
      : source_(std::move(source)),
        options_(options),
        pace_(options.block_bytes, options.request_bytes, options.requests),
        blocks_(cached_source(
            std::make_unique<Kept>(*source_, options.kept.get()),
            {.block_bytes = options.block_bytes, .blocks = std::max<size_t>(options.blocks, 1)})) {
    options_.request_bytes = std::max<uint64_t>(options_.request_bytes, 1);
    options_.requests = std::max(options_.requests, 1);
  }
  ~ReadAhead() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  uint64_t size() const override { return source_->size(); }

  void will_read(std::span<const ByteRange> ranges) const override {
    const std::vector<ByteRange> wanted =
        options_.kept ? joined(options_.kept->missing(ranges)) : joined(ranges);
    const std::lock_guard lock(mutex_);
    unasked_ = 0;
    announced_ = true;
    plan(wanted);
  }

  void wanted_later(std::span<const ByteRange> ranges) const override {
    if (!options_.kept) return;
    auto later = std::make_shared<std::vector<ByteRange>>(ranges.begin(), ranges.end());
    std::ranges::sort(*later, {}, &ByteRange::offset);
    const std::lock_guard lock(mutex_);
    later_ = std::move(later);
  }

  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size()) return size_t{0};
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), size() - offset)));
    size_t done = 0;
    while (done < out.size()) {
      ASSIGN_OR_RETURN(const size_t n, read_some(offset + done, out.subspan(done)));
      if (n == 0) break;
      done += n;
    }
    return done;
  }

  Result<size_t> read_some(uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size() || out.empty()) return size_t{0};
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), size() - offset)));
    std::unique_lock lock(mutex_);
    std::shared_ptr<Piece> piece = piece_at(offset);
    if (piece == nullptr) {
      const size_t kept = options_.kept ? options_.kept->read_some(offset, out) : 0;
      if (kept > 0) return kept;
      out = before_announced(offset, out);
      expect_more(offset, out.size());
      piece = piece_at(offset);
      if (piece == nullptr) {
        lock.unlock();
        return blocks_->read_at(offset, out);
      }
    } else if (unasked_ > 0 && pieces_.back()->end() - piece->end() <= unasked_ / 2) {
      go_on_expecting();
    }
    return bytes_of(lock, piece, offset, out);
  }

 private:
  // What is read of it is kept: those who come later read the same, such as an index.
  class Kept final : public base::ByteSource {
   public:
    Kept(const base::ByteSource& source, KeptRanges* kept) : source_(source), kept_(kept) {}
    uint64_t size() const override { return source_.size(); }
    Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
      if (kept_ == nullptr || offset >= size()) return source_.read_at(offset, out);
      const ByteRange range{offset, std::min<uint64_t>(out.size(), size() - offset)};
      out = out.first(static_cast<size_t>(range.size));
      const std::span<const ByteRange> wanted(&range, 1);
      for (size_t done = 0; done < out.size();) {
        const size_t n = kept_->read_some(offset + done, out.subspan(done));
        if (n == 0) break;
        done += n;
        if (done == out.size()) return done;
      }
      ASSIGN_OR_RETURN(const size_t n, source_.read_at(offset, out));
      kept_->keep(offset, out.first(n), wanted);
      return n;
    }

   private:
    const base::ByteSource& source_;
    KeptRanges* const kept_;
  };

  // Ranges with little between them are fetched as one.
  std::vector<ByteRange> joined(std::span<const ByteRange> ranges) const {
    std::vector<ByteRange> out;
    for (const ByteRange& range : ranges) {
      if (range.offset >= size()) continue;
      if (!out.empty()) {
        ByteRange& last = out.back();
        const uint64_t end = last.offset + last.size;
        if (range.offset >= end && range.offset - end <= options_.along_bytes) {
          last.size = range.offset + range.size - last.offset;
          continue;
        }
      }
      out.push_back(range);
    }
    return out;
  }

  // With the mutex held. Pieces that are there, or on their way, are kept where they are wanted.
  void plan(std::span<const ByteRange> ranges) const {
    std::deque<std::shared_ptr<Piece>> old;
    old.swap(pieces_);
    std::erase_if(old, [](const std::shared_ptr<Piece>& piece) { return !piece->is_known(); });
    for (const ByteRange& range : ranges) {
      if (range.offset >= size()) continue;
      const uint64_t end = range.offset + std::min(range.size, size() - range.offset);
      for (uint64_t at = range.offset; at < end && pieces_.size() < kMostPieces;) {
        at = add(at, end, old);
      }
    }
    reader_ = 0;
    if (!pieces_.empty()) start_threads();
    changed_.notify_all();
  }

  // The piece that begins at `at`, and where it ends.
  uint64_t add(uint64_t at, uint64_t end, std::deque<std::shared_ptr<Piece>>& old) const {
    const auto known = std::ranges::find_if(old, [at](const std::shared_ptr<Piece>& piece) {
      return piece->range.offset <= at && at < piece->end();
    });
    if (known != old.end()) {
      pieces_.push_back(*known);
      old.erase(known);
      return pieces_.back()->end();
    }
    uint64_t stop = std::min(end, at + piece_bytes());
    for (const std::shared_ptr<Piece>& piece : old) {
      if (piece->range.offset > at) stop = std::min(stop, piece->range.offset);
    }
    auto piece = std::make_shared<Piece>();
    piece->range = {at, stop - at};
    pieces_.push_back(std::move(piece));
    return stop;
  }

  uint64_t piece_bytes() const { return std::min(options_.block_bytes, options_.request_bytes); }

  void start_threads() const {
    while (threads_.size() < static_cast<size_t>(options_.requests)) {
      threads_.emplace_back([this] { fetch_pieces(); });
    }
  }

  // What one request asks for, in order, without a gap between them.
  using Pieces = std::vector<std::shared_ptr<Piece>>;

  // Of those that the reader has not passed: the first that waits, if there is room for it, and
  // what follows. One that the reader waits for always has room.
  Pieces next_pieces() const {
    Pieces out;
    uint64_t held = 0, asked = 0;
    for (size_t i = reader_; i < pieces_.size(); ++i) {
      const std::shared_ptr<Piece>& piece = pieces_[i];
      const bool waits = piece->state == Piece::State::kWaiting;
      const uint64_t size = piece->range.size;
      if (out.empty()) {
        if (piece->state != Piece::State::kFailed) held += size;
        if (!waits) continue;
      } else {
        const bool follows = waits && out.back()->end() == piece->range.offset;
        if (!follows || asked + size > pace_.bytes()) break;
        held += size;
      }
      if (i > reader_ && held > options_.window_bytes) break;
      asked += size;
      out.push_back(piece);
    }
    return out;
  }

  void fetch_pieces() const {
    std::unique_lock lock(mutex_);
    for (;;) {
      Pieces pieces;
      changed_.wait(lock, [&] {
        if (over_) return true;
        if (requests_ < pace_.requests()) pieces = next_pieces();
        return !pieces.empty();
      });
      if (over_) return;
      fetch(lock, pieces);
    }
  }

  // Some that wait. The lock is open meanwhile.
  void fetch(std::unique_lock<std::mutex>& lock, const Pieces& pieces) const {
    ByteRange range{pieces[0]->range.offset, 0};
    for (const std::shared_ptr<Piece>& piece : pieces) {
      piece->state = Piece::State::kOnItsWay;
      range.size += piece->range.size;
    }
    ++requests_;
    const Pace::Begun begun = pace_.begin(range.size);
    const auto start = std::chrono::steady_clock::now();
    lock.unlock();
    auto data = fetch(range);
    lock.lock();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    --requests_;
    if (data.ok()) pace_.answered(begun, took.count());
    std::shared_ptr<const std::vector<std::byte>> shared;
    base::Error error;
    if (data.ok()) {
      shared = std::make_shared<const std::vector<std::byte>>(*std::move(data));
    } else {
      error = std::move(data).error();
    }
    for (const std::shared_ptr<Piece>& piece : pieces) {
      piece->state = shared ? Piece::State::kHere : Piece::State::kFailed;
      if (shared) {
        piece->data = shared;
        piece->begin = static_cast<size_t>(piece->range.offset - range.offset);
      } else {
        piece->error = error;
      }
    }
    changed_.notify_all();
  }

  Result<std::vector<std::byte>> fetch(const ByteRange& range) const {
    try {
      std::vector<std::byte> data(static_cast<size_t>(range.size));
      ASSIGN_OR_RETURN(const size_t read, source_->read_at(range.offset, data));
      if (read < data.size()) return base::corrupt("ends before its stated end");
      keep(range, data);
      return data;
    } catch (const std::bad_alloc&) {
      return base::resource("no memory to read ahead");
    }
  }

  // What of it is wanted later.
  void keep(const ByteRange& piece, std::span<const std::byte> data) const {
    std::shared_ptr<const std::vector<ByteRange>> later;
    {
      const std::lock_guard lock(mutex_);
      later = later_;
    }
    if (later == nullptr) return;
    const auto begin = std::ranges::lower_bound(*later, piece.offset, {}, &ByteRange::offset);
    const auto end =
        std::ranges::lower_bound(*later, piece.offset + piece.size, {}, &ByteRange::offset);
    if (begin != end) options_.kept->keep(piece.offset, data, {begin, end});
  }

  // Once it is there; as far as it goes. One that no thread has come to yet is fetched here, so
  // that nobody waits for what another reader has made the threads leave out.
  Result<size_t> bytes_of(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Piece>& piece,
                          uint64_t offset, std::span<std::byte> out) const {
    changed_.notify_all();  // the reader moved: there may be room for more
    while (piece->state != Piece::State::kHere && piece->state != Piece::State::kFailed) {
      if (piece->state == Piece::State::kWaiting) {
        Pieces pieces = next_pieces();
        if (pieces.empty() || pieces[0] != piece) pieces = {piece};
        fetch(lock, pieces);
      }
      if (piece->state == Piece::State::kOnItsWay) changed_.wait(lock);
    }
    if (piece->state == Piece::State::kFailed) {
      piece->state = Piece::State::kWaiting;
      return piece->error;
    }
    const uint64_t from = offset - piece->range.offset;
    const size_t n = static_cast<size_t>(std::min<uint64_t>(out.size(), piece->range.size - from));
    std::memcpy(out.data(), piece->data->data() + piece->begin + from, n);
    return n;
  }

  // The part of a read that ends where something announced begins.
  std::span<std::byte> before_announced(uint64_t offset, std::span<std::byte> out) const {
    for (const std::shared_ptr<Piece>& piece : pieces_) {
      const uint64_t begin = piece->range.offset;
      if (begin > offset && begin - offset < out.size()) {
        out = out.first(static_cast<size_t>(begin - offset));
      }
    }
    return out;
  }

  // With the mutex held. The reader stands there from now on, and what lies well behind it goes.
  std::shared_ptr<Piece> piece_at(uint64_t offset) const {
    const auto holds = [offset](const std::shared_ptr<Piece>& piece) {
      return piece->range.offset <= offset && offset < piece->end();
    };
    const auto begin = pieces_.begin();
    auto found = std::find_if(begin + static_cast<ptrdiff_t>(reader_), pieces_.end(), holds);
    if (found == pieces_.end()) found = std::find_if(begin, pieces_.end(), holds);
    if (found == pieces_.end()) return nullptr;
    std::shared_ptr<Piece> piece = *found;
    reader_ = static_cast<size_t>(found - begin);
    uint64_t behind = 0;
    for (size_t i = 0; i < reader_; ++i) behind += pieces_[i]->range.size;
    while (reader_ > 0 && behind > kBehind * options_.request_bytes) {
      behind -= pieces_.front()->range.size;
      pieces_.pop_front();
      --reader_;
    }
    return piece;
  }

  // With the mutex held. A reader that goes on where it stopped, and has announced nothing, is
  // given more than it asks for: twice as much each time.
  void expect_more(uint64_t offset, size_t size) const {
    const bool follows = offset == unasked_end_;
    unasked_end_ = offset + size;
    if (!follows) {
      unasked_ = 0;
      if (announced_) return;
      plan({});  // what was expected does not come
      return;
    }
    const auto ahead = [&](const std::shared_ptr<Piece>& p) { return p->range.offset > offset; };
    if (announced_ && std::any_of(pieces_.begin(), pieces_.end(), ahead)) return;
    unasked_ = std::clamp(unasked_ * 2, options_.block_bytes, kMostUnasked);
    const ByteRange more{offset, unasked_};
    announced_ = false;
    plan(std::span(&more, 1));
    unasked_end_ = offset + unasked_;
  }

  // When half of what was expected has been read: the line would be idle if that were awaited.
  void go_on_expecting() const {
    const uint64_t end = pieces_.back()->end();
    if (end >= size()) return;
    unasked_ = std::min(unasked_ * 2, kMostUnasked);
    std::deque<std::shared_ptr<Piece>> none;
    for (uint64_t at = end; at < std::min(size(), end + unasked_);) {
      at = add(at, std::min(size(), end + unasked_), none);
    }
    unasked_end_ = pieces_.back()->end();
  }

  const std::shared_ptr<const base::ByteSource> source_;
  ReadAheadOptions options_;
  mutable Pace pace_;
  mutable int requests_ = 0;                        // on their way
  const std::unique_ptr<base::ByteSource> blocks_;  // of what was not announced

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::deque<std::shared_ptr<Piece>> pieces_;  // in the order of reading
  mutable bool announced_ = false;                     // not only expected
  mutable size_t reader_ = 0;                          // the piece that was read last
  mutable uint64_t unasked_ = 0;                       // bytes fetched at once, growing
  mutable uint64_t unasked_end_ = UINT64_MAX;          // of the last read that was not announced
  mutable std::shared_ptr<const std::vector<ByteRange>> later_;  // by offset
  mutable std::vector<std::thread> threads_;
  mutable bool over_ = false;
};

}  // namespace

std::unique_ptr<base::ByteSource> read_ahead(std::shared_ptr<const base::ByteSource> source,
                                             const ReadAheadOptions& options) {
  return std::make_unique<ReadAhead>(std::move(source), options);
}

}  // namespace rushes::store
