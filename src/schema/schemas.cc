#include "schema/schemas.h"

#include "schema/embedded.h"

namespace rushes::schema {

std::string_view schema_text(std::string_view name) {
  if (name == "timeline") return {reinterpret_cast<const char*>(kTimelineBytes), kTimelineSize};
  return {};
}

std::vector<std::string_view> schema_names() { return {"timeline"}; }

}  // namespace rushes::schema
