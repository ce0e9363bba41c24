#pragma once

// Where rendered segments are kept, and how much of the disk they may take.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "console.h"
#include "store/file_store.h"

namespace rushes::app {

struct CacheOptions {
  std::string folder;  // --cache; empty: $RUSHES_CACHE, else "rushes" in the user's cache folder
  std::string size;    // --cache-size; empty: $RUSHES_CACHE_SIZE, else kDefaultCacheBytes
};

inline constexpr uint64_t kDefaultCacheBytes = uint64_t{20} << 30;

// Absolute. kInvalidArgument if nothing says where it should be.
base::Result<std::string> cache_folder(const CacheOptions& options);
// Where it lies when nobody says otherwise: nothing where there is no home.
std::optional<std::string> usual_cache_folder();
base::Result<uint64_t> cache_limit(const CacheOptions& options);

// "500M", "1.5G", "1T", "123456": bytes, in powers of 1024.
base::Result<uint64_t> parse_size(const std::string& text, const std::string& what);
std::string size_text(uint64_t bytes);

// store.pin(); a full disk is kCacheDiskFull.
base::Result<store::Pin> pin_keys(const store::FileStore& store,
                                  const std::vector<std::string>& keys);

}  // namespace rushes::app
