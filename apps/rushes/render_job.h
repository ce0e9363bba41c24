#pragma once

// A render from end to end: compile, encode picture and sound side by side, assemble.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/rational.h"
#include "base/result.h"
#include "cache_folder.h"
#include "console.h"
#include "progress.h"
#include "qc/report.h"
#include "source_access.h"
#include "timeline_file.h"
#include "transfer_options.h"

namespace rushes::app {

struct RenderOptions {
  std::string file;
  std::optional<TimelineFile> timeline;  // in place of `file`
  std::string output;
  std::vector<std::string> set;
  SourceAccess access;
  bool preview = false;
  std::string frames;    // "A:B"
  std::string still;     // seconds
  bool hashes = false;   // of frames, in place of a video
  bool plain = false;    // hashes of the pictures as they are defined, slowly
  bool explain = false;  // say what would be rendered, and why
  std::string encoder;   // "auto", "nvenc", ...; empty: as the timeline says
  int workers = 0;       // 0: what the machine has
  std::string segment;   // seconds, "2s"; empty: as the program suggests
  std::string memory;    // for all workers, "2G"; empty: 70 % of what there is
  CacheOptions cache;
  TransferOptions transfer;
  std::string hls;                     // a folder, to watch it while it renders
  bool hls_alone = false;              // and no file beside it
  std::vector<std::string> subtitles;  // files that are offered there
  base::Rational subtitles_begin = 0;  // seconds of them that come before what is rendered
  std::string verify;                  // compare the output: kBesideOutput, or FILE.json; empty: no
  qc::Limits verify_limits;
  bool is_part = false;           // of another command, which says what comes of it
  std::string progress = "auto";  // auto, json, none
  BatchPlace place;
  bool json = false;
};

inline constexpr char kBesideOutput[] = "beside";

// What a render was made of, and what became of it.
struct Rendered {
  struct Source {
    std::string path;      // a file, or a URI
    std::string identity;  // of the file that was compiled and read
    std::string hash;      // of its content
  };
  std::vector<Source> sources;
  std::string output;
  std::optional<qc::Verdict> verdict;  // if it was verified; never "fail"
  std::string output_identity;         // of what was verified
};

// Of --progress.
ProgressStyle progress_style(const std::string& name);

// The exit status.
int render(const RenderOptions& options);

// As a part of another command: members of `report` are those of `rushes render --json`.
base::Result<Rendered> render(const RenderOptions& options, Console& console,
                              nlohmann::json& report);

}  // namespace rushes::app
