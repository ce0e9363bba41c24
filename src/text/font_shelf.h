#pragma once

// A program's font files, and the sets that its clips draw with. Each clip has a set of its own
// files alone, in its own order, so that no font of another clip can stand in for one of its own.
//
// One thread at a time, as font_set.h says.

#include <list>
#include <memory>
#include <vector>

#include "text/font_set.h"

namespace rushes::text {

class FontShelf {
 public:
  explicit FontShelf(std::vector<FontFile> files) : files_(std::move(files)) {}

  // The set of the files with these numbers; the last ones asked for are kept. Errors as in
  // FontSet::open, and kInvalidArgument for a number that is none.
  base::Result<std::shared_ptr<FontSet>> set(const std::vector<int>& numbers);

 private:
  struct Kept {
    std::vector<int> numbers;
    std::shared_ptr<FontSet> set;
  };
  std::vector<FontFile> files_;
  std::list<Kept> kept_;  // last used first
};

}  // namespace rushes::text
