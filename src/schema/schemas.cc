#include "schema/schemas.h"

#include <algorithm>
#include <span>

#include "schema/embedded.h"

namespace rushes::schema {
namespace {

std::string_view text_of(std::span<const Embedded> all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &Embedded::name);
  return found != all.end() ? found->text() : std::string_view();
}

std::vector<std::string_view> names_of(std::span<const Embedded> all) {
  std::vector<std::string_view> names;
  names.reserve(all.size());
  for (const Embedded& one : all) names.push_back(one.name);
  return names;
}

}  // namespace

std::string_view schema_text(std::string_view name) { return text_of(kSchemas, name); }
std::vector<std::string_view> schema_names() { return names_of(kSchemas); }
std::string_view preset_text(std::string_view name) { return text_of(kPresets, name); }
std::vector<std::string_view> preset_names() { return names_of(kPresets); }

}  // namespace rushes::schema
