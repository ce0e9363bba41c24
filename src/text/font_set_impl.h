#pragma once

// What FontSet holds. For this layer's own files.

#include <set>
#include <string>
#include <vector>

#include "schema/program.h"
#include "text/font_set.h"
#include "text/owned.h"

namespace rushes::text {

struct FontSet::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();
  std::vector<FontFile> files;
  std::vector<std::string> families;
  std::set<std::string> names;  // lower case, every name of every face
  FcCharSetOwned coverage;
  FcConfigOwned config;
  GObjectOwned<PangoFontMap> map;
  GObjectOwned<PangoContext> context;
};

// The style's families that the set has, then all others of the set in its order.
FontDescription describe_font(const FontSet& fonts, const schema::TextStyle& style, double size);

}  // namespace rushes::text
