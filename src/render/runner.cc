#include "render/runner.h"

#include "kernels/processor.h"
#include "media/processor.h"
#include "render/tasks.h"

namespace rushes::render {

base::Status run_task(engine::TaskContext& context) {
  struct Kind {
    std::string_view name;
    base::Status (*run)(engine::TaskContext&);
  };
  static constexpr Kind kKinds[] = {
      {"probe", probe_task},
      {"encoders", encoders_task},
      {"compile", compile_task},
      {"segments", segments_task},
      {"still", still_task},
      {"hashes", hashes_task},
      {"audio", audio_task},
      {"measure", measure_task},
      {"assemble", assemble_task},
      {"hls", hls_task},
      {"cut", cut_task},
      {"inspect", inspect_task},
      {"compare", compare_task},
      {"listen", listen_task},
      {"thumbnails", thumbnails_task},
      {"subtitles", subtitles_task},
  };
  if (const auto limits = context.task.find("limits"); limits != context.task.end()) {
    const std::string level = limits->value("processor", "");
    if (!level.empty() && !(kernels::limit_processor(level) && media::limit_processor(level))) {
      return base::invalid_argument("limits: there is no processor \"" + level +
                                    "\"; plain, sse2, sse4 or avx2");
    }
  }
  const std::string kind = context.kind();
  for (const Kind& k : kKinds) {
    if (k.name == kind) return k.run(context);
  }
  return base::unsupported("this engine knows no task of kind \"" + kind + "\"");
}

}  // namespace rushes::render
