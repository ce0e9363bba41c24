#pragma once

// Reading a timeline: text to a checked tree, with its variables filled in. Pure: nothing is opened
// and no clock is read. See schema/timeline.json for the format.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schema/diagnostic.h"
#include "schema/json_value.h"

namespace rushes::timeline {

struct LoadOptions {
  std::map<std::string, std::string> set;  // --set name=value
};

struct Loaded {
  std::string file;
  // As the schema says, every {{variable}} replaced, if `ok`. Places are those of the text.
  schema::Value document;
  std::vector<schema::Diagnostic> diagnostics;  // all of them, in the order of the text
  bool ok() const { return !schema::has_errors(diagnostics); }
};

// `file` is what messages call the document. An error is found once: those of structure stop what
// depends on it, so a document that loads may still have errors of meaning, see resolve.h.
Loaded load(std::string_view text, std::string_view file, const LoadOptions& options = {});

enum class SourceKind : unsigned char { kImage, kVideo, kAudio, kCaptions, kWords, kFont, kLuma };

std::string_view name_of(SourceKind kind);

// One use of a file in the document.
struct SourceRef {
  std::string src;  // as written, relative to the timeline's folder
  SourceKind kind = SourceKind::kImage;
  std::string pointer;
  schema::Place place;
  // Captions by their file's name: .srt .vtt are to be parsed into cues, .ass .ssa into scripts,
  // .json is kWords.
  friend bool operator==(const SourceRef&, const SourceRef&) = default;
};

// In the order of the document; the same file may come more than once. Where the document has
// errors, those that can be found.
std::vector<SourceRef> sources(const Loaded& loaded);

}  // namespace rushes::timeline
