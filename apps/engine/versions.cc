#include "versions.h"

#include <dlfcn.h>
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

// How a library tells its release, looked up by name in what is loaded: most are dependencies of
// dependencies, whose headers nobody here has.
enum class Tells { kNothing, kText, kDecimal, kNibbles, kBytes };

struct Library {
  std::string_view name;
  const char* symbol = nullptr;  // a function without arguments
  Tells tells = Tells::kNothing;
};

// Those that can change pixels, samples or bytes. The files of FFmpeg are named after its own
// versions, and those of x264 and x265 after their builds.
constexpr std::array kLibraries = {
    Library{"libavcodec"},
    Library{"libavformat"},
    Library{"libavutil"},
    Library{"libswresample"},
    Library{"libx264"},
    Library{"libx265"},
    Library{"libSvtAv1Enc", "svt_av1_get_version", Tells::kText},
    Library{"libvpx", "vpx_codec_version_str", Tells::kText},
    Library{"libdav1d", "dav1d_version", Tells::kText},
    Library{"libaom", "aom_codec_version_str", Tells::kText},
    Library{"libopus", "opus_get_version_string", Tells::kText},
    Library{"libwebp", "WebPGetDecoderVersion", Tells::kBytes},
    Library{"libpango-1.0", "pango_version_string", Tells::kText},
    Library{"libcairo", "cairo_version_string", Tells::kText},
    Library{"libharfbuzz", "hb_version_string", Tells::kText},
    Library{"libfreetype"},
    Library{"libfontconfig", "FcGetVersion", Tells::kDecimal},
    Library{"libass", "ass_library_version", Tells::kNibbles},
    Library{"libebur128"},
    Library{"librubberband"},
};

std::string dotted(int a, int b, int c) {
  return std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c);
}

// 0x17 is 17.
int two_digits(int v) { return (v >> 4 & 15) * 10 + (v & 15); }

std::string release_of(const Library& library) {
  void* const symbol = library.symbol != nullptr ? dlsym(RTLD_DEFAULT, library.symbol) : nullptr;
  if (symbol == nullptr) return "";
  if (library.tells == Tells::kText) {
    // "v3.6.0", "libopus 1.3.1"
    const std::string text = reinterpret_cast<const char* (*)()>(symbol)();
    return text.substr(std::min(text.find_first_of("0123456789"), text.size()));
  }
  const int v = reinterpret_cast<int (*)()>(symbol)();
  switch (library.tells) {
    case Tells::kDecimal: return dotted(v / 10000, v / 100 % 100, v % 100);
    case Tells::kNibbles: return dotted(v >> 28 & 15, two_digits(v >> 20), two_digits(v >> 12));
    case Tells::kBytes: return dotted(v >> 16 & 255, v >> 8 & 255, v & 255);
    default: return "";
  }
}

// "/usr/lib/x86_64-linux-gnu/libavcodec.so.59" is a link to libavcodec.so.59.37.100: where a
// library does not tell its release, the name of the file behind it is the best there is.
int add_library(dl_phdr_info* info, size_t /*size*/, void* data) {
  auto& lines = *static_cast<std::vector<std::string>*>(data);
  const std::unique_ptr<char, void (*)(void*)> real(realpath(info->dlpi_name, nullptr), free);
  if (real == nullptr) return 0;
  const std::string path = real.get();
  const std::string file = path.substr(path.rfind('/') + 1);
  const size_t so = file.find(".so.");
  if (so == std::string::npos) return 0;
  const std::string name = file.substr(0, so);
  const auto* library = std::find_if(kLibraries.begin(), kLibraries.end(),
                                     [&](const Library& l) { return l.name == name; });
  if (library == kLibraries.end()) return 0;
  const std::string release = release_of(*library);
  lines.push_back(name + " " + (release.empty() ? file.substr(so + 1) : release));
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
