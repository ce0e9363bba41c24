#include "engine/task.h"

namespace rushes::engine {
namespace {

template <class File>
const File* named(const std::vector<File>& files, std::string_view name) {
  for (const File& file : files) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

}  // namespace

const InputFile* TaskContext::input(std::string_view name) const { return named(inputs, name); }
const OutputFile* TaskContext::output(std::string_view name) const { return named(outputs, name); }

}  // namespace rushes::engine
