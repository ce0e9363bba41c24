#pragma once

// What the names of recorded files say of each other. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rushes::app {

// A file whose name says which chapter of which recording it is. Numbers rise by one from chapter
// to chapter; the first is not always the same.
//   GoPro     GX010123.MP4, GX020123.MP4; GOPR0123.MP4, GP010123.MP4
//   Insta360  VID_20260203_010000_00_017.mp4, VID_20260203_010000_00_018.mp4: when the recording
//             began, the lens, and a number that goes on for the life of the card
// Small copies and thumbnails (.LRV, .THM, LRV_...) are none.
struct ChapterName {
  std::string recording;
  int number = 0;
};
std::optional<ChapterName> chapter_name(std::string_view name);

// DJI's names number files, and do not tell whether one goes on with another.
//   DJI_0042.MP4, DJI_20260203010000_0042_D.MP4
struct NumberedName {
  std::string series;  // what all of a camera have in common
  int number = 0;
  std::optional<int64_t> made;  // seconds since 1970 by the camera's clock, if the name says it
};
std::optional<NumberedName> numbered_name(std::string_view name);

}  // namespace rushes::app
