#pragma once

// A folder that offers a render as HLS while it runs. Pieces are made by tasks of kind "hls"; this
// names them, keeps the playlists, and lists what is there.
//
//   master.m3u8                       names the playlists below
//   video.m3u8, audio.m3u8            picture and final sound
//   preview.m3u8                      sound before its loudness is adjusted
//   video_1f2e3d4c_header.mp4, video_1f2e3d4c_00000.m4s, ...
//
// The digits follow from what the pieces show: another version has other names, so that nobody who
// keeps files by their names (browsers do) mixes the two.

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "plan/hls.h"

namespace rushes::app {

// One track in pieces.
struct Rendition {
  std::string name;     // "video", "audio", "preview"
  std::string version;  // eight hex digits
  std::vector<base::Rational> durations;
};

class HlsFolder {
 public:
  // Makes the folder if it is missing. kOutputUnusable: it cannot be written, or has a playlist of
  // ours by name that is somebody else's.
  static base::Result<HlsFolder> open(const std::string& folder);

  // `master` lacks what is known once pieces are there. What an earlier render left is removed; a
  // playlist of the same version stays, and is carried on.
  base::Status start(const plan::MasterPlaylist& master, const std::vector<Rendition>& renditions);

  std::string header_path(const std::string& rendition) const;
  std::string piece_path(const std::string& rendition, size_t i) const;
  std::string playlist() const { return folder_ + "/master.m3u8"; }

  // A "piece" event of the task that makes this rendition. Again after a task was begun anew.
  base::Status take(const std::string& rendition, const nlohmann::json& piece);
  // All is there: the final sound takes the place of the preview.
  base::Status finish();
  size_t pieces(const std::string& rendition) const;  // that are there

 private:
  struct Track {
    Rendition rendition;
    plan::MediaPlaylist list;
    std::string codec;            // empty: the header is not there yet
    std::vector<uint64_t> bytes;  // of the pieces that are there
    size_t listed = 0;            // also by the render that was here before
    bool ended = false;           // its playlist is
    bool can_be_played() const { return !codec.empty() && !bytes.empty(); }
    bool is_whole() const { return bytes.size() == rendition.durations.size(); }
  };

  base::UniqueFd lock_;  // one render at a time
  explicit HlsFolder(std::string folder) : folder_(std::move(folder)) {}
  std::string playlist_of(const std::string& name) const { return folder_ + "/" + name + ".m3u8"; }
  base::Status keep_playlist(Track& track) const;
  // The picture's with the sound that is heard with it, and the other way round: some players take
  // no pair of which one has ended and the other has not.
  bool may_end(const std::string& rendition) const;
  base::Status write_playlists();
  base::Status remove_older() const;
  base::Status write_master();

  std::string folder_;
  plan::MasterPlaylist master_;
  std::map<std::string, Track> tracks_;  // by the names of their renditions
  std::string master_text_;              // as it was written last
  bool finished_ = false;
};

}  // namespace rushes::app
