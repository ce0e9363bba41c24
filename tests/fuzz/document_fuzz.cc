// Any bytes as a timeline: it is loaded and resolved with made-up facts, and whatever program comes
// of it must pass its own checks and survive being written and read.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "schema/program_json.h"
#include "timeline/document.h"
#include "timeline/fake_facts.h"
#include "timeline/resolve.h"
#include "timeline/words.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rushes;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const timeline::Loaded loaded =
      timeline::load(text, "fuzz.json", {.set = {{"name", "value"}, {"length", "2.5"}}});
  for (const auto& d : loaded.diagnostics) static_cast<void>(format(d));
  const timeline::Resolved resolved = timeline::resolve(loaded, timeline::fake_facts(loaded));
  for (const auto& d : resolved.diagnostics) static_cast<void>(format(d));
  if (loaded.ok() && resolved.ok()) {
    const auto back = schema::read_program(schema::write_program(resolved.program));
    if (!back.ok() || !(*back == resolved.program)) std::abort();
  }
  // The other documents that anybody may hand in.
  static_cast<void>(timeline::parse_words(text, "fuzz.json").ok());
  static_cast<void>(schema::read_program(text).ok());
  return 0;
}
