#include "cut_request.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/uri.h"
#include "chapters.h"
#include "source_access.h"
#include "store/open_store.h"
#include "time_text.h"

namespace rushes::app {

using nlohmann::json;

json joined_output(const std::string& uri, const std::vector<std::string>& chapters) {
  json output = {{"path", uri}};
  const std::string bucket = store::split_uri(uri).store;
  const bool joined = std::ranges::any_of(chapters, [&](const std::string& chapter) {
    return base::is_uri(chapter) && store::split_uri(chapter).store == bucket;
  });
  if (joined) output["joined"] = true;
  return output;
}

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
