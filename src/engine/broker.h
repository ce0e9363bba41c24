#pragma once

// The trusted half of rushes-engine. It reads one task, opens what the task names, starts the
// jailed child, answers its requests for fonts, checks and passes on its events, and gives the
// outputs their names when all went well. It never parses media, fonts or anything else that the
// user did not write as a task.

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/task.h"

namespace rushes::engine {

// One installed font file that answers a request, or is listed.
struct CatalogFont {
  std::string file;  // absolute path
  int index = 0;
  std::string family;
  std::string style;  // "Bold Italic"
  int weight = 400;
  bool italic = false;
};

struct CatalogReply {
  std::vector<CatalogFont> fonts;
  std::vector<std::string> missing;
  std::vector<std::string> suggestions;
  std::u32string uncovered;
};

// The fonts installed on this machine. Used from one thread.
class FontCatalog {
 public:
  virtual ~FontCatalog() = default;
  virtual base::Result<CatalogReply> find(const FontRequest& request) = 0;
  // Families whose name contains `pattern`, ignoring case; all when it is empty.
  virtual base::Result<std::vector<CatalogFont>> list(const std::string& pattern) = 0;
  // A task may name font files in these directories, as in its own roots.
  virtual std::vector<std::string> directories() = 0;
};

// The main function of rushes-engine: the task comes on stdin, events go to stdout, the exit status
// is that of docs/formats/events.md. With the internal argument --jailed-child it is the child
// instead. `fonts` may be null: then there are none.
int broker_main(int argc, char** argv, Runner runner, FontCatalog* fonts);

}  // namespace rushes::engine
