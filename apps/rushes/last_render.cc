#include "last_render.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "plan/key.h"
#include "schema/program_json.h"

namespace rushes::app {
namespace {

constexpr uint64_t kMostBytes = 256 << 20;

std::string key_of(const std::string& name) { return base::hash_of("last 1 " + name); }

base::Result<LastRender> read(const store::FileStore& store, const std::string& name) {
  ASSIGN_OR_RETURN(const store::Found found, store.read(key_of(name)));
  if (!found.object) return base::not_found("never rendered");
  const auto source = base::fd_source(found.object->fd.get(), found.object->size);
  ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, kMostBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t line = text.find('\n');
  if (line == std::string_view::npos) return base::corrupt("no program");
  LastRender out{.numeric_class = std::string(text.substr(0, line)), .program = {}};
  ASSIGN_OR_RETURN(out.program, schema::read_program(text.substr(line + 1)));
  return out;
}

base::Status write(const store::FileStore& store, const std::string& name,
                   const LastRender& render) {
  ASSIGN_OR_RETURN(store::PendingObject object, store.create(key_of(name)));
  const std::string text = render.numeric_class + "\n" + schema::write_program(render.program);
  RETURN_IF_ERROR(base::fd_sink(object.fd())->write_at(0, std::as_bytes(std::span(text))));
  return object.commit();
}

// Of what has not changed since: it was evicted, or never finished.
const char* const kNotKept = "nothing changed, but it is not in the cache";
const char* const kNever = "it was never rendered to this output";
const char* const kOtherBuild = "another build of Rushes, or of a library";

std::optional<std::string> reason_for_all(const LastRender& now,
                                          const std::optional<LastRender>& before) {
  if (!before) return kNever;
  if (before->numeric_class != now.numeric_class) return kOtherBuild;
  return std::nullopt;
}

}  // namespace

void remember_render(const store::FileStore& store, const std::string& name,
                     const LastRender& render) {
  static_cast<void>(write(store, name, render).ok());
}

std::optional<LastRender> last_render(const store::FileStore& store, const std::string& name) {
  auto found = read(store, name);
  if (!found.ok()) return std::nullopt;
  return std::move(found).value();
}

std::vector<Explained> explain(const LastRender& now, const std::optional<LastRender>& before,
                               const std::vector<plan::Segment>& segments,
                               const std::vector<bool>& kept,
                               const std::optional<base::Rational>& segment_seconds) {
  const auto for_all = reason_for_all(now, before);
  std::vector<plan::Earlier> earlier;
  if (!for_all) {
    const schema::Program& p = before->program;
    for (const plan::Segment& s : plan::cut(p, {.end = p.frames, .seconds = segment_seconds})) {
      earlier.push_back({s, plan::slice(p, s).program});
    }
  }
  std::vector<Explained> out;
  for (size_t i = 0; i < segments.size(); ++i) {
    Explained& e = out.emplace_back(Explained{segments[i], kept[i], {}});
    if (e.kept) continue;
    if (for_all) {
      e.why = {*for_all};
      continue;
    }
    e.why = plan::least_differences(earlier, plan::slice(now.program, e.segment).program);
    if (e.why.empty()) e.why = {kNotKept};
  }
  return out;
}

std::vector<std::string> explain_sound(const LastRender& now,
                                       const std::optional<LastRender>& before) {
  if (const auto for_all = reason_for_all(now, before)) return {*for_all};
  std::vector<std::string> why = plan::differences(plan::sound_slice(before->program).program,
                                                   plan::sound_slice(now.program).program);
  if (why.empty()) why = {kNotKept};
  return why;
}

}  // namespace rushes::app
