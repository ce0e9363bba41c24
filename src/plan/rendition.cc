#include "plan/rendition.h"

#include <algorithm>

namespace rushes::plan {

schema::Rendition itself(const schema::Program& program) {
  return {.name = "", .scale = program.scale, .video = program.video};
}

std::optional<schema::Rendition> find_rendition(const schema::Program& program,
                                                std::string_view name) {
  if (name.empty()) return itself(program);
  const auto found = std::ranges::find(program.renditions, name, &schema::Rendition::name);
  if (found == program.renditions.end()) return std::nullopt;
  return *found;
}

void become(schema::Program& program, const schema::Rendition& rendition) {
  program.scale = rendition.scale;
  program.video = rendition.video;
  program.renditions.clear();
}

}  // namespace rushes::plan
