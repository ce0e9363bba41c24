#pragma once

// The files that a camera made of one recording.

#include <string>
#include <vector>

#include "base/result.h"

namespace rushes::app {

// One file is the recording, or its first chapter, if others that continue its name lie beside it
// (GoPro: GX010123.MP4, GX020123.MP4; GOPR0123.MP4, GP010123.MP4). A folder is the one recording
// that lies in it. Several files are taken as they are, and so are URIs of files in stores.
// Absolute; links are followed. kNotFound: there is none, or a chapter in the middle is missing.
// kInvalidArgument: a folder of several recordings.
base::Result<std::vector<std::string>> chapters_of(const std::vector<std::string>& named);

// A recording of several.
struct NamedRecording {
  std::string input;  // as named
  base::Result<std::vector<std::string>> chapters;
};
// One for each name, as chapters_of has them; of all files of a card each recording is taken once,
// since later chapters are parts of it.
std::vector<NamedRecording> recordings_of(const std::vector<std::string>& named);

// The files of a folder whose names end as those of videos do, by name; what lies in folders within
// is not looked at. kNotFound: there is none.
base::Result<std::vector<std::string>> videos_in(const std::string& folder);

// The folder that a chapter lies in; a URI itself.
std::string folder_of(const std::string& chapter);

}  // namespace rushes::app
