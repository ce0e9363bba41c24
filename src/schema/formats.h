#pragma once

// Strings with an inner form, as they stand in documents.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/rational.h"
#include "base/result.h"
#include "schema/program.h"

namespace rushes::schema {

// #rgb #rgba #rrggbb #rrggbbaa rgb(255,136,0) rgba(255,136,0,0.5), a CSS colour name, "transparent"
base::Result<Color> parse_color(std::string_view text);

// A named easing or cubic-bezier(x1,y1,x2,y2) with x1 and x2 from 0 to 1.
base::Result<Easing> parse_easing(std::string_view text);
std::span<const std::string_view> easing_names();  // all but cubic-bezier

struct Size {
  int width = 0, height = 0;
};
base::Result<Size> parse_size(std::string_view text);         // "1080x1920", "vertical", ...
base::Result<Rational> parse_fps(std::string_view text);      // "30000/1001", "25"
base::Result<int64_t> parse_bitrate(std::string_view text);   // "128k", "4M", "96000"
base::Result<double> parse_gain(std::string_view text);       // "-6dB": a factor
base::Result<Rational> parse_percent(std::string_view text);  // "12.5%" is 1/8
// Ids, roles, variables, styles: letters (of any script), digits, _ - and . ; not empty.
bool is_name(std::string_view text);
// Of renditions: small letters, digits and "-", which is not the first; at most 24.
bool is_rendition_name(std::string_view text);
// Of WebVTT: "01:02:03.004". Not negative.
std::string webvtt_time(const Rational& seconds);
// A relative or absolute path, or a URI (base/uri.h). kUnsupported for other URLs and for kinds of
// file that come later.
base::Status check_path(std::string_view text);

}  // namespace rushes::schema
