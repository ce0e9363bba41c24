#include "engine/system_fonts.h"

#include <utility>

namespace rushes::engine {

base::Status SystemFonts::open() {
  if (finder_.has_value()) return {};
  ASSIGN_OR_RETURN(finder_, text::FontFinder::open());
  finder_->add(std::exchange(added_, {}));
  return {};
}

void SystemFonts::add(std::vector<text::FontFace> faces) {
  if (finder_.has_value()) return finder_->add(std::move(faces));
  for (text::FontFace& face : faces) added_.push_back(std::move(face));
}

base::Result<text::FontMatch> SystemFonts::find(const text::FontRequest& request) {
  RETURN_IF_ERROR(open());
  return finder_->find(request);
}

base::Result<std::vector<text::FamilyInfo>> SystemFonts::list() {
  RETURN_IF_ERROR(open());
  return finder_->list();
}

}  // namespace rushes::engine
