#include "compile.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "numbers.h"

namespace rushes::app {
base::Status write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return base::resource("cannot write \"" + path + "\"");
  return {};
}

base::Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.good()) return base::internal("cannot read \"" + path + "\"");
  return text;
}

base::Result<TimelineFile> load_timeline(const CompileRequest& request, TaskRunner& runner) {
  ASSIGN_OR_RETURN(TimelineFile timeline, read_timeline(request.file, request.set));
  if (timeline.loaded.document.is_object()) return timeline;
  for (const schema::Diagnostic& d : timeline.loaded.diagnostics) runner.show(d);
  return summary_of(timeline.loaded.diagnostics);
}

base::Result<Compiled> compile(const CompileRequest& request, TaskRunner& runner) {
  ASSIGN_OR_RETURN(TimelineFile timeline, load_timeline(request, runner));
  return compile(std::move(timeline), request, runner);
}

base::Result<Compiled> compile(TimelineFile timeline, const CompileRequest& request,
                               TaskRunner& runner) {
  RETURN_IF_ERROR(check(request.access));
  runner.retell_by(timeline.retell);
  // The engine reads the text that was read here, whatever becomes of the file meanwhile.
  RETURN_IF_ERROR(write_text(request.work_folder + "/timeline.json", timeline.text));
  const TaskSources sources{timeline, request.access, request.work_folder, request.store};
  ASSIGN_OR_RETURN(const auto outcomes,
                   runner.run({{"compile", compile_task(sources, {.set = request.set,
                                                                  .preview = request.preview,
                                                                  .container = request.container,
                                                                  .encoder = request.encoder})}}));
  Compiled compiled;
  ASSIGN_OR_RETURN(compiled.program, summary_from_json(outcomes[0].result));
  compiled.timeline = std::move(timeline);
  compiled.wall_seconds = outcomes[0].wall_seconds;
  return compiled;
}

}  // namespace rushes::app
