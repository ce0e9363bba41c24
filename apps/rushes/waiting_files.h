#pragma once

// Files that wait to be written into a folder that others read meanwhile, some of which speak of
// others: none is written before what it speaks of.

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rushes::app {

class WaitingFiles {
 public:
  struct File {
    std::string name, text;
  };

  bool empty() const { return files_.empty(); }

  // Behind all that was added before, which it may speak of. Of a file that is added again only the
  // last text is kept; but the first of all keeps its place, too, since those behind it may speak
  // of it.
  void add(const std::string& name, const std::string& text) {
    auto from = std::ranges::find(files_, name, &File::name);
    if (from != files_.end() && !taken_.contains(name)) ++from;
    const auto again = [&](const File& other) { return other.name == name; };
    files_.erase(std::remove_if(from, files_.end(), again), files_.end());
    files_.push_back({name, text});
  }

  // All of them, in the order in which they are to be written, before any that are taken later.
  std::vector<File> take() {
    for (const File& file : files_) taken_.insert(file.name);
    return std::exchange(files_, {});
  }

 private:
  std::vector<File> files_;
  std::set<std::string> taken_;
};

}  // namespace rushes::app
