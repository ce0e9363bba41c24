#include "cache_folder.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/error_catalog.h"
#include "numbers.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::optional<std::string> usual_cache_folder() {
  const auto named = [](const std::string& folder) { return fs::path(folder).lexically_normal(); };
  const std::string caches = environment("XDG_CACHE_HOME");
  const std::string home = environment("HOME");
  // Relative ones are to be ignored: XDG Base Directory Specification.
  if (!caches.empty() && caches[0] == '/') return named(caches + "/rushes");
  if (!home.empty() && home[0] == '/') return named(home + "/.cache/rushes");
  return std::nullopt;
}

base::Result<std::string> cache_folder(const CacheOptions& options) {
  std::string folder = options.folder.empty() ? environment("RUSHES_CACHE") : options.folder;
  if (folder.empty()) {
    const auto usual = usual_cache_folder();
    if (!usual) {
      return usage_error("there is no home folder to keep rendered segments in; --cache names one");
    }
    folder = *usual;
  }
  std::error_code error;
  const fs::path absolute = fs::absolute(folder, error);
  if (error) return base::internal("the current folder is not known: " + error.message());
  std::string normal = absolute.lexically_normal();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

base::Result<uint64_t> cache_limit(const CacheOptions& options) {
  if (!options.size.empty()) return parse_size(options.size, "--cache-size");
  const std::string value = environment("RUSHES_CACHE_SIZE");
  if (!value.empty()) return parse_size(value, "RUSHES_CACHE_SIZE");
  return kDefaultCacheBytes;
}

base::Result<uint64_t> parse_size(const std::string& text, const std::string& what) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  constexpr std::string_view kUnits = "KMGT";
  int shift = 0;
  const char* at = after;
  if (error == std::errc() && at != end) {
    const size_t unit = kUnits.find(*at >= 'a' ? static_cast<char>(*at - 'a' + 'A') : *at);
    shift = unit == std::string_view::npos ? 0 : 10 * (static_cast<int>(unit) + 1);
    if (shift > 0) ++at;
  }
  const double bytes = std::ldexp(value, shift);
  // Neither is so of what is no number. Half a byte is a unit forgotten.
  const bool fits = bytes >= 0 && bytes < 0x1p63 && (shift > 0 || bytes == std::floor(bytes));
  if (error != std::errc() || at != end || !fits) {
    return usage_error(what + " must be a size like 500M or 1.5G (is \"" + text + "\")");
  }
  return static_cast<uint64_t>(bytes);
}

std::string size_text(uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", value / 1e3);
  if (bytes < 1'000'000'000) return fmt::format("{:.1f} MB", value / 1e6);
  return fmt::format("{:.1f} GB", value / 1e9);
}

base::Result<store::Pin> pin_keys(const store::FileStore& store,
                                  const std::vector<std::string>& keys) {
  auto pin = store.pin(keys);
  if (pin.ok() || pin.error().code != base::Code::kResource) return pin;
  base::Error error = std::move(pin).error();
  error.number = base::kCacheDiskFull;
  return std::move(error).in("the disk of the cache \"" + store.folder() + "\" is full");
}

}  // namespace rushes::app
