#pragma once

// What of a recording is in no output that was made of it. Pure.

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "transcode_timeline.h"

namespace rushes::app {

// What a file may hold; as --may-lose names them.
enum class Content : uint8_t { kPicture, kSound, kSubtitles, kData };

// Of --may-lose: "sound,data". kUsage: another name.
base::Result<std::set<Content>> parse_contents(const std::string& text);

// What `output`, a file or a folder of a ladder, holds of a recording that a preset is applied to.
std::set<Content> held_by(const std::string& output, const nlohmann::json& preset);

// A text that follows the name of a recording: "holds a second sound track"; empty if all of it is
// in an output that holds this, or may be lost. One picture and one sound are carried over, and of
// the sound what is heard while there is a picture, to a tenth of a second.
std::string left_out(const std::vector<RecordedChapter>& chapters, const std::set<Content>& held,
                     const std::set<Content>& may_lose);

}  // namespace rushes::app
