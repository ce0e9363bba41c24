#pragma once

// The containers and decoders that outside input may reach. Everything else in libav stays unused.

#include <array>
#include <string>
#include <string_view>

namespace rushes::media {

struct AllowedContainer {
  std::string_view libav_name;
  std::string_view name;  // ours
  bool seeks_exactly;     // see Demuxer
};

inline constexpr std::array kContainers = {
    AllowedContainer{"mov,mp4,m4a,3gp,3g2,mj2", "mp4", true},
    AllowedContainer{"matroska,webm", "matroska", true},
    AllowedContainer{"avi", "avi", false},
    AllowedContainer{"mpegts", "mpegts", true},
    AllowedContainer{"mpeg", "mpeg", false},
    AllowedContainer{"flv", "flv", false},
    AllowedContainer{"asf", "asf", false},
    AllowedContainer{"mxf", "mxf", false},
    AllowedContainer{"nut", "nut", false},
    AllowedContainer{"ivf", "ivf", false},
    AllowedContainer{"gif", "gif", false},
    AllowedContainer{"ogg", "ogg", false},
    AllowedContainer{"wav", "wav", true},
    AllowedContainer{"w64", "w64", true},
    AllowedContainer{"aiff", "aiff", true},
    AllowedContainer{"caf", "caf", false},
    AllowedContainer{"au", "au", false},
    AllowedContainer{"mp3", "mp3", false},
    AllowedContainer{"aac", "aac", false},
    AllowedContainer{"flac", "flac", false},
    AllowedContainer{"ac3", "ac3", false},
    AllowedContainer{"eac3", "eac3", false},
    AllowedContainer{"h264", "h264", false},
    AllowedContainer{"hevc", "hevc", false},
    AllowedContainer{"m4v", "m4v", false},
};

// Decoders by libav's names.
inline constexpr std::string_view kDecoders =
    "h264,hevc,libdav1d,av1,vp8,vp9,libvpx,libvpx-vp9,mpeg1video,mpeg2video,mpeg4,msmpeg4,"
    "msmpeg4v2,h263,vc1,wmv3,mjpeg,prores,dnxhd,ffv1,huffyuv,ffvhuff,utvideo,qtrle,cfhd,rawvideo,"
    "dvvideo,png,gif,webp,theora,"
    "aac,mp3,mp3float,mp2,mp2float,libopus,vorbis,flac,alac,ac3,eac3,dca,wmav1,wmav2,wavpack,"
    "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,"
    "pcm_f32be,pcm_f64le,pcm_f64be,pcm_mulaw,pcm_alaw,pcm_dvd,pcm_bluray,adpcm_ms,adpcm_ima_wav,"
    "adpcm_ima_qt,amrnb,amrwb";

constexpr bool is_allowed_decoder(std::string_view name) {
  std::string_view rest = kDecoders;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    if (rest.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace rushes::media
