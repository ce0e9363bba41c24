#pragma once

// The stable numbers of errors and warnings: what `rushes explain E0123` prints. A number is never
// given another meaning; new ones are added where their range has room.
//
//   1-9      the codes themselves, in the order of base::Code
//   100-129  documents: text, structure, variables     150-169  sources and what they are good for
//   130-149  timelines: times, names, sizes            170-179  not supported yet
//                                                      180-199  warnings of timelines
//   200-279  fonts, captions, media, sound    280-299  the engine    300-319  the command line

#include <span>
#include <string_view>

namespace rushes::base {

struct ErrorInfo {
  int number = 0;
  std::string_view title;        // a few words
  std::string_view explanation;  // what it means and what to do, one paragraph
  bool warns = false;            // as a rule: it is told, and the work goes on
};

std::span<const ErrorInfo> error_catalog();  // by number
const ErrorInfo* find_error(int number);     // null if there is none

// What the engine's broker says of its jailed child, which cannot say it itself.
constexpr bool is_of_broker(int number) { return number >= 280 && number < 300; }
inline constexpr int kCacheDiskFull = 286;
inline constexpr int kStoreRetried = 287;
inline constexpr int kUploadForgotten = 288;
inline constexpr int kObjectTaken = 289;
inline constexpr int kCacheUnusable = 306;

// "E0123", "e123", "W0123" and "123" are all number 123; 0 if it is none of these.
int parse_error_number(std::string_view text);

}  // namespace rushes::base
