#pragma once

// Whether a file goes on with the recording of another, where their names do not tell. Cameras
// begin a new file when one has grown as large as a card's file system lets it. Pure.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace rushes::app {

// So large that a camera may have gone on in another file: 4 GB or 16 GB, or not much less.
bool may_be_continued(uint64_t bytes);

struct RecordedFile {
  const nlohmann::json& info;   // what the probe task says of it
  std::optional<int64_t> made;  // seconds, as its name says
};

// `first` is as large as files get, `next` begins when it ends by every clock that both of them
// have (at least one), and both have the same streams. The date in a file may be that of its
// beginning or of its end. Recordings of their own have a gap of some seconds between them, and
// nearly all are shorter than what fills a file.
bool continues(const RecordedFile& first, const RecordedFile& next);

}  // namespace rushes::app
