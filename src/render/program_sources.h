#pragma once

// Decoded pictures of a program's inputs, for the composer.

#include <map>
#include <memory>
#include <set>

#include "compose/sources.h"
#include "engine/task.h"
#include "media/video_reader.h"
#include "schema/program.h"

namespace rushes::render {

class ProgramSources final : public compose::Sources {
 public:
  // Opens every input of the task that the program names. Both must outlive it.
  static base::Result<std::unique_ptr<ProgramSources>> open(const schema::Program& program,
                                                            const engine::TaskContext& context);

  base::Result<frame::Frame> still(int input, int want_width, int want_height) override;
  base::Result<frame::Frame> video(int input, int64_t reader, const base::Rational& t) override;
  void close_reader(int64_t reader) override;
  base::Result<std::vector<std::byte>> bytes(int input) override;

 private:
  ProgramSources(const schema::Program& program, const engine::TaskContext& context)
      : program_(program), context_(context) {}
  void warn(int input, const std::string& message);
  const base::ByteSource& source(int input) const { return *sources_[static_cast<size_t>(input)]; }

  const schema::Program& program_;
  const engine::TaskContext& context_;
  std::vector<std::unique_ptr<base::ByteSource>> sources_;
  struct OpenReader {
    int input = -1;
    std::unique_ptr<media::VideoReader> reader;
  };
  std::map<int64_t, OpenReader> readers_;
  std::set<std::string> told_;
};

}  // namespace rushes::render
