#pragma once

// What the compiler must know of the files that a timeline names.

#include "engine/task.h"
#include "timeline/document.h"
#include "timeline/resolve.h"

namespace rushes::render {

// Opens, probes, parses and hashes every source of the document. The task's inputs "source:N" are
// params.sources[N]; what the broker refused to open stands in the task's "refused" with its
// reason. A file that is not what it says becomes an error in its facts, never of this function.
base::Result<timeline::Facts> gather_facts(engine::TaskContext& context,
                                           const timeline::Loaded& loaded);

// Index of `src` among the task's sources, or -1.
int source_index(const engine::TaskContext& context, const std::string& src);

}  // namespace rushes::render
