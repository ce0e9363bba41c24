#pragma once

// The fonts that painting may use: a list of files and nothing else. Made for a jail: no
// configuration, cache or directory is read, only the files listed (which are read again while
// painting, so they must stay readable).
//
// Process-wide on the first open(): the fontconfig configuration becomes one that has the rules of
// painting and no fonts, and PANGO_LANGUAGE and FC_LANG become "en", so that no locale changes a
// picture. Open the first set before other threads start. There may be any number of sets, and none
// sees another's fonts. A set and all that is made from it belong to one thread at a time, and the
// set must outlive them.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "text/font_file.h"

namespace rushes::text {

class FontSet {
 public:
  // Errors name the file: kNotFound, kUnsupported (WOFF, Type 1, bitmaps), kCorrupt (no font at
  // all, damaged), kResource (over kMaxFontBytes, too many files). An empty list is an error.
  static base::Result<FontSet> open(std::vector<FontFile> files);
  FontSet(FontSet&&) noexcept;
  FontSet& operator=(FontSet&&) noexcept;
  ~FontSet();

  std::span<const FontFile> files() const;
  // First family names in the order of the list, each once: the order of fallback.
  const std::vector<std::string>& families() const;
  bool has_family(const std::string& name) const;  // any name of any face, case ignored
  bool covers(char32_t c) const;                   // any face

  // For this layer's own files.
  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  explicit FontSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The faces of a font file of the user. Parses it, so: in the jail. Errors as
// in FontSet::open, but without the path.
base::Result<std::vector<FontFace>> describe(const std::string& path);

}  // namespace rushes::text
