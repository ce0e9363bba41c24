#pragma once

// A second family name for a font in memory. For this layer's own files.

#include <string_view>
#include <vector>

namespace rushes::text {

// Every face of the TrueType, OpenType or collection file `font` answers to `name` (ASCII) as well
// as to its own names. False: the file is not understood and is left as it was.
bool add_family_name(std::vector<char>& font, std::string_view name);

}  // namespace rushes::text
