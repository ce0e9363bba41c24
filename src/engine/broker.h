#pragma once

// The trusted half of rushes-engine. It reads one task, opens what the task names, starts the
// jailed child, answers its requests for fonts, checks and passes on its events, and gives the
// outputs their names when all went well. It never parses media, fonts or anything else that the
// user did not write as a task.

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/task.h"
#include "text/font_finder.h"

namespace rushes::engine {

// The fonts installed on this machine. Used from one thread. system_fonts.h has the real one.
class FontCatalog {
 public:
  virtual ~FontCatalog() = default;
  virtual void add(std::vector<text::FontFace> faces) = 0;
  virtual base::Result<text::FontMatch> find(const text::FontRequest& request) = 0;
  virtual base::Result<std::vector<text::FamilyInfo>> list() = 0;
};

// The main function of rushes-engine: the task comes on stdin, events go to stdout, the exit status
// is that of docs/formats/events.md. With the internal argument --jailed-child it is the child
// instead.
int broker_main(int argc, char** argv, Runner runner, FontCatalog& fonts);

}  // namespace rushes::engine
