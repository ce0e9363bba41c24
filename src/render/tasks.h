#pragma once

// One function a kind of task; see runner.h.

#include "engine/task.h"

namespace rushes::render {

base::Status probe_task(engine::TaskContext& context);
base::Status encoders_task(engine::TaskContext& context);
base::Status compile_task(engine::TaskContext& context);
base::Status segments_task(engine::TaskContext& context);
base::Status still_task(engine::TaskContext& context);
base::Status hashes_task(engine::TaskContext& context);
base::Status audio_task(engine::TaskContext& context);
base::Status measure_task(engine::TaskContext& context);
base::Status assemble_task(engine::TaskContext& context);
base::Status hls_task(engine::TaskContext& context);
base::Status cut_task(engine::TaskContext& context);
base::Status inspect_task(engine::TaskContext& context);
base::Status compare_task(engine::TaskContext& context);
base::Status listen_task(engine::TaskContext& context);
base::Status thumbnails_task(engine::TaskContext& context);
base::Status subtitles_task(engine::TaskContext& context);

}  // namespace rushes::render
