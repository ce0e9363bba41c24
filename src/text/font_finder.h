#pragma once

// Which installed font files a text needs. Trusted side: reads the fontconfig configuration, its
// caches and font directories, so it never runs where media or documents of strangers are parsed.
// Fonts of the user are described in the jail (font_set.h) and handed in through add().
//
// Not thread-safe. Answers are the same for the same fonts and configuration, in the same order.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "text/font_file.h"

namespace rushes::text {

struct FontRequest {
  std::vector<std::string> families;  // first wanted first; sans-serif, serif, monospace allowed
  std::vector<char32_t> code_points;  // see code_points.h
  // False: no family of the list is installed is an error. True (.ass scripts): it is a warning and
  // sans-serif stands in.
  bool substitute = false;
};

struct FontMatch {
  // All weights and italics of the first family that is found and of the later ones; then the
  // fewest files that cover what is left, emoji by Noto Color Emoji if installed. No duplicates.
  std::vector<FontFile> files;
  std::vector<std::string> families;  // what the requested ones stand for, in the request's order
  std::vector<char32_t> uncovered;    // no font has them
  std::vector<std::string> warnings;  // a family skipped, a code point that nobody covers
};

struct FamilyInfo {
  std::string family;
  std::vector<FontFace> faces;  // coverage left empty
};

class FontFinder {
 public:
  static base::Result<FontFinder> open();
  FontFinder(FontFinder&&) noexcept;
  FontFinder& operator=(FontFinder&&) noexcept;
  ~FontFinder();

  // Faces of the user's own files. They win over installed ones of the same family.
  void add(std::vector<FontFace> faces);

  // kNotFound names the family and the nearest names.
  base::Result<FontMatch> find(const FontRequest& request) const;

  std::vector<FamilyInfo> list() const;  // by name

 private:
  struct Impl;
  explicit FontFinder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rushes::text
