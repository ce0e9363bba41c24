#include "plan/hls.h"

#include <algorithm>

namespace rushes::plan {
namespace {

// Of AAC: what a packet holds. Packets begin at whole multiples of it, before 0 too.
constexpr int64_t kPacketSamples = 1024;
// Durations are written in millionths of a second.
constexpr int kDigits = 6;
constexpr int64_t kUnits = 1'000'000;

std::string begin() {
  return std::string(kPlaylistMark) +
         "#EXT-X-VERSION:7\n"
         "#EXT-X-INDEPENDENT-SEGMENTS\n";
}

// Without a remainder of digits, "8.008", of a number that is not negative.
std::string decimal(int64_t value, int digits) {
  std::string text = std::to_string(value);
  const auto least = static_cast<size_t>(digits) + 1;
  if (text.size() < least) text.insert(0, least - text.size(), '0');
  text.insert(text.size() - static_cast<size_t>(digits), 1, '.');
  return text;
}

}  // namespace

std::vector<SoundPiece> sound_pieces(const std::vector<Segment>& segments, const SoundCut& cut) {
  std::vector<SoundPiece> pieces;
  const auto at = [&](int64_t frame) {
    return (Rational(frame - segments.front().first) / cut.fps * cut.sample_rate).round();
  };
  const int64_t end = at(segments.back().end);
  int64_t first = 0;
  for (const Segment& s : segments) {
    const int64_t packets = (at(s.end) + kPacketSamples - 1) / kPacketSamples;
    const int64_t piece_end = std::min(packets * kPacketSamples, end);
    if (piece_end > first) pieces.push_back({first, piece_end});
    first = std::max(first, piece_end);
  }
  return pieces;
}

int64_t target_seconds(const std::vector<Rational>& durations) {
  int64_t longest = 1;
  // What is written may be a unit longer.
  for (const Rational& d : durations)
    longest = std::max(longest, (d + Rational(1, kUnits)).round());
  return longest;
}

std::string media_playlist(const MediaPlaylist& list, size_t ready, bool open) {
  std::string text = begin();
  text += "#EXT-X-TARGETDURATION:" + std::to_string(list.target_seconds) + "\n";
  text += "#EXT-X-MEDIA-SEQUENCE:0\n";
  text += "#EXT-X-PLAYLIST-TYPE:EVENT\n";
  // Players would begin at the end of what there is.
  text += "#EXT-X-START:TIME-OFFSET=0\n";
  text += "#EXT-X-MAP:URI=\"" + list.header + "\"\n";
  Rational end(0);
  int64_t told = 0;  // so that rounding does not add up
  for (size_t i = 0; i < std::min(ready, list.pieces.size()); ++i) {
    end += list.pieces[i].duration;
    const int64_t now = (end * kUnits).round();
    text += "#EXTINF:" + decimal(now - told, kDigits) + ",\n" + list.pieces[i].name + "\n";
    told = now;
  }
  if (ready >= list.pieces.size() && !open) text += kPlaylistEnd;
  return text;
}

int64_t peak_bit_rate(const MediaPlaylist& list, const std::vector<uint64_t>& bytes) {
  int64_t peak = 0;
  for (size_t i = 0; i < std::min(bytes.size(), list.pieces.size()); ++i) {
    const Rational bits(static_cast<int64_t>(bytes[i]) * 8);
    peak = std::max(peak, (bits / list.pieces[i].duration).round());
  }
  return peak;
}

std::string master_playlist(const MasterPlaylist& m) {
  std::string text = begin();
  std::string codecs = m.video_codec;
  std::string group;
  if (m.sound) {
    codecs += "," + m.sound->codec;
    group = ",AUDIO=\"sound\"";
    const char* name = m.sound->preview ? "Preview, loudness not adjusted" : "Sound";
    if (m.sound->preview) {
      text +=
          "#EXT-X-SESSION-DATA:DATA-ID=\"rushes.sound\","
          "VALUE=\"preview, loudness not adjusted\"\n";
    }
    text += "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"" + std::string(name) +
            "\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"" + std::to_string(m.sound->channels) +
            "\",URI=\"" + m.sound->playlist + "\"\n";
  }
  text += "#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(m.bit_rate) + ",CODECS=\"" + codecs +
          "\",RESOLUTION=" + std::to_string(m.width) + "x" + std::to_string(m.height) +
          ",FRAME-RATE=" + decimal((m.fps * 1000).round(), 3) + group + "\n" + m.video + "\n";
  return text;
}

}  // namespace rushes::plan
