#pragma once

// "Did you mean": names that are close to one that is not known.

#include <string>
#include <string_view>
#include <vector>

namespace rushes::text {

// Edit distance, upper and lower case alike.
size_t edit_distance(std::string_view a, std::string_view b);

// "; did you mean "Lato" or "Lora"?" or nothing. At most three names, nearest first.
std::string did_you_mean(const std::string& name, std::vector<std::string> known);

}  // namespace rushes::text
