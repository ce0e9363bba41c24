#include "render/kept_stills.h"

#include <utility>

#include "base/bytes.h"
#include "media/frame_file.h"
#include "render/files.h"

namespace rushes::render {
namespace {

using base::Result;
using base::Status;
using nlohmann::json;

// Of the picture as it is stored. A smaller one is decoded in little more time than the store takes
// to find and check what was made of it, and would only fill the cache: docs/performance.md.
constexpr int64_t kCostlyPixels = 2'000'000;

std::optional<std::vector<std::string>> warnings_in(const std::string& notes) {
  std::vector<std::string> warnings;
  if (notes.empty()) return warnings;
  const json list = json::parse(notes, nullptr, false);
  if (!list.is_array()) return std::nullopt;
  for (const json& text : list) {
    if (!text.is_string()) return std::nullopt;
    warnings.push_back(text.get<std::string>());
  }
  return warnings;
}

std::string notes_of(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return "";
  return json(warnings).dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::optional<KeptStill>> read(const engine::StoredFile& file,
                                      const compose::StillVariant& variant) {
  const auto source = base::fd_source(file.fd.get(), file.size);
  ASSIGN_OR_RETURN(const auto reader, media::FrameFileReader::open(*source));
  auto warnings = warnings_in(reader.notes());
  if (!warnings || !variant.can_be(reader.format(), reader.width(), reader.height())) {
    return std::optional<KeptStill>();
  }
  KeptStill still{.picture = {}, .warnings = *std::move(warnings)};
  ASSIGN_OR_RETURN(still.picture, reader.read());
  return std::optional<KeptStill>(std::move(still));
}

}  // namespace

bool KeptStills::is_costly(int input) const {
  const schema::Input& in = program_.inputs[static_cast<size_t>(input)];
  return context_.keeps_derived() && int64_t{in.width} * in.height >= kCostlyPixels;
}

std::optional<KeptStill> KeptStills::find(int input, const compose::StillVariant& variant) const {
  if (!is_costly(input)) return std::nullopt;
  const auto file = context_.objects.find_derived(input_name(input), variant.name());
  if (!file.ok() || !*file) return std::nullopt;
  auto still = read(**file, variant);
  return still.ok() ? *std::move(still) : std::nullopt;
}

void KeptStills::keep(int input, const compose::StillVariant& variant,
                      const KeptStill& still) const {
  if (!is_costly(input)) return;
  auto file = context_.objects.create_derived(input_name(input), variant.name());
  if (!file.ok()) return;
  const Status written = media::write_frame_file(*base::fd_sink(file->fd.get()), still.picture,
                                                 notes_of(still.warnings));
  file->fd.reset();
  if (written.ok()) {
    context_.objects.commit_derived();
  } else {
    context_.objects.drop_derived();
  }
}

}  // namespace rushes::render
