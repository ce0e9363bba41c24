#include "render/runner.h"

#include "render/tasks.h"

namespace rushes::render {

base::Status run_task(engine::TaskContext& context) {
  struct Kind {
    std::string_view name;
    base::Status (*run)(engine::TaskContext&);
  };
  static constexpr Kind kKinds[] = {
      {"probe", probe_task},       {"compile", compile_task}, {"segments", segments_task},
      {"still", still_task},       {"hashes", hashes_task},   {"audio", audio_task},
      {"assemble", assemble_task},
  };
  const std::string kind = context.kind();
  for (const Kind& k : kKinds) {
    if (k.name == kind) return k.run(context);
  }
  return base::unsupported("this engine knows no task of kind \"" + kind + "\"");
}

}  // namespace rushes::render
