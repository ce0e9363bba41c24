#pragma once

// Documents that embed.cmake has put into the program.

#include <cstddef>
#include <span>
#include <string_view>

namespace rushes::schema {

struct Embedded {
  std::string_view name;  // of the file, without ".json"
  const unsigned char* bytes;
  size_t size;

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes), size}; }
};

// By name.
extern const std::span<const Embedded> kSchemas;  // schema/
extern const std::span<const Embedded> kPresets;  // presets/

}  // namespace rushes::schema
