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

// The folder that a chapter lies in; a URI itself.
std::string folder_of(const std::string& chapter);

}  // namespace rushes::app
