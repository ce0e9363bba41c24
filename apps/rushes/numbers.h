#pragma once

// This program's own numbers in base/error_catalog.h.

#include <string>

#include "base/error_catalog.h"
#include "base/result.h"
#include "base/uri.h"

namespace rushes::app {

inline constexpr int kUsage = 300;
inline constexpr int kOutputUnusable = 301;
inline constexpr int kOutputIsInput = 302;
inline constexpr int kNoEngine = 303;
inline constexpr int kDocumentUnreadable = 304;
inline constexpr int kFrameRange = 305;
using base::kCacheUnusable;
inline constexpr int kDoneAgain = 307;
inline constexpr int kRateMissed = 308;
inline constexpr int kFewerWorkers = 309;
inline constexpr int kMemoryTooSmall = 310;
inline constexpr int kBufferMissed = 311;
inline constexpr int kRateChosen = 312;
inline constexpr int kVerifyFailed = 313;
inline constexpr int kSourceKept = 314;
inline constexpr int kHookFailed = 315;
inline constexpr int kQualityMissed = 316;
inline constexpr int kChapterUnread = 318;
inline constexpr int kNoHardware = 319;

// Of a file: said once, whoever said it first.
inline base::Error of_file(base::Error error, const std::string& path) {
  const std::string shown = base::shown_uri(path);
  if (error.message.find(shown) != std::string::npos) return error;
  return std::move(error).in("\"" + shown + "\"");
}

inline base::Error unusable(base::Error error) {
  error.number = kOutputUnusable;
  return error;
}

// A mistake of the command line.
inline base::Error usage_error(const std::string& text) {
  base::Error error = base::invalid_argument(text);
  error.number = kUsage;
  return error;
}

}  // namespace rushes::app
