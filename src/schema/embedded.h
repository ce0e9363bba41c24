#pragma once

// The bytes of schema/*.json, put into the program by embed.cmake.

#include <cstddef>

namespace rushes::schema {

extern const unsigned char kTimelineBytes[];
extern const size_t kTimelineSize;

}  // namespace rushes::schema
