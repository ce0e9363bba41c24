#include "render/numeric_class.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "render/runner.h"

namespace rushes::render {
namespace {

constexpr std::array<std::string_view, 34> kLibraries = {"libavcodec",
                                                         "libavformat",
                                                         "libavutil",
                                                         "libswresample",
                                                         "libx264",
                                                         "libx265",
                                                         "libSvtAv1Enc",
                                                         "libvpx",
                                                         "libdav1d",
                                                         "libaom",
                                                         "libopus",
                                                         "libwebp",
                                                         "libpango-1.0",
                                                         "libpangocairo-1.0",
                                                         "libpangoft2-1.0",
                                                         "libcairo",
                                                         "libharfbuzz",
                                                         "libfreetype",
                                                         "libfribidi",
                                                         "libfontconfig",
                                                         "libass",
                                                         "libebur128",
                                                         "librubberband",
                                                         "libvorbis",
                                                         "libz",
                                                         "libpixman-1",
                                                         "libpng16",
                                                         "libgraphite2",
                                                         "libhwy",
                                                         "libthai",
                                                         "libdatrie",
                                                         "libglib-2.0",
                                                         "libexpat",
                                                         "libbrotlidec"};

// The loaded copy of the note, which the linker wrote.
std::string build_id_of(const dl_phdr_info& info) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info.dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const char*>(info.dlpi_addr + segment.p_vaddr);
    const char* const end = at + segment.p_memsz;
    const auto padded = [](size_t size) { return (size + 3) & ~size_t{3}; };
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof(note));
      const char* const name = at + sizeof(note);
      const char* const text = name + padded(note.n_namesz);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
          std::memcmp(name, "GNU", 4) == 0) {
        return base::hash_of(std::string_view(text, note.n_descsz));
      }
      at = text + padded(note.n_descsz);
    }
  }
  return "no build ID";
}

int add(dl_phdr_info* info, size_t /*size*/, void* data) {
  auto& lines = *static_cast<std::vector<std::string>*>(data);
  const std::string_view path = info->dlpi_name;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const std::string_view name = file.substr(0, file.find(".so"));
  // The program itself has no name.
  const bool counts = path.empty() ? lines.empty() : std::ranges::count(kLibraries, name) > 0;
  if (counts) lines.push_back(std::string(name) + " " + build_id_of(*info));
  return 0;
}

}  // namespace

std::string numeric_class() {
  std::vector<std::string> lines;
  dl_iterate_phdr(add, &lines);
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return "x86-64 " + base::hash_of(text);
}

}  // namespace rushes::render
