#include "plan/hls.h"

#include <algorithm>
#include <utility>

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

// The lines that tell them, so that rounding does not add up.
class Durations {
 public:
  std::string next(const Rational& duration) {
    end_ += duration;
    const int64_t now = (end_ * kUnits).round();
    const int64_t length = now - std::exchange(told_, now);
    return "#EXTINF:" + decimal(length, kDigits) + ",\n";
  }

 private:
  Rational end_ = 0;
  int64_t told_ = 0;
};

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
  if (!list.header.empty()) text += "#EXT-X-MAP:URI=\"" + list.header + "\"\n";
  Durations durations;
  for (size_t i = 0; i < std::min(ready, list.pieces.size()); ++i) {
    text += durations.next(list.pieces[i].duration) + list.pieces[i].name + "\n";
  }
  if (ready >= list.pieces.size() && !open) text += kPlaylistEnd;
  return text;
}

std::string keyframe_playlist(const MediaPlaylist& list, const std::vector<uint64_t>& ends) {
  std::string text = begin();
  text += "#EXT-X-TARGETDURATION:" + std::to_string(list.target_seconds) + "\n";
  text += "#EXT-X-MEDIA-SEQUENCE:0\n";
  text += "#EXT-X-PLAYLIST-TYPE:EVENT\n";  // as all others: RFC 8216, 6.2.4
  text += "#EXT-X-I-FRAMES-ONLY\n";
  text += "#EXT-X-MAP:URI=\"" + list.header + "\"\n";
  Durations durations;
  for (size_t i = 0; i < std::min(ends.size(), list.pieces.size()); ++i) {
    text += durations.next(list.pieces[i].duration);
    text += "#EXT-X-BYTERANGE:" + std::to_string(ends[i]) + "@0\n" + list.pieces[i].name + "\n";
  }
  return text + kPlaylistEnd;
}

int64_t peak_bit_rate(const MediaPlaylist& list, const std::vector<uint64_t>& bytes) {
  int64_t peak = 0;
  for (size_t i = 0; i < std::min(bytes.size(), list.pieces.size()); ++i) {
    const Rational bits(static_cast<int64_t>(bytes[i]) * 8);
    peak = std::max(peak, (bits / list.pieces[i].duration).round());
  }
  return peak;
}

int64_t average_bit_rate(const MediaPlaylist& list, const std::vector<uint64_t>& bytes) {
  Rational seconds(0);
  int64_t bits = 0;
  for (size_t i = 0; i < std::min(bytes.size(), list.pieces.size()); ++i) {
    bits += static_cast<int64_t>(bytes[i]) * 8;
    seconds += list.pieces[i].duration;
  }
  return seconds > 0 ? (Rational(bits) / seconds).round() : 0;
}

namespace {

std::string size_of(const PictureRendition& p) {
  return ",RESOLUTION=" + std::to_string(p.width) + "x" + std::to_string(p.height);
}

std::string sound_line(const SoundRendition& sound) {
  std::string text;
  if (sound.preview) {
    text +=
        "#EXT-X-SESSION-DATA:DATA-ID=\"rushes.sound\","
        "VALUE=\"preview, loudness not adjusted\"\n";
  }
  const char* name = sound.preview ? "Preview, loudness not adjusted" : "Sound";
  return text + "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"" + name +
         "\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"" + std::to_string(sound.channels) +
         "\",URI=\"" + sound.playlist + "\"\n";
}

std::string subtitle_line(const SubtitleRendition& subtitles) {
  std::string text = "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subtitles\",NAME=\"";
  text += subtitles.language.empty() ? "Subtitles" : "Subtitles (" + subtitles.language + ")";
  text += "\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO";
  if (!subtitles.language.empty()) text += ",LANGUAGE=\"" + subtitles.language + "\"";
  return text + ",URI=\"" + subtitles.playlist + "\"\n";
}

}  // namespace

std::string master_playlist(const MasterPlaylist& m) {
  std::string text = begin();
  if (m.sound) text += sound_line(*m.sound);
  for (const SubtitleRendition& s : m.subtitles) text += subtitle_line(s);
  for (const PictureRendition& p : m.pictures) {
    text += "#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(p.bit_rate);
    if (p.average > 0) text += ",AVERAGE-BANDWIDTH=" + std::to_string(p.average);
    text += ",CODECS=\"" + p.codec + (m.sound ? "," + m.sound->codec : "") + "\"" + size_of(p) +
            ",FRAME-RATE=" + decimal((m.fps * 1000).round(), 3);
    if (m.sound) text += ",AUDIO=\"sound\"";
    if (!m.subtitles.empty()) text += ",SUBTITLES=\"subtitles\"";
    text += "\n" + p.playlist + "\n";
  }
  for (const PictureRendition& p : m.pictures) {
    if (p.keyframes.empty()) continue;
    text += "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=" + std::to_string(p.keyframe_rate) +
            ",CODECS=\"" + p.codec + "\"" + size_of(p) + ",URI=\"" + p.keyframes + "\"\n";
  }
  return text;
}

}  // namespace rushes::plan
