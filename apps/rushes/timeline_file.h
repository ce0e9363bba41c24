#pragma once

// A timeline as it lies on disk, and the files that it names.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "timeline/document.h"

namespace rushes::app {

using Variables = std::map<std::string, std::string>;

// Of --set name=value, or another option's; the error names the one without "=".
base::Result<Variables> parse_variables(const std::vector<std::string>& texts,
                                        const std::string& option = "--set");

struct TimelineFile {
  std::string name;  // as given, for messages
  std::string text;
  std::string folder;  // absolute; sources are relative to it
  timeline::Loaded loaded;
  std::vector<std::string> sources;  // every src once, in the order of the document
  // Web addresses that may hold a secret (base::shown_uri), by the src that stands for them in the
  // text: neither a file nor the engine's child gets to see them.
  std::map<std::string, std::string> addresses;
  // Of a text that nobody wrote: says a mistake of it in terms of what it was made of. May be
  // empty.
  std::function<void(schema::Diagnostic&)> retell = {};

  // Other URIs are their own.
  std::string path_of(const std::string& src) const;
};

// `file` is a path, or "-" for stdin. The document may have errors: see loaded.
base::Result<TimelineFile> read_timeline(const std::string& file, const Variables& set);

// One that was made here. `folder`: absolute. Addresses that stand in it as they are, not made of
// variables, are hidden.
TimelineFile timeline_of(std::string text, std::string name, std::string folder,
                         const Variables& set = {});

// What stands for an address that may hold a secret, as number `n` of its timeline.
std::string hidden_address(const std::string& address, size_t n);

// The text of a file, or of stdin for "-"; bounded. Errors speak of a `kind` of document.
base::Result<std::string> read_document(const std::string& file, const std::string& kind);

}  // namespace rushes::app
