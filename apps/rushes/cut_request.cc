#include "cut_request.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/uri.h"
#include "chapters.h"
#include "numbers.h"
#include "source_access.h"
#include "store/open_store.h"
#include "task_json.h"
#include "time_text.h"

namespace rushes::app {

using nlohmann::json;

base::Result<std::string> cut_output(const CutName& name, const std::string& first_chapter,
                                     TaskRunner& runner) {
  std::string recorded;
  if (name.name.find("{date}") != std::string::npos) {
    auto outcomes = runner.run({{"probe", probe_task(first_chapter)}});
    if (!outcomes.ok()) return of_file(std::move(outcomes).error(), first_chapter);
    recorded = (*outcomes)[0].result.value("creation_time", "");
  }
  Fields fields = recording_fields(first_chapter, name.number, recorded);
  fields.insert(name.fields.begin(), name.fields.end());
  ASSIGN_OR_RETURN(std::string output, fill_template(name.name, fields));
  const std::filesystem::path path = base::shown_uri(output);
  if (path.has_extension() && !is_video_name(path.string()) && path.extension() != ".m4a") {
    return unusable(base::unsupported("output \"" + path.string() +
                                      "\": MP4 and QuickTime files are written (.mp4, .mov, .m4v); "
                                      "rushes transcode makes other kinds"));
  }
  return output;
}

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
  RETURN_IF_ERROR(check_clock_offset(request.clock_offset));
  std::set<std::string> roots;
  for (size_t i = 0; i < request.chapters.size(); ++i) {
    const std::filesystem::path shown = base::shown_uri(request.chapters[i]);
    task["params"]["names"].push_back(shown.filename().string());
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
