#include "hls_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "compile.h"
#include "exec/task_pool.h"
#include "numbers.h"
#include "store/pending_file.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using base::Status;

constexpr const char* kPlaylists[] = {"master", "video", "audio", "preview"};

std::string in_quotes(const std::string& folder) { return "HLS folder \"" + folder + "\""; }

base::Error unusable(base::Error error) {
  error.number = kOutputUnusable;
  return error;
}

std::string header_name(const Rendition& r) { return r.name + "_" + r.version + "_header.mp4"; }

std::string piece_name(const Rendition& r, size_t i) {
  return fmt::format("{}_{}_{:05}.m4s", r.name, r.version, i);
}

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

struct PieceName {
  std::string rendition, version;
};

// Of a header or a piece as they are named above.
std::optional<PieceName> of_ours(const std::string& name) {
  const size_t first = name.find('_');
  constexpr size_t kVersion = 8, kNumber = 5;
  if (first == std::string::npos || name.size() < first + kVersion + 2) return std::nullopt;
  const PieceName out{name.substr(0, first), name.substr(first + 1, kVersion)};
  if (out.rendition != "video" && out.rendition != "audio" && out.rendition != "preview") {
    return std::nullopt;
  }
  if (!all_of(out.version, "0123456789abcdef") || name[first + 1 + kVersion] != '_') {
    return std::nullopt;
  }
  const std::string rest = name.substr(first + kVersion + 2);
  const bool piece = rest.size() == kNumber + 4 && rest.ends_with(".m4s") &&
                     all_of(rest.substr(0, kNumber), "0123456789");
  if (!piece && rest != "header.mp4") return std::nullopt;
  return out;
}

// "avc1.640028", "hvc1.1.6.L93.90", "mp4a.40.2".
bool is_codec(std::string_view text) {
  constexpr size_t kMost = 40;
  return text.size() > 5 && text.size() <= kMost && text[4] == '.' &&
         all_of(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.");
}

// Whole or not at all.
Status write_file(const std::string& path, const std::string& text) {
  ASSIGN_OR_RETURN(store::PendingFile file, store::PendingFile::create({.path = path}));
  Status written = base::fd_sink(file.fd())->write_at(0, std::as_bytes(std::span(text)));
  if (!written.ok()) return std::move(written).error().in("output \"" + path + "\"");
  return file.commit();
}

Status remove_file(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) return base::from_errno(error.value(), "\"" + path.string() + "\"");
  return {};
}

}  // namespace

base::Result<HlsFolder> HlsFolder::open(const std::string& folder) {
  std::error_code error;
  HlsFolder out(fs::absolute(folder, error).lexically_normal().string());
  std::string& path = out.folder_;
  if (path.size() > 1 && path.back() == '/') path.pop_back();
  if (fs::exists(path, error) && !fs::is_directory(path, error)) {
    return unusable(base::invalid_argument(in_quotes(path) + " is not a folder"));
  }
  if (!fs::exists(path, error)) {
    fs::create_directory(path, error);
    if (error) return unusable(base::from_errno(error.value(), in_quotes(path)));
  }
  if (access(path.c_str(), W_OK | X_OK) != 0) {
    return unusable(base::from_errno(errno, in_quotes(path) + " cannot be written"));
  }
  out.lock_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!out.lock_) return unusable(base::from_errno(errno, in_quotes(path)));
  if (flock(out.lock_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return unusable(
        base::invalid_argument(in_quotes(path) + " is being written by another render"));
  }
  for (const char* name : kPlaylists) {
    const std::string playlist = out.playlist_of(name);
    if (!fs::exists(playlist, error)) continue;
    if (!fs::is_regular_file(playlist, error)) {
      return unusable(base::invalid_argument("\"" + playlist + "\" is not a file"));
    }
    ASSIGN_OR_RETURN(const std::string text, read_text(playlist));
    if (text.starts_with(plan::kPlaylistMark)) continue;
    return unusable(base::invalid_argument(in_quotes(path) + " has a " + name +
                                           ".m3u8 that is not of Rushes; choose another folder"));
  }
  return out;
}

Status HlsFolder::start(const plan::MasterPlaylist& master,
                        const std::vector<Rendition>& renditions) {
  master_ = master;
  int64_t target_seconds = 0;
  for (const Rendition& r : renditions) {
    target_seconds = std::max(target_seconds, plan::target_seconds(r.durations));
  }
  for (const Rendition& r : renditions) {
    Track track{.rendition = r,
                .list = {.header = header_name(r), .pieces = {}, .target_seconds = target_seconds}};
    for (size_t i = 0; i < r.durations.size(); ++i) {
      track.list.pieces.push_back({piece_name(r, i), r.durations[i]});
    }
    RETURN_IF_ERROR(keep_playlist(track));
    tracks_.emplace(r.name, std::move(track));
  }
  return remove_older();
}

// Its pieces are whole, and are the same that will be made.
Status HlsFolder::keep_playlist(Track& track) const {
  const std::string playlist = playlist_of(track.rendition.name);
  if (!fs::exists(playlist)) return {};
  ASSIGN_OR_RETURN(const std::string text, read_text(playlist));
  size_t listed = 0;
  for (size_t at = 0; (at = text.find("#EXTINF", at)) != std::string::npos; ++at) ++listed;
  const bool open = !text.ends_with(plan::kPlaylistEnd);
  if (text != plan::media_playlist(track.list, listed, open)) return {};
  track.listed = listed;
  track.ended = !open;
  return {};
}

bool HlsFolder::may_end(const std::string& rendition) const {
  const bool previews = tracks_.contains("preview") && !finished_;
  const std::string other =
      rendition != "video" ? "video" : std::string(previews ? "preview" : "audio");
  const auto found = tracks_.find(other);
  return found == tracks_.end() || found->second.is_whole();
}

Status HlsFolder::write_playlists() {
  for (auto& [name, t] : tracks_) {
    const bool ends = t.is_whole() && may_end(name);
    // One that was there before, and says more already, stays as it is.
    if (!t.can_be_played() || t.ended) continue;
    if (t.bytes.size() < t.listed || (t.bytes.size() == t.listed && !ends)) continue;
    RETURN_IF_ERROR(
        write_file(playlist_of(name), plan::media_playlist(t.list, t.bytes.size(), !ends)));
    t.listed = t.bytes.size();
    t.ended = ends;
  }
  return {};
}

// Playlists first: nobody shall find a mixture of two versions. Of pieces those that no playlist
// will list.
Status HlsFolder::remove_older() const {
  for (const char* name : kPlaylists) {
    const auto track = tracks_.find(name);
    if (track != tracks_.end() && track->second.listed > 0) continue;
    RETURN_IF_ERROR(remove_file(playlist_of(name)));
  }
  std::error_code error;
  std::vector<fs::path> older;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename();
    const auto ours = of_ours(name);
    if (!ours) continue;
    const auto track = tracks_.find(ours->rendition);
    const bool current = track != tracks_.end() && track->second.rendition.version == ours->version;
    if (!current) older.push_back(entry.path());
  }
  if (error) return base::from_errno(error.value(), in_quotes(folder_));
  for (const fs::path& path : older) RETURN_IF_ERROR(remove_file(path));
  return {};
}

std::string HlsFolder::header_path(const std::string& rendition) const {
  return folder_ + "/" + header_name(tracks_.at(rendition).rendition);
}

std::string HlsFolder::piece_path(const std::string& rendition, size_t i) const {
  return folder_ + "/" + piece_name(tracks_.at(rendition).rendition, i);
}

size_t HlsFolder::pieces(const std::string& rendition) const {
  return tracks_.at(rendition).bytes.size();
}

Status HlsFolder::take(const std::string& rendition, const nlohmann::json& piece) {
  Track& t = tracks_.at(rendition);
  // All of it comes out of the jail.
  if (piece.contains("codec")) {
    t.codec = exec::text_of(piece, "codec");
    if (!is_codec(t.codec)) return base::internal("no name of a codec");
  } else {
    if (exec::number_of(piece, "number") != static_cast<int64_t>(t.bytes.size())) return {};
    t.bytes.push_back(static_cast<uint64_t>(exec::number_of(piece, "bytes")));
  }
  if (!t.can_be_played()) return {};
  RETURN_IF_ERROR(write_playlists());
  return write_master();
}

Status HlsFolder::finish() {
  finished_ = true;
  RETURN_IF_ERROR(write_playlists());
  return write_master();
}

Status HlsFolder::write_master() {
  const Track& video = tracks_.at("video");
  if (!video.can_be_played()) return {};
  plan::MasterPlaylist now = master_;
  now.video = "video.m3u8";
  now.video_codec = video.codec;
  now.bit_rate = plan::peak_bit_rate(video.list, video.bytes);
  if (now.sound) {
    const bool preview = tracks_.contains("preview") && !finished_;
    const Track& sound = tracks_.at(preview ? "preview" : "audio");
    if (!sound.can_be_played()) return {};
    now.sound->playlist = sound.rendition.name + ".m3u8";
    now.sound->codec = sound.codec;
    now.sound->preview = preview;
    now.bit_rate += plan::peak_bit_rate(sound.list, sound.bytes);
  }
  const std::string text = plan::master_playlist(now);
  if (text == master_text_) return {};
  RETURN_IF_ERROR(write_file(playlist(), text));
  master_text_ = text;
  return {};
}

}  // namespace rushes::app
