#pragma once

// A timeline as it lies on disk, and the files that it names.

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

  // A URI is its own.
  std::string path_of(const std::string& src) const;
};

// `file` is a path, or "-" for stdin. The document may have errors: see loaded.
base::Result<TimelineFile> read_timeline(const std::string& file, const Variables& set);

// One that was made here. `folder`: absolute.
TimelineFile timeline_of(std::string text, std::string name, std::string folder,
                         const Variables& set = {});

// The text of a file, or of stdin for "-"; bounded. Errors speak of a `kind` of document.
base::Result<std::string> read_document(const std::string& file, const std::string& kind);

}  // namespace rushes::app
