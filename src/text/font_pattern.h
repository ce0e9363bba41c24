#pragma once

// Reading fontconfig patterns and font files; used on both sides of the jail, configuration-free.

#include <string>
#include <vector>

#include "base/result.h"
#include "text/font_file.h"
#include "text/owned.h"

namespace rushes::text {

std::vector<std::string> strings_of(const FcPattern* pattern, const char* object);
int int_of(const FcPattern* pattern, const char* object, int otherwise);
bool bool_of(const FcPattern* pattern, const char* object, bool otherwise);
int weight_of(const FcPattern* pattern);  // 100 to 1000
std::vector<CodeRange> coverage_of(const FcCharSet* set);
// Without coverage if not asked for.
FontFace face_of(const FcPattern* pattern, bool with_coverage);
std::string lower_ascii(std::string text);

}  // namespace rushes::text
