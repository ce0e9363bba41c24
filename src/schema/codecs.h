#pragma once

// What can be encoded, how, and into which files. Every layer that has to know asks here; how an
// encoder is asked for what stands here is known to media alone.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "schema/limits.h"

namespace rushes::schema {

// One of an encoder's own names for how thorough it is: "preset". Of an encoder without crf, for
// how good its pictures are.
struct Speed {
  std::string_view name;
  int lookahead = 0;  // pictures that it looks ahead at
};

// From sizes to qualities (plan/rate.h): stills in slow motion under captions come to so many bits
// a pixel at that quality, and their size halves every 1/slope.
struct RateModel {
  double bits = 0, crf = 0, slope = 0;
  double lowest = 0, highest = 0, step = 0;  // qualities that are tried
};

// About what an encoder holds in memory, in pictures.
struct EncoderMemory {
  double picture = 0;          // what one comes to, with all that is kept beside it
  int held = 0, a_thread = 0;  // references and reordered ones; for each of its threads
};

struct VideoCodec {
  std::string_view name;                // as documents have it: "hevc"
  std::string_view device;              // hardware that does it; empty: software
  std::string_view title;               // as messages have it: "HEVC"
  std::string_view encoder;             // "libx265"
  std::string_view pixels = "yuv420p";  // that a file of it holds, by libav's name
  std::span<const Speed> speeds;
  std::string_view usual_speed, quickest;
  bool has_crf = true;                    // else "preset" alone says the quality
  double best_crf = 0, worst_crf = 0;     // crf: lower is better
  bool whole_crf = false;                 // no fractions
  double usual_crf = 0, preview_crf = 0;  // usual: about as good as H.264 at 21
  int most_threads = 1;                   // with more the bytes would not be the same in every run
  int least_side = kMinSide;              // of a picture
  int least_gop = 1;                      // frames from one keyframe to the next
  bool hls = false;                       // it goes into pieces (plan/hls.h)
  int most_fps = 0;                       // frames a second; 0: any number
  int good_seconds = 0;                   // longer files are warned of; 0: none are
  bool lossless = false;                  // it can be
  bool buffer = false;                    // it keeps to "maxrate" by itself (else plan/cap.h)
  std::string_view sound;                 // usual beside it, where the file holds that
  RateModel rate;
  EncoderMemory memory;

  const Speed* speed(std::string_view name) const;  // null: it has none of that name
};

struct AudioCodec {
  std::string_view name;
  std::string_view title;
  std::string_view encoder;
  int only_rate = 0;                            // samples a second; 0: any
  int64_t least_bitrate = 0, most_bitrate = 0;  // none: it has no choice
  bool hls = false;                             // its packets are cut into pieces (plan/hls.h)
};

// A kind of file. Its name is what files of it end in, too.
struct Container {
  std::string_view name;
  std::string_view media_type;  // of RFC 6838, for who serves it
  // What it can hold; the first is what it holds if nothing else is said. No video: sound alone.
  // No audio: what would be heard is left out.
  std::span<const std::string_view> video, audio;

  bool holds_video(std::string_view codec) const;
  bool holds_audio(std::string_view codec) const;
};

// Hardware that encodes ("nvenc", "qsv", "vaapi"), in the order in which it is tried. Codecs and
// their settings are those of software: how close a device comes to what they mean is its own.
std::span<const std::string_view> encoder_devices();
// In the place of a device: whichever works, before a program is rendered.
inline constexpr std::string_view kAutoEncoder = "auto";
// That of no device, in documents and on the command line.
inline constexpr std::string_view kSoftwareEncoder = "software";

// In the place of a video codec, of what is heard alone.
inline constexpr std::string_view kNoPicture = "none";

std::span<const VideoCodec> video_codecs();
std::span<const Container> containers();
// Null: there is none of that name.
// By `device`; empty or kAutoEncoder: by software. Null too if the device has no encoder of it.
const VideoCodec* find_video_codec(std::string_view name, std::string_view device = {});
const AudioCodec* find_audio_codec(std::string_view name);
const Container* find_container(std::string_view name);
// By the ending of a path, in either case; null: it is none of ours.
const Container* container_of(std::string_view path);

// "mp4 holds h264 or hevc with aac; mov ...": for messages.
std::string what_goes_together();

}  // namespace rushes::schema
