#include "versions.h"

#include <link.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rushes {
namespace {

// Those that can change pixels, samples or bytes.
constexpr std::array<std::string_view, 20> kInteresting = {"libavcodec",
                                                           "libavformat",
                                                           "libavutil",
                                                           "libswresample",
                                                           "libx264",
                                                           "libx265",
                                                           "libvpx",
                                                           "libdav1d",
                                                           "libaom",
                                                           "libopus",
                                                           "libwebp",
                                                           "libpango-1.0",
                                                           "libpangocairo-1.0",
                                                           "libcairo",
                                                           "libharfbuzz",
                                                           "libfreetype",
                                                           "libfontconfig",
                                                           "libass",
                                                           "libebur128",
                                                           "librubberband"};

// "/usr/lib/x86_64-linux-gnu/libavcodec.so.59" is a link to libavcodec.so.59.37.100: the name of
// the file behind it tells the version.
int add_library(dl_phdr_info* info, size_t /*size*/, void* data) {
  auto& lines = *static_cast<std::vector<std::string>*>(data);
  const std::unique_ptr<char, void (*)(void*)> real(realpath(info->dlpi_name, nullptr), free);
  if (real == nullptr) return 0;
  const std::string path = real.get();
  const std::string file = path.substr(path.rfind('/') + 1);
  const size_t so = file.find(".so.");
  if (so == std::string::npos) return 0;
  const std::string name = file.substr(0, so);
  if (std::find(kInteresting.begin(), kInteresting.end(), name) == kInteresting.end()) return 0;
  lines.push_back(name + " " + file.substr(so + 4));
  return 0;
}

}  // namespace

void print_versions() {
  std::vector<std::string> lines;
  dl_iterate_phdr(add_library, &lines);
  std::sort(lines.begin(), lines.end());
  std::printf("rushes-engine %s\n", RUSHES_VERSION);
  for (const std::string& line : lines) std::printf("%s\n", line.c_str());
}

}  // namespace rushes
