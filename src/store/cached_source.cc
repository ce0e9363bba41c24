#include "store/cached_source.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <utility>

namespace rushes::store {
namespace {

using base::Result;

// One block, read by whoever needs it first.
struct Block {
  explicit Block(uint64_t n) : number(n) {}
  const uint64_t number;
  std::mutex mutex;
  bool read = false;
  std::vector<std::byte> data;
};

class CachedSource final : public base::ByteSource {
 public:
  CachedSource(std::unique_ptr<base::ByteSource> source, const CachedSourceOptions& options)
      : source_(std::move(source)), options_(options) {}

  uint64_t size() const override { return source_->size(); }

  Result<size_t> read_at(uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size()) return size_t{0};
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), size() - offset)));
    size_t done = 0;
    while (done < out.size()) {
      const uint64_t at = offset + done;
      const std::shared_ptr<Block> block = block_of(at / options_.block_bytes);
      const std::lock_guard lock(block->mutex);
      if (!block->read) RETURN_IF_ERROR(fill(*block));
      const size_t from = static_cast<size_t>(at % options_.block_bytes);
      if (from >= block->data.size()) break;
      const size_t n = std::min(out.size() - done, block->data.size() - from);
      std::memcpy(out.data() + done, block->data.data() + from, n);
      done += n;
    }
    return done;
  }

 private:
  // Moves it to the front; the last ones go, but live as long as somebody reads them.
  std::shared_ptr<Block> block_of(uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(
        blocks_.begin(), blocks_.end(),
        [number](const std::shared_ptr<Block>& block) { return block->number == number; });
    if (found != blocks_.end()) {
      blocks_.splice(blocks_.begin(), blocks_, found);
    } else {
      blocks_.push_front(std::make_shared<Block>(number));
      if (blocks_.size() > std::max<size_t>(options_.blocks, 1)) blocks_.pop_back();
    }
    return blocks_.front();
  }

  // A read that failed leaves the block as it was: the next one tries again.
  base::Status fill(Block& block) const {
    const uint64_t start = block.number * options_.block_bytes;
    std::vector<std::byte> data(
        static_cast<size_t>(std::min(options_.block_bytes, size() - start)));
    ASSIGN_OR_RETURN(const size_t read, source_->read_at(start, data));
    data.resize(read);
    block.data = std::move(data);
    block.read = true;
    return {};
  }

  std::unique_ptr<base::ByteSource> source_;
  CachedSourceOptions options_;
  mutable std::mutex mutex_;
  mutable std::list<std::shared_ptr<Block>> blocks_;
};

}  // namespace

std::unique_ptr<base::ByteSource> cached_source(std::unique_ptr<base::ByteSource> source,
                                                const CachedSourceOptions& options) {
  return std::make_unique<CachedSource>(std::move(source), options);
}

}  // namespace rushes::store
