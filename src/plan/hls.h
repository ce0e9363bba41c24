#pragma once

// A program as HTTP Live Streaming (RFC 8216), while it is being rendered: where its sound is cut
// into pieces, and the text of playlists. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/rational.h"
#include "plan/cut.h"

namespace rushes::plan {

using base::Rational;

// Samples [first, end) of the sound, whole packets of it.
struct SoundPiece {
  int64_t first = 0;
  int64_t end = 0;
  friend bool operator==(const SoundPiece&, const SoundPiece&) = default;
};

struct SoundCut {
  Rational fps;
  int sample_rate = 0;
};

// About one for each segment: its end is that of the packet in which the segment ends. The first
// holds the priming too, which nobody hears. Where packets are longer than segments, there are
// fewer pieces.
std::vector<SoundPiece> sound_pieces(const std::vector<Segment>& segments, const SoundCut& cut);

// How every playlist of ours begins.
inline constexpr char kPlaylistMark[] = "#EXTM3U\n# Rushes\n";
inline constexpr char kPlaylistEnd[] = "#EXT-X-ENDLIST\n";

// A video or a sound in pieces.
struct MediaPlaylist {
  std::string header;  // by its name beside the playlist, as everything here; empty: none
  struct Piece {
    std::string name;
    Rational duration;
  };
  std::vector<Piece> pieces;   // all that there will be
  int64_t target_seconds = 0;  // of all playlists of a master the same: the largest of them
};

// The least that its playlist may promise: no piece is longer, in whole seconds.
int64_t target_seconds(const std::vector<Rational>& durations);

// With the first `ready` pieces; only grows with them. It ends when all are there, unless another
// that goes with it does not end yet (`open`).
std::string media_playlist(const MediaPlaylist& list, size_t ready, bool open = false);

// The keyframes that pieces begin with, for those who skim (section 4.3.3.6): bytes [0, end) of
// each piece. All of them, once all pieces are there.
std::string keyframe_playlist(const MediaPlaylist& list, const std::vector<uint64_t>& ends);

// Bytes and duration of the pieces that are there: the largest bit rate of any, and that of all.
int64_t peak_bit_rate(const MediaPlaylist& list, const std::vector<uint64_t>& bytes);
int64_t average_bit_rate(const MediaPlaylist& list, const std::vector<uint64_t>& bytes);

struct SoundRendition {
  std::string playlist;
  std::string codec;
  int channels = 0;
  bool preview = false;  // its loudness is not adjusted, and it says so
};

// One of the sizes that players choose from.
struct PictureRendition {
  int width = 0, height = 0;
  std::string playlist;
  std::string codec;          // "avc1.64001f"
  int64_t bit_rate = 0;       // peak, of picture and sound together
  int64_t average = 0;        // likewise; 0: not known yet
  std::string keyframes;      // playlist; may be empty
  int64_t keyframe_rate = 0;  // peak, in bits a second
};

struct SubtitleRendition {
  std::string playlist;
  std::string language;  // "en", "pt-br"; may be empty
};

struct MasterPlaylist {
  Rational fps;
  std::vector<PictureRendition> pictures;  // players begin with the first
  std::optional<SoundRendition> sound;
  std::vector<SubtitleRendition> subtitles;
};

std::string master_playlist(const MasterPlaylist& master);

}  // namespace rushes::plan
