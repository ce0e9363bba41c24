#include "media/packet.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rushes::media {
namespace {

constexpr std::array<std::pair<std::string_view, Codec>, 9> kNames = {{{"h264", Codec::kH264},
                                                                       {"aac", Codec::kAac},
                                                                       {"hevc", Codec::kHevc},
                                                                       {"opus", Codec::kOpus},
                                                                       {"av1", Codec::kAv1},
                                                                       {"vp9", Codec::kVp9},
                                                                       {"prores", Codec::kProres},
                                                                       {"pcm", Codec::kPcm},
                                                                       {"gif", Codec::kGif}}};

}  // namespace

std::optional<Codec> codec_named(std::string_view name) {
  for (const auto& [known, codec] : kNames) {
    if (known == name) return codec;
  }
  return std::nullopt;
}

std::string_view name_of(Codec codec) {
  for (const auto& [name, known] : kNames) {
    if (known == codec) return name;
  }
  return "";
}

}  // namespace rushes::media
