#include "engine/task.h"

#include "engine/remote_channel.h"

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

base::Result<std::unique_ptr<base::ByteSource>> InputFile::open() const {
  if (remote) return remote->open();
  return base::fd_source(fd, size);
}

std::unique_ptr<base::ByteSink> OutputFile::open() const {
  return remote ? remote->open_sink() : base::fd_sink(fd);
}

const InputFile* TaskContext::input(std::string_view name) const { return named(inputs, name); }
const OutputFile* TaskContext::output(std::string_view name) const { return named(outputs, name); }

}  // namespace rushes::engine
