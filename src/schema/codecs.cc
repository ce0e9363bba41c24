#include "schema/codecs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

namespace rushes::schema {
namespace {

// With the encoders' rc-lookahead.
constexpr std::array kX264Speeds = {
    Speed{"ultrafast", 0}, Speed{"superfast", 0}, Speed{"veryfast", 10}, Speed{"faster", 20},
    Speed{"fast", 30},     Speed{"medium", 40},   Speed{"slow", 50},     Speed{"slower", 60},
    Speed{"veryslow", 60}, Speed{"placebo", 60}};
constexpr std::array kX265Speeds = {
    Speed{"ultrafast", 5}, Speed{"superfast", 10}, Speed{"veryfast", 15}, Speed{"faster", 15},
    Speed{"fast", 15},     Speed{"medium", 20},    Speed{"slow", 25},     Speed{"slower", 40},
    Speed{"veryslow", 40}, Speed{"placebo", 60}};
// What it holds more than at 9 and above.
constexpr std::array kSvtAv1Speeds = {Speed{"4", 50}, Speed{"5", 30}, Speed{"6", 15},
                                      Speed{"7", 10}, Speed{"8", 5},  Speed{"9", 0},
                                      Speed{"10", 0}, Speed{"11", 0}, Speed{"12", 0}};
constexpr std::array kVp9Speeds = {Speed{"0", 25}, Speed{"1", 25}, Speed{"2", 25},
                                   Speed{"3", 25}, Speed{"4", 25}, Speed{"5", 25}};
constexpr std::array kProresProfiles = {Speed{"proxy"}, Speed{"lt"}, Speed{"standard"},
                                        Speed{"hq"}};
// By how carefully colours are chosen.
constexpr std::array kGifSpeeds = {Speed{"fast"}, Speed{"medium"}};

constexpr std::array kVideoCodecs = {
    VideoCodec{
        .name = "h264",
        .title = "H.264",
        .encoder = "libx264",
        .speeds = kX264Speeds,
        .usual_speed = "veryfast",
        .quickest = "ultrafast",
        .best_crf = 0,
        .worst_crf = 51,
        .usual_crf = 21,
        .preview_crf = 28,
        .most_threads = 16,
        .hls = true,
        .lossless = true,
        .buffer = true,
        .rate = {.bits = 0.048, .crf = 24, .slope = 0.2, .lowest = 4, .highest = 48, .step = 0.25},
        // Half-pixel planes, and the half size.
        .memory = {.picture = 3, .held = 8, .a_thread = 2}},
    VideoCodec{
        .name = "hevc",
        .title = "HEVC",
        .encoder = "libx265",
        .speeds = kX265Speeds,
        .usual_speed = "veryfast",
        .quickest = "ultrafast",
        .best_crf = 0,
        .worst_crf = 51,
        .usual_crf = 23,
        .preview_crf = 30,
        .most_threads = 1,
        .hls = true,
        .lossless = true,
        .buffer = true,
        .rate = {.bits = 0.050, .crf = 24, .slope = 0.2, .lowest = 4, .highest = 48, .step = 0.25},
        .memory = {.picture = 3.5, .held = 8, .a_thread = 3}},
    VideoCodec{
        .name = "av1",
        .title = "AV1",
        .encoder = "libsvtav1",
        .speeds = kSvtAv1Speeds,
        .usual_speed = "10",
        .quickest = "12",
        .best_crf = 1,
        .worst_crf = 63,
        .whole_crf = true,
        .usual_crf = 35,
        .preview_crf = 45,
        .most_threads = 16,
        .least_side = 64,
        .least_gop = 2,
        .hls = true,
        .rate = {.bits = 0.052, .crf = 35, .slope = 0.075, .lowest = 2, .highest = 62, .step = 1},
        // Measured as a whole: it holds a fixed number of pictures, of all kinds.
        .memory = {.picture = 1.1, .held = 80, .a_thread = 12}},
    VideoCodec{
        .name = "vp9",
        .title = "VP9",
        .encoder = "libvpx-vp9",
        .speeds = kVp9Speeds,
        .usual_speed = "4",
        .quickest = "5",
        .best_crf = 0,
        .worst_crf = 63,
        .whole_crf = true,
        .usual_crf = 26,
        .preview_crf = 40,
        .most_threads = 16,
        .lossless = true,
        .rate = {.bits = 0.073, .crf = 35, .slope = 0.135, .lowest = 2, .highest = 62, .step = 1},
        .memory = {.picture = 1.75, .held = 20, .a_thread = 1}},
    VideoCodec{.name = "prores",
               .title = "ProRes",
               .encoder = "prores_ks",
               .pixels = "yuv422p10le",
               .speeds = kProresProfiles,
               .usual_speed = "standard",
               .quickest = "proxy",
               .has_crf = false,
               .most_threads = 16,
               .sound = "pcm",
               .memory = {.picture = 2.7, .held = 4, .a_thread = 1}},
    VideoCodec{.name = "gif",
               .title = "GIF",
               .encoder = "rushes",
               .pixels = "bgra",
               .speeds = kGifSpeeds,
               .usual_speed = "medium",
               .quickest = "fast",
               .has_crf = false,
               // Times are hundredths of a second, and players take less than two of them for ten.
               .most_fps = 50,
               .good_seconds = 60,
               // All that share a palette, and six for what is drawn.
               .memory = {.picture = 1, .held = 134}},
};

// The settings of software keep their names and their scale (media/hardware_settings.cc). Frames go
// to the device and come back as packets: what is held here is a queue.
constexpr VideoCodec by_device(VideoCodec codec, std::string_view device,
                               std::string_view encoder) {
  codec.device = device;
  codec.encoder = encoder;
  codec.most_threads = 1;
  codec.lossless = false;
  codec.buffer = false;
  if (device != "nvenc") codec.rate.step = 1;  // whole numbers alone make a difference
  codec.memory = {.picture = 1.5, .held = 8, .a_thread = 0};
  return codec;
}

constexpr std::array<std::string_view, 3> kDevices = {"nvenc", "qsv", "vaapi"};
constexpr std::array kByDevice = {
    by_device(kVideoCodecs[0], "nvenc", "h264_nvenc"),
    by_device(kVideoCodecs[1], "nvenc", "hevc_nvenc"),
    by_device(kVideoCodecs[0], "qsv", "h264_qsv"),
    by_device(kVideoCodecs[1], "qsv", "hevc_qsv"),
    by_device(kVideoCodecs[0], "vaapi", "h264_vaapi"),
    by_device(kVideoCodecs[1], "vaapi", "hevc_vaapi"),
};

constexpr std::array kAudioCodecs = {
    AudioCodec{.name = "aac",
               .title = "AAC",
               .encoder = "aac",
               .least_bitrate = 8000,
               .most_bitrate = 512'000,
               .hls = true},
    AudioCodec{.name = "opus",
               .title = "Opus",
               .encoder = "libopus",
               .only_rate = 48000,
               .least_bitrate = 8000,
               .most_bitrate = 510'000},
    AudioCodec{.name = "pcm", .title = "PCM", .encoder = "pcm_s24le"},
};

constexpr std::array<std::string_view, 3> kMp4Video = {"h264", "hevc", "av1"};
constexpr std::array<std::string_view, 3> kMovVideo = {"h264", "hevc", "prores"};
constexpr std::array<std::string_view, 2> kMp4Audio = {"aac", "opus"};
constexpr std::array<std::string_view, 2> kMovAudio = {"aac", "pcm"};
constexpr std::array<std::string_view, 2> kWebmVideo = {"vp9", "av1"};
constexpr std::array<std::string_view, 1> kAac = {"aac"};
constexpr std::array<std::string_view, 1> kOpus = {"opus"};
constexpr std::array<std::string_view, 1> kGif = {"gif"};

constexpr std::array kContainers = {
    Container{.name = "mp4", .media_type = "video/mp4", .video = kMp4Video, .audio = kMp4Audio},
    Container{
        .name = "mov", .media_type = "video/quicktime", .video = kMovVideo, .audio = kMovAudio},
    Container{.name = "webm", .media_type = "video/webm", .video = kWebmVideo, .audio = kOpus},
    Container{.name = "gif", .media_type = "image/gif", .video = kGif, .audio = {}},
    Container{.name = "m4a", .media_type = "audio/mp4", .video = {}, .audio = kAac},
    Container{.name = "opus", .media_type = "audio/ogg", .video = {}, .audio = kOpus},
};

template <class List>
auto* named(const List& list, std::string_view name) {
  const auto at = std::ranges::find(list, name, [](const auto& entry) { return entry.name; });
  return at == list.end() ? nullptr : &*at;
}

bool holds(std::span<const std::string_view> list, std::string_view codec) {
  return std::ranges::find(list, codec) != list.end();
}

}  // namespace

const Speed* VideoCodec::speed(std::string_view wanted) const { return named(speeds, wanted); }

bool Container::holds_video(std::string_view codec) const { return holds(video, codec); }
bool Container::holds_audio(std::string_view codec) const { return holds(audio, codec); }

std::span<const VideoCodec> video_codecs() { return kVideoCodecs; }
std::span<const Container> containers() { return kContainers; }
std::span<const std::string_view> encoder_devices() { return kDevices; }

const VideoCodec* find_video_codec(std::string_view name, std::string_view device) {
  if (device.empty() || device == kAutoEncoder) return named(kVideoCodecs, name);
  const auto at = std::ranges::find_if(kByDevice, [&](const VideoCodec& codec) {
    return codec.name == name && codec.device == device;
  });
  return at == kByDevice.end() ? nullptr : &*at;
}

const AudioCodec* find_audio_codec(std::string_view name) { return named(kAudioCodecs, name); }
const Container* find_container(std::string_view name) { return named(kContainers, name); }

const Container* container_of(std::string_view path) {
  const size_t dot = path.find_last_of("./");
  if (dot == path.npos || path[dot] != '.') return nullptr;
  std::string ending(path.substr(dot + 1));
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return find_container(ending);
}

std::string what_goes_together() {
  std::vector<std::string> parts;
  for (const Container& c : kContainers) {
    std::string part = fmt::format("{} holds {}", c.name, fmt::join(c.video, ", "));
    if (c.video.empty()) part += fmt::format("{} alone", fmt::join(c.audio, ", "));
    if (c.audio.empty()) part += " without sound";
    if (!c.video.empty() && !c.audio.empty())
      part += fmt::format(" with {}", fmt::join(c.audio, ", "));
    parts.push_back(std::move(part));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace rushes::schema
