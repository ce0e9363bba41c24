#pragma once

// A folder, here or in a bucket, that offers a render as HLS while it runs, and as MPEG-DASH once
// it has. Pieces are made by tasks of kind "hls"; this names them, keeps the playlists, and lists
// what is there.
//
//   master.m3u8                       names the playlists below
//   video.m3u8, audio.m3u8            picture and final sound; of a ladder video-720p.m3u8, ...
//   preview.m3u8                      sound before its loudness is adjusted
//   keyframes.m3u8                    of a picture, for skimming; keyframes-720p.m3u8, ...
//   subtitles.m3u8, subtitles-en.m3u8 WebVTT
//   manifest.mpd                      the same pieces as DASH
//   thumbnails.vtt, poster.jpg        of a ladder: for the time line, and before it plays
//   video_1f2e3d4c_header.mp4, video_1f2e3d4c_00000.m4s, ...
//
// The digits follow from what the pieces show: another version has other names, so that nobody who
// keeps files by their names (browsers do) mixes the two. Key frames and the manifest come last,
// when all is there.

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "hls_place.h"
#include "plan/dash.h"
#include "plan/hls.h"
#include "plan/thumbnails.h"
#include "schema/program.h"

namespace rushes::app {

// One track in pieces.
struct HlsTrack {
  std::string name;     // "video", "video-720p", "audio", "preview"
  std::string version;  // eight hex digits
  std::vector<base::Rational> durations;
  int width = 0, height = 0;  // of pictures; of others 0
  std::string language = {};  // of subtitles
  bool is_picture() const { return width > 0; }
  bool is_text() const { return name.starts_with("subtitles"); }
};

// That of one of the program's pictures.
std::string track_name(const schema::Rendition& picture);

struct HlsInfo {
  base::Rational fps;
  int channels = 0, sample_rate = 0;  // of the sound, if there is one
};

class HlsFolder {
 public:
  // kOutputUnusable: it has a playlist of ours by name that is somebody else's.
  static base::Result<HlsFolder> open(std::unique_ptr<HlsPlace> place);

  // Nothing was rendered: a folder that was made for it and is empty goes.
  void give_up() const;

  // What an earlier render left is removed; a playlist of the same version stays, and is carried
  // on. Players begin with the first picture.
  base::Status start(const HlsInfo& info, const std::vector<HlsTrack>& tracks,
                     std::optional<plan::Thumbnails> thumbnails = std::nullopt);

  std::string header_path(const std::string& track) const;
  std::string piece_path(const std::string& track, size_t i) const;
  std::string playlist() const { return path_of("master.m3u8"); }
  std::string manifest() const { return path_of("manifest.mpd"); }

  bool is_far() const { return place_->is_far(); }
  // Whether an earlier render left a file of that path, which may be the same.
  bool is_there(const std::string& path) const;

  // Where sheets of thumbnails and the poster go.
  std::string sheet_path(size_t i) const;
  std::string poster_path() const { return path_of("poster.jpg"); }

  // A "piece" event of the task that makes this track. Again after a task was begun anew.
  base::Status take(const std::string& track, const nlohmann::json& piece);
  // All is there: the final sound takes the place of the preview, and what can only be said now is
  // said.
  base::Status finish();
  uint64_t bytes() const;                    // of all pieces that are there
  size_t reused() const { return reused_; }  // objects that an earlier render has put
  // Of the pictures, in their order: what each came to, in bytes and bits a second.
  nlohmann::json report() const;

 private:
  struct Track {
    HlsTrack about;
    plan::MediaPlaylist list;
    std::string codec;                // empty: the header is not there yet
    std::vector<uint64_t> bytes;      // of the pieces that are there
    std::vector<uint64_t> key_bytes;  // of these: where the first frame ends
    size_t listed = 0;                // also by the render that was here before
    bool ended = false;               // its playlist is
    const std::string& name() const { return about.name; }
    bool can_be_played() const { return !codec.empty() && !bytes.empty(); }
    bool is_whole() const { return bytes.size() == about.durations.size(); }
  };

  struct Rates {
    int64_t peak = 0, average = 0;  // bits a second
  };
  Rates beside() const;

  explicit HlsFolder(std::unique_ptr<HlsPlace> place) : place_(std::move(place)) {}
  std::string path_of(const std::string& name) const { return place_->path_of(name); }
  Track& track(const std::string& name);
  const Track* find(const std::string& name) const;
  // What is heard with the pictures; null without sound.
  const Track* heard() const;
  base::Status keep_playlist(Track& track) const;
  // The pictures with the sound that is heard with them, and the other way round: some players take
  // no pair of which one has ended and the other has not.
  bool may_end(const Track& track) const;
  base::Status write_playlists();
  base::Status write_keyframes() const;
  base::Status write_manifest() const;
  base::Status remove_older();
  base::Status write_master();
  plan::DashTrack dash_track(const Track& track, int64_t timescale) const;

  std::unique_ptr<HlsPlace> place_;
  std::set<std::string> there_;  // names of what lay there
  size_t reused_ = 0;
  HlsInfo info_;
  std::vector<Track> tracks_;
  std::optional<plan::Thumbnails> thumbnails_;
  std::string master_text_;  // as it was written last
  bool finished_ = false;
};

}  // namespace rushes::app
