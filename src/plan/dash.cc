#include "plan/dash.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace rushes::plan {
namespace {

// "PT1H2M3.5S" in seconds alone.
std::string duration_text(const Rational& seconds) {
  const int64_t thousandths = (seconds * 1000).ceil();
  return fmt::format("PT{}.{:03}S", thousandths / 1000, thousandths % 1000);
}

// Pieces of one length after another are told once.
std::string timeline(const std::vector<int64_t>& durations) {
  std::string text = "        <SegmentTimeline>\n";
  for (size_t i = 0; i < durations.size();) {
    size_t end = i + 1;
    while (end < durations.size() && durations[end] == durations[i]) ++end;
    text += fmt::format("          <S {}d=\"{}\"{}/>\n", i == 0 ? "t=\"0\" " : "", durations[i],
                        end - i > 1 ? fmt::format(" r=\"{}\"", end - i - 1) : "");
    i = end;
  }
  return text + "        </SegmentTimeline>\n";
}

std::string pieces(const DashTrack& track) {
  return fmt::format(
             "      <SegmentTemplate timescale=\"{}\" startNumber=\"0\" "
             "initialization=\"$RepresentationID$_header.mp4\" "
             "media=\"$RepresentationID$_$Number%05d$.m4s\">\n",
             track.timescale) +
         timeline(track.durations) + "      </SegmentTemplate>\n";
}

std::string picture(const DashTrack& track, const Rational& fps) {
  return fmt::format(
      "      <Representation id=\"{}\" codecs=\"{}\" bandwidth=\"{}\" width=\"{}\" "
      "height=\"{}\" frameRate=\"{}\" sar=\"1:1\"/>\n",
      track.name, track.codec, track.bit_rate, track.width, track.height, fps.to_string());
}

// Renditions of one codec are one set: players switch between them. Their pieces begin at the same
// times.
std::string pictures(const DashManifest& manifest) {
  std::map<std::string, std::vector<const DashTrack*>> sets;
  for (const DashTrack& track : manifest.pictures) {
    sets[track.codec.substr(0, track.codec.find('.'))].push_back(&track);
  }
  std::string text;
  for (const auto& [codec, tracks] : sets) {
    text +=
        "    <AdaptationSet contentType=\"video\" mimeType=\"video/mp4\" "
        "segmentAlignment=\"true\" startWithSAP=\"1\">\n";
    text += pieces(*tracks[0]);
    for (const DashTrack* track : tracks) text += picture(*track, manifest.fps);
    text += "    </AdaptationSet>\n";
  }
  return text;
}

std::string sounds(const DashManifest& manifest) {
  std::string text;
  for (const DashTrack& track : manifest.sounds) {
    text +=
        "    <AdaptationSet contentType=\"audio\" mimeType=\"audio/mp4\" "
        "segmentAlignment=\"true\" startWithSAP=\"1\">\n" +
        pieces(track) +
        fmt::format(
            "      <Representation id=\"{}\" codecs=\"{}\" bandwidth=\"{}\" "
            "audioSamplingRate=\"{}\">\n"
            "        <AudioChannelConfiguration "
            "schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" "
            "value=\"{}\"/>\n"
            "      </Representation>\n",
            track.name, track.codec, track.bit_rate, manifest.sample_rate, manifest.channels) +
        "    </AdaptationSet>\n";
  }
  return text;
}

std::string subtitles(const DashManifest& manifest) {
  std::string text;
  for (size_t i = 0; i < manifest.subtitles.size(); ++i) {
    const DashSubtitles& s = manifest.subtitles[i];
    const std::string language = s.language.empty() ? "" : fmt::format(" lang=\"{}\"", s.language);
    text += fmt::format(
        "    <AdaptationSet contentType=\"text\" mimeType=\"text/vtt\"{}>\n"
        "      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"subtitle\"/>\n"
        "      <Representation id=\"subtitles_{}\" bandwidth=\"1000\">\n"
        "        <BaseURL>{}</BaseURL>\n"
        "      </Representation>\n"
        "    </AdaptationSet>\n",
        language, i, s.file);
  }
  return text;
}

// The longest piece, in whole seconds: what a player should have before it begins.
Rational longest(const DashManifest& manifest) {
  Rational most(1);
  for (const DashTrack& track : manifest.pictures) {
    for (const int64_t d : track.durations) most = std::max(most, Rational(d, track.timescale));
  }
  return most;
}

}  // namespace

std::string dash_manifest(const DashManifest& manifest) {
  return kManifestMark +
         fmt::format(
             "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
             "profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\" "
             "mediaPresentationDuration=\"{}\" minBufferTime=\"{}\">\n",
             duration_text(manifest.duration), duration_text(longest(manifest))) +
         "  <Period id=\"0\" start=\"PT0S\">\n" + pictures(manifest) + sounds(manifest) +
         subtitles(manifest) + "  </Period>\n</MPD>\n";
}

}  // namespace rushes::plan
