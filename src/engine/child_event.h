#pragma once

// Events as the child writes them and the broker reads them: one JSON object a line, on a pipe. The
// broker trusts none of it. It takes over the known fields of known types and nothing else.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rushes::engine {

inline constexpr size_t kMaxEventBytes = size_t{8} << 20;

// Cuts a stream into lines.
class LineReader {
 public:
  // Fails, for good, when a line is longer than `limit`.
  explicit LineReader(size_t limit) : limit_(limit) {}
  base::Status add(std::string_view bytes);
  // The next whole line without its end; false when there is none yet.
  bool next(std::string& line);
  bool has_partial_line() const { return start_ < buffer_.size(); }

 private:
  size_t limit_;
  std::string buffer_;
  size_t start_ = 0;    // of the line that comes next
  size_t scanned_ = 0;  // no line end before this
};

// What a line of the child is.
enum class ChildEventKind : unsigned char {
  kPublic,     // progress, warning, diagnostic, run, result: to be passed on
  kReady,      // "ready": the jail is up
  kFindFonts,  // asks the broker
  kAddFonts,
  kCreateObject,  // asks the broker
  kCommitObject,
  kWaitForObject,  // asks the broker
  kFindDerived,    // asks the broker
  kCreateDerived,  // asks the broker
  kCommitDerived,
  kDropDerived,
  kEnd,  // the runner has returned
};

struct ChildEvent {
  ChildEventKind kind = ChildEventKind::kPublic;
  nlohmann::json json;  // only fields that are known, of the right types
};

// kInternal for anything else: the child has been taken over, or has a bug.
base::Result<ChildEvent> parse_child_event(std::string_view line);

// One line, its end included. Bytes that are not UTF-8 are replaced.
std::string event_line(const nlohmann::json& event);

// An error as a child's "end" or the broker's "error" carries it, and back. Unknown codes are
// kInternal.
nlohmann::json error_to_json(const base::Error& error);
base::Error error_from_json(const nlohmann::json& json);

}  // namespace rushes::engine
