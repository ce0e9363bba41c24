#pragma once

// The files that a camera made of one recording.

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "task_runner.h"

namespace rushes::app {

// What the probe task says of a file; nothing where it cannot be read.
using ProbeFile = std::function<std::optional<nlohmann::json>(const std::string& path)>;
// By an engine; what cannot be read is warned of, since it may be a part of a recording. `runner`
// must outlive it. `store`: as of probe_task.
ProbeFile probe_by(TaskRunner& runner, const std::string& store = {});

// Folders of buckets, "s3://bucket/folder/". Without a `list` there are none to be looked into.
struct FarFolders {
  // URIs of the files in one, not of those in folders within.
  std::function<base::Result<std::vector<std::string>>(const std::string& folder)> list;
  std::function<void(const std::string& text, const std::string& place)> warn;
};
// One of these, or a bucket: with "/" at its end; of anything else empty.
std::string far_folder(const std::string& name);

// One file is the recording, or its first chapter, if others that go on with it lie beside it: by
// their names (chapter_names.h: GoPro, Insta360), or by names that follow one another, their sizes
// and clocks (continuation.h: DJI; not in buckets). Only files as large as those of a recording
// that goes on are probed. A folder is the one recording that lies in it, or, on a card, in a
// folder of its DCIM (not in buckets). Several files are taken as they are, and so are those of web
// servers; those in buckets too where their folder may not be listed, which is warned of. Absolute;
// links are followed. kNotFound: there is none, or a chapter in the middle is missing.
// kInvalidArgument: a folder of several recordings.
base::Result<std::vector<std::string>> chapters_of(const std::vector<std::string>& named,
                                                   const ProbeFile& probe,
                                                   const FarFolders& far = {});

// A recording of several.
struct NamedRecording {
  std::string input;  // as named
  base::Result<std::vector<std::string>> chapters;
};
// One for each name, as chapters_of has them; of all files of a card each recording is taken once,
// since later chapters are parts of it.
std::vector<NamedRecording> recordings_of(const std::vector<std::string>& named,
                                          const ProbeFile& probe, const FarFolders& far = {});

// The files of a folder, here or in a bucket, whose names end as those of videos do, by name; what
// lies in folders within is not looked at, but for those of a card: DCIM/100GOPRO (not in buckets).
// kNotFound: there is none.
base::Result<std::vector<std::string>> videos_in(const std::string& folder,
                                                 const FarFolders& far = {});

// Whether a name ends as those of videos that cameras record do: ".mp4", ".MOV", ".insv", ...
bool is_video_name(const std::string& name);

// The folder that a chapter lies in; a URI itself.
std::string folder_of(const std::string& chapter);

}  // namespace rushes::app
