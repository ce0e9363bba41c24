#pragma once

// Warnings on characters that no font has.

#include <string>
#include <vector>

namespace rushes::text {

// "no font has U+1F9FF (..): an empty frame is drawn in its place", empty if none is missing.
std::string missing_warning(const std::vector<char32_t>& missing);

}  // namespace rushes::text
