#pragma once

// Stills in the size that was needed, kept in the task's store: neither another worker nor the next
// render of the same files decodes a large photograph again. The engine's TaskObjects says whose
// they are.

#include <optional>
#include <string>
#include <vector>

#include "compose/made_still.h"
#include "engine/task.h"
#include "schema/program.h"

namespace rushes::render {

struct KeptStill {
  frame::Frame picture;
  std::vector<std::string> warnings;  // given when it was decoded
};

class KeptStills {
 public:
  // Both must outlive it.
  KeptStills(const schema::Program& program, const engine::TaskContext& context)
      : program_(program), context_(context) {}

  // Empty: there is none, or what there is cannot be right.
  std::optional<KeptStill> find(int input, const compose::StillVariant& variant) const;
  // Only what takes long to decode. What cannot be kept is made again next time.
  void keep(int input, const compose::StillVariant& variant, const KeptStill& still) const;

 private:
  bool is_costly(int input) const;

  const schema::Program& program_;
  const engine::TaskContext& context_;
};

}  // namespace rushes::render
