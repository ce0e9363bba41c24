#include "engine/server_copy.h"

#include "engine/remote_channel.h"

namespace rushes::engine {

bool can_copy(const InputFile& from, const OutputFile& to) {
  return from.remote && to.remote && to.remote->number_of_copied(from.name).has_value();
}

base::Status copy(const InputFile& from, const OutputFile& to, uint64_t offset, uint64_t size) {
  const auto number = to.remote ? to.remote->number_of_copied(from.name) : std::nullopt;
  if (!number) return base::internal("\"" + from.name + "\" lies elsewhere than the output");
  return to.remote->copy(*number, offset, size);
}

}  // namespace rushes::engine
