#pragma once

// What a file is to who serves it over the web (RFC 6838), by the ending of its name.

#include <string>
#include <string_view>

namespace rushes::schema {

// Of all that this program writes; of others "application/octet-stream".
std::string media_type_of(std::string_view name);

}  // namespace rushes::schema
