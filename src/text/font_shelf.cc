#include "text/font_shelf.h"

#include <algorithm>

namespace rushes::text {

namespace {
// What one frame shows, and what the next segment goes on with.
constexpr size_t kMostKept = 16;
}  // namespace

base::Result<std::shared_ptr<FontSet>> FontShelf::set(const std::vector<int>& numbers) {
  const auto at = std::ranges::find(kept_, numbers, &Kept::numbers);
  if (at != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, at);
    return kept_.front().set;
  }
  std::vector<FontFile> files;
  for (const int number : numbers) {
    if (number < 0 || static_cast<size_t>(number) >= files_.size()) {
      return base::invalid_argument("there is no font " + std::to_string(number));
    }
    files.push_back(files_[static_cast<size_t>(number)]);
  }
  ASSIGN_OR_RETURN(FontSet opened, FontSet::open(std::move(files)));
  kept_.push_front({numbers, std::make_shared<FontSet>(std::move(opened))});
  if (kept_.size() > kMostKept) kept_.pop_back();
  return kept_.front().set;
}

}  // namespace rushes::text
