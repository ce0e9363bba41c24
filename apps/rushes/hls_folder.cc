#include "hls_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "exec/task_pool.h"
#include "numbers.h"
#include "schema/formats.h"

namespace rushes::app {
namespace {

using base::Status;

constexpr const char* kMaster = "master.m3u8";
constexpr const char* kManifest = "manifest.mpd";
constexpr const char* kThumbnails = "thumbnails.vtt";

std::string in_quotes(const std::string& folder) { return "HLS folder \"" + folder + "\""; }

std::string stem(const HlsTrack& track) { return track.name + "_" + track.version; }

// Of text: all of it, for who wants no pieces.
std::string header_name(const HlsTrack& track) {
  return stem(track) + (track.is_text() ? "_whole.vtt" : "_header.mp4");
}

std::string piece_name(const HlsTrack& track, size_t i) {
  return fmt::format("{}_{:05}.{}", stem(track), i, track.is_text() ? "vtt" : "m4s");
}

std::string playlist_name(const HlsTrack& track) { return track.name + ".m3u8"; }

// "keyframes-720p.m3u8" of "video-720p".
std::string keyframes_name(const HlsTrack& track) {
  return "keyframes" + track.name.substr(std::string_view("video").size()) + ".m3u8";
}

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

// "video", or "video-720p".
bool is_one_of_several(std::string_view name, std::string_view word) {
  if (name == word) return true;
  return name.starts_with(word) && name[word.size()] == '-' &&
         schema::is_rendition_name(name.substr(word.size() + 1));
}

bool is_track(std::string_view name) {
  return name == "audio" || name == "preview" || is_one_of_several(name, "video") ||
         is_one_of_several(name, "subtitles");
}

// What lists pieces.
bool is_list(std::string_view name) {
  if (name == kMaster || name == kManifest || name == kThumbnails) return true;
  if (!name.ends_with(".m3u8")) return false;
  name.remove_suffix(std::string_view(".m3u8").size());
  return is_track(name) || is_one_of_several(name, "keyframes");
}

struct PieceName {
  std::string track, version;
};

// Of a header or a piece as they are named above.
std::optional<PieceName> of_ours(const std::string& name) {
  const size_t first = name.find('_');
  constexpr size_t kVersion = 8, kNumber = 5;
  if (first == std::string::npos || name.size() < first + kVersion + 2) return std::nullopt;
  const PieceName out{name.substr(0, first), name.substr(first + 1, kVersion)};
  if (!is_track(out.track) && out.track != "thumbnails") return std::nullopt;
  if (!all_of(out.version, "0123456789abcdef") || name[first + 1 + kVersion] != '_') {
    return std::nullopt;
  }
  const std::string rest = name.substr(first + kVersion + 2);
  const bool kind = rest.ends_with(".m4s") || rest.ends_with(".vtt") || rest.ends_with(".jpg");
  const bool piece =
      rest.size() == kNumber + 4 && kind && all_of(rest.substr(0, kNumber), "0123456789");
  if (!piece && rest != "header.mp4" && rest != "whole.vtt") return std::nullopt;
  return out;
}

// "avc1.640028", "hvc1.1.6.L93.90", "mp4a.40.2".
bool is_codec(std::string_view text) {
  constexpr size_t kMost = 40;
  return text.size() > 5 && text.size() <= kMost && text[4] == '.' &&
         all_of(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.");
}

// Somebody else's list is not touched.
Status check_lists(HlsPlace& place) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, place.names());
  for (const std::string& name : names) {
    if (!is_list(name)) continue;
    auto text = place.read(name);
    if (!text.ok()) return unusable(std::move(text).error());
    if (text->starts_with(plan::kPlaylistMark) || text->starts_with(plan::kManifestMark) ||
        text->starts_with(plan::kThumbnailsMark)) {
      continue;
    }
    return unusable(base::invalid_argument(in_quotes(place.name()) + " has a " + name +
                                           " that is not of Rushes; choose another folder"));
  }
  return {};
}

}  // namespace

std::string track_name(const schema::Rendition& picture) {
  return picture.name.empty() ? "video" : "video-" + picture.name;
}

base::Result<HlsFolder> HlsFolder::open(std::unique_ptr<HlsPlace> place) {
  RETURN_IF_ERROR(check_lists(*place));
  return HlsFolder(std::move(place));
}

void HlsFolder::give_up() const { place_->give_up(); }

bool HlsFolder::is_there(const std::string& path) const {
  return there_.contains(path.substr(place_->name().size() + 1));
}

Status HlsFolder::start(const HlsInfo& info, const std::vector<HlsTrack>& tracks,
                        std::optional<plan::Thumbnails> thumbnails) {
  info_ = info;
  thumbnails_ = std::move(thumbnails);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, place_->names());
  there_.insert(names.begin(), names.end());
  int64_t target_seconds = 0;
  for (const HlsTrack& t : tracks) {
    target_seconds = std::max(target_seconds, plan::target_seconds(t.durations));
  }
  for (const HlsTrack& t : tracks) {
    Track track{.about = t,
                .list = {.header = t.is_text() ? "" : header_name(t),
                         .pieces = {},
                         .target_seconds = target_seconds}};
    for (size_t i = 0; i < t.durations.size(); ++i) {
      track.list.pieces.push_back({piece_name(t, i), t.durations[i]});
    }
    RETURN_IF_ERROR(keep_playlist(track));
    tracks_.push_back(std::move(track));
  }
  return remove_older();
}

const HlsFolder::Track* HlsFolder::find(const std::string& name) const {
  const auto at = std::ranges::find(tracks_, name, &Track::name);
  return at != tracks_.end() ? &*at : nullptr;
}

HlsFolder::Track& HlsFolder::track(const std::string& name) {
  return *std::ranges::find(tracks_, name, &Track::name);
}

const HlsFolder::Track* HlsFolder::heard() const {
  const Track* preview = finished_ ? nullptr : find("preview");
  return preview != nullptr ? preview : find("audio");
}

// Its pieces are whole, and are the same that will be made.
Status HlsFolder::keep_playlist(Track& track) const {
  const std::string playlist = playlist_name(track.about);
  if (!there_.contains(playlist)) return {};
  ASSIGN_OR_RETURN(const std::string text, place_->read(playlist));
  size_t listed = 0;
  for (size_t at = 0; (at = text.find("#EXTINF", at)) != std::string::npos; ++at) ++listed;
  const bool open = !text.ends_with(plan::kPlaylistEnd);
  if (text != plan::media_playlist(track.list, listed, open)) return {};
  track.listed = listed;
  track.ended = !open;
  return {};
}

bool HlsFolder::may_end(const Track& track) const {
  if (track.about.is_text()) return true;
  const Track* sound = heard();
  if (track.about.is_picture() && sound != nullptr && !sound->is_whole()) return false;
  return std::ranges::all_of(tracks_,
                             [](const Track& t) { return !t.about.is_picture() || t.is_whole(); });
}

Status HlsFolder::write_playlists() {
  for (Track& t : tracks_) {
    const bool ends = t.is_whole() && may_end(t);
    // One that was there before, and says more already, stays as it is.
    if (!t.can_be_played() || t.ended) continue;
    if (t.bytes.size() < t.listed || (t.bytes.size() == t.listed && !ends)) continue;
    RETURN_IF_ERROR(
        place_->write(playlist_name(t.about), plan::media_playlist(t.list, t.bytes.size(), !ends)));
    t.listed = t.bytes.size();
    t.ended = ends;
  }
  return {};
}

// Lists first: nobody shall find a mixture of two versions. Of pieces those that no playlist will
// list.
Status HlsFolder::remove_older() {
  const auto stays = [&](const std::string& name) {
    return std::ranges::any_of(
        tracks_, [&](const Track& t) { return t.listed > 0 && name == playlist_name(t.about); });
  };
  std::vector<std::string> lists, pieces;
  for (const std::string& name : there_) {
    if (is_list(name) && !stays(name)) lists.push_back(name);
    const auto ours = of_ours(name);
    if (!ours) continue;
    const Track* track = find(ours->track);
    const bool current = track != nullptr
                             ? track->about.version == ours->version
                             : thumbnails_ && name.starts_with(thumbnails_->stem + "_");
    if (!current) pieces.push_back(name);
  }
  RETURN_IF_ERROR(place_->remove(lists));
  RETURN_IF_ERROR(place_->remove(pieces));
  for (const std::string& name : lists) there_.erase(name);
  for (const std::string& name : pieces) there_.erase(name);
  return {};
}

std::string HlsFolder::header_path(const std::string& track) const {
  return path_of(header_name(find(track)->about));
}

std::string HlsFolder::piece_path(const std::string& track, size_t i) const {
  return path_of(piece_name(find(track)->about, i));
}

std::string HlsFolder::sheet_path(size_t i) const {
  return path_of(fmt::format("{}_{:05}.jpg", thumbnails_->stem, i));
}

uint64_t HlsFolder::bytes() const {
  uint64_t sum = 0;
  for (const Track& t : tracks_) sum = std::accumulate(t.bytes.begin(), t.bytes.end(), sum);
  return sum;
}

nlohmann::json HlsFolder::report() const {
  nlohmann::json list = nlohmann::json::array();
  for (const Track& t : tracks_) {
    if (!t.about.is_picture()) continue;
    list.push_back({{"name", t.about.name},
                    {"width", t.about.width},
                    {"height", t.about.height},
                    {"codec", t.codec},
                    {"pieces", t.bytes.size()},
                    {"bytes", std::accumulate(t.bytes.begin(), t.bytes.end(), uint64_t{0})},
                    {"peak", plan::peak_bit_rate(t.list, t.bytes)},
                    {"average", plan::average_bit_rate(t.list, t.bytes)}});
  }
  return list;
}

Status HlsFolder::take(const std::string& track, const nlohmann::json& piece) {
  Track& t = this->track(track);
  // All of it comes out of the jail.
  if (t.about.is_text() && piece.contains("whole")) {
    t.codec = "text";
  } else if (piece.contains("codec")) {
    t.codec = exec::text_of(piece, "codec");
    if (!is_codec(t.codec)) return base::internal("no name of a codec");
  } else {
    if (exec::number_of(piece, "number") != static_cast<int64_t>(t.bytes.size())) return {};
    const int64_t bytes = exec::number_of(piece, "bytes");
    const int64_t key_bytes = exec::number_of(piece, "key_bytes");
    if (bytes < 1 || key_bytes < 0 || key_bytes > bytes)
      return base::internal("a piece of no size");
    t.bytes.push_back(static_cast<uint64_t>(bytes));
    t.key_bytes.push_back(static_cast<uint64_t>(key_bytes));
  }
  if (const auto known = piece.find("reused"); known != piece.end() && *known == true) ++reused_;
  if (!t.can_be_played()) return {};
  RETURN_IF_ERROR(write_playlists());
  return write_master();
}

Status HlsFolder::finish() {
  finished_ = true;
  RETURN_IF_ERROR(write_playlists());
  RETURN_IF_ERROR(write_keyframes());
  RETURN_IF_ERROR(write_manifest());
  if (thumbnails_) {
    RETURN_IF_ERROR(place_->write(kThumbnails, plan::thumbnails_vtt(*thumbnails_)));
  }
  RETURN_IF_ERROR(write_master());
  return place_->flush();
}

Status HlsFolder::write_keyframes() const {
  for (const Track& t : tracks_) {
    if (!t.about.is_picture()) continue;
    RETURN_IF_ERROR(
        place_->write(keyframes_name(t.about), plan::keyframe_playlist(t.list, t.key_bytes)));
  }
  return {};
}

plan::DashTrack HlsFolder::dash_track(const Track& track, int64_t timescale) const {
  plan::DashTrack out{.name = stem(track.about),
                      .codec = track.codec,
                      .bit_rate = plan::peak_bit_rate(track.list, track.bytes),
                      .timescale = timescale,
                      .durations = {},
                      .width = track.about.width,
                      .height = track.about.height};
  for (const base::Rational& d : track.about.durations) {
    out.durations.push_back((d * timescale).round());
  }
  return out;
}

Status HlsFolder::write_manifest() const {
  plan::DashManifest out{
      .fps = info_.fps, .sample_rate = info_.sample_rate, .channels = info_.channels};
  for (const Track& t : tracks_) {
    // A frame is a whole number of these.
    if (t.about.is_picture()) out.pictures.push_back(dash_track(t, info_.fps.num()));
  }
  for (const Track& t : tracks_) {
    if (t.about.is_text()) out.subtitles.push_back({header_name(t.about), t.about.language});
  }
  for (const base::Rational& d : tracks_.front().about.durations) out.duration += d;
  if (const Track* sound = heard()) out.sounds = {dash_track(*sound, info_.sample_rate)};
  return place_->write(kManifest, plan::dash_manifest(out));
}

// What is fetched beside a picture: the sound, and the largest of the subtitles.
HlsFolder::Rates HlsFolder::beside() const {
  Rates out, text;
  for (const Track& t : tracks_) {
    const Rates rates = {plan::peak_bit_rate(t.list, t.bytes),
                         plan::average_bit_rate(t.list, t.bytes)};
    if (t.about.is_text()) {
      text = {std::max(text.peak, rates.peak), std::max(text.average, rates.average)};
    } else if (&t == heard()) {
      out = rates;
    }
  }
  return {out.peak + text.peak, out.average + text.average};
}

Status HlsFolder::write_master() {
  plan::MasterPlaylist now{.fps = info_.fps};
  const Track* sound = heard();
  if (sound != nullptr && !sound->can_be_played()) return {};
  if (sound != nullptr) {
    now.sound = {.playlist = playlist_name(sound->about),
                 .codec = sound->codec,
                 .channels = info_.channels,
                 .preview = sound->about.name == "preview"};
  }
  const Rates also = beside();
  for (const Track& t : tracks_) {
    if (t.about.is_text() && t.can_be_played()) {
      now.subtitles.push_back({playlist_name(t.about), t.about.language});
    }
    if (!t.about.is_picture()) continue;
    if (!t.can_be_played()) return {};
    plan::PictureRendition p{.width = t.about.width,
                             .height = t.about.height,
                             .playlist = playlist_name(t.about),
                             .codec = t.codec,
                             .bit_rate = plan::peak_bit_rate(t.list, t.bytes) + also.peak};
    if (finished_) {
      p.average = plan::average_bit_rate(t.list, t.bytes) + also.average;
      p.keyframes = keyframes_name(t.about);
      p.keyframe_rate = plan::peak_bit_rate(t.list, t.key_bytes);
    }
    now.pictures.push_back(std::move(p));
  }
  const std::string text = plan::master_playlist(now);
  if (text == master_text_) return {};
  RETURN_IF_ERROR(place_->write(kMaster, text));
  master_text_ = text;
  return {};
}

}  // namespace rushes::app
