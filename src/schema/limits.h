#pragma once

// How large a timeline may be.

#include <cstddef>
#include <cstdint>

namespace rushes::schema {

inline constexpr int kMinSide = 16;
inline constexpr int kMaxSide = 16384;             // both of the output, in pixels
inline constexpr int64_t kMaxSeconds = 24 * 3600;  // of the output, and every time in a document
// Of .ass scripts. Their lines may go on for longer than anyone sees them.
inline constexpr size_t kMaxScriptBytes = 16 << 20;
inline constexpr size_t kMaxScriptLines = 100000;
inline constexpr int64_t kMaxScriptMilliseconds = int64_t{1} << 53;
inline constexpr size_t kMaxRenditions = 12;
inline constexpr size_t kMaxTracks = 1000;
inline constexpr size_t kMaxClips = 100'000;
inline constexpr size_t kMaxKeyframes = 10'000;         // of one property
inline constexpr size_t kMaxWords = 500'000;            // of all captions
inline constexpr size_t kMaxExpandedBytes = 64u << 20;  // of all strings, after variables

}  // namespace rushes::schema
