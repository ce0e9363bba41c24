#include "cut_request.h"

#include <set>
#include <utility>

#include "chapters.h"
#include "source_access.h"
#include "time_text.h"

namespace rushes::app {

using nlohmann::json;

base::Result<json> cut_task(const CutRequest& request) {
  json task = {{"version", 1}, {"kind", "cut"}, {"params", {{"mode", request.mode}}}};
  std::set<std::string> roots;
  for (size_t i = 0; i < request.chapters.size(); ++i) {
    task["inputs"]["chapter:" + std::to_string(i)] = request.chapters[i];
    roots.insert(folder_of(request.chapters[i]));
  }
  grant(task, {.roots = {roots.begin(), roots.end()}, .private_web = true});
  for (const auto& [key, text] : {std::pair("from", request.from), std::pair("to", request.to)}) {
    if (text.empty()) continue;
    ASSIGN_OR_RETURN(task["params"][key],
                     parse_time(text, std::string("--") + key, request.clock_offset));
  }
  return task;
}

}  // namespace rushes::app
