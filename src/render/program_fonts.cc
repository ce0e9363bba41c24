#include "render/program_fonts.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/hash.h"
#include "render/facts.h"
#include "render/files.h"
#include "text/code_points.h"
#include "text/subtitles.h"

namespace rushes::render {
namespace {

using base::Status;

// One request for all clips that want the same families.
struct Need {
  std::set<char32_t> code_points;
  std::string pointer;  // of the first clip
  bool substitute = false;
};
using Families = std::vector<std::string>;

class Needs {
 public:
  Needs(const engine::TaskContext& context, const schema::Program& program)
      : context_(context), program_(program) {}

  Status add(const schema::Clip& clip) {
    if (const auto* text = std::get_if<schema::TextContent>(&clip.content)) {
      add_text(clip, text->style.families, text->text);
    } else if (const auto* captions = std::get_if<schema::CaptionsContent>(&clip.content)) {
      if (captions->input >= 0) return add_script(clip, captions->input);
      add_captions(clip, *captions);
    }
    return {};
  }
  const std::map<Families, Need>& all() const { return needs_; }

 private:
  Need& need(const schema::Clip& clip, const Families& families) {
    Need& n = needs_[families];
    if (n.pointer.empty()) n.pointer = clip.pointer;
    return n;
  }

  void add_text(const schema::Clip& clip, const Families& families, const std::string& text) {
    Need& n = need(clip, families);
    for (const char32_t c : text::code_points(text)) n.code_points.insert(c);
  }

  void add_captions(const schema::Clip& clip, const schema::CaptionsContent& c) {
    for (const schema::Cue& cue : c.cues) {
      std::string all = cue.text;
      for (const schema::Word& w : cue.words) all += " " + w.text;
      if (c.uppercase) all = text::to_upper(all);
      add_text(clip, c.style.families, all);
      if (!c.active_families.empty()) add_text(clip, c.active_families, all);
    }
  }

  Status add_script(const schema::Clip& clip, int input) {
    const std::string& src = program_.inputs[static_cast<size_t>(input)].src;
    const std::string name = "source:" + std::to_string(source_index(context_, src));
    ASSIGN_OR_RETURN(const auto source, open_input(context_, name));
    ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, text::kMaxSubtitleBytes));
    auto script = text::ass_needs(
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    if (!script.ok()) return std::move(script).error().in(src);
    for (const std::string& w : script->warnings) {
      context_.events.warning({.text = src + ": " + w, .place = clip.pointer});
    }
    if (script->families.empty()) script->families.push_back("sans-serif");
    // Each family by itself, since a script may name several that are installed.
    for (const std::string& family : script->families) {
      Need& n = need(clip, {family});
      n.substitute = true;
      n.code_points.insert(script->code_points.begin(), script->code_points.end());
    }
    return {};
  }

  const engine::TaskContext& context_;
  const schema::Program& program_;
  std::map<Families, Need> needs_;
};

// A font as the program keeps it: by its place on the machine and its content.
base::Result<schema::Font> pinned(const engine::TaskContext& context,
                                  const engine::FontFile& file) {
  if (!file.hash.empty()) {
    return schema::Font{.family = file.family,
                        .hash = file.hash,
                        .size = file.size,
                        .path = file.file,
                        .index = file.index};
  }
  // One of the user's own: an input of this task.
  for (const engine::InputFile& input : context.inputs) {
    if (input.path != file.path) continue;
    const auto source = base::fd_source(input.fd, input.size);
    ASSIGN_OR_RETURN(std::string hash, base::hash_of(*source));
    return schema::Font{.family = file.family,
                        .hash = std::move(hash),
                        .size = input.size,
                        .path = context.task.at("inputs").at(input.name).get<std::string>(),
                        .index = file.index};
  }
  return base::internal("font " + file.path + " is not among the task's files");
}

// Texts name the families that were found: "sans-serif" means nothing where they are painted.
void name_families(schema::Program& program, const std::map<Families, Families>& found) {
  const auto rename = [&](Families& families) {
    if (const auto it = found.find(families); it != found.end()) families = it->second;
  };
  for (schema::Track& track : program.tracks) {
    for (schema::Clip& clip : track.clips) {
      if (auto* text = std::get_if<schema::TextContent>(&clip.content)) {
        rename(text->style.families);
      } else if (auto* captions = std::get_if<schema::CaptionsContent>(&clip.content)) {
        rename(captions->style.families);
        rename(captions->active_families);
      }
    }
  }
}

schema::Diagnostic diagnostic_of(const base::Error& error, const timeline::Loaded& loaded,
                                 const std::string& pointer) {
  const schema::Value* at = schema::find(loaded.document, pointer);
  return {.number = error.number > 0 ? error.number : 154,
          .code = error.code,
          .file = loaded.file,
          .place = at != nullptr ? at->place : schema::Place{},
          .pointer = pointer,
          .message = error.message};
}

}  // namespace

base::Result<ProgramFonts> find_program_fonts(engine::TaskContext& context,
                                              const timeline::Loaded& loaded,
                                              schema::Program& program) {
  Needs needs(context, program);
  for (const schema::Track& track : program.tracks) {
    for (const schema::Clip& clip : track.clips) RETURN_IF_ERROR(needs.add(clip));
  }
  std::set<std::pair<std::string, int>> known;
  std::set<std::string> told;
  std::map<Families, Families> found;
  ProgramFonts out;
  for (const auto& [families, need] : needs.all()) {
    auto reply =
        context.find_fonts({.families = families,
                            .code_points = {need.code_points.begin(), need.code_points.end()},
                            .substitute = need.substitute});
    if (!reply.ok()) {
      out.missing.push_back(diagnostic_of(reply.error(), loaded, need.pointer));
      continue;
    }
    if (!need.substitute) found[families] = reply->families;
    for (const std::string& w : reply->warnings) {
      if (told.insert(w).second) context.events.warning({.text = w, .place = need.pointer});
    }
    for (const engine::FontFile& file : reply->files) {
      if (!known.insert({file.path, file.index}).second) continue;
      ASSIGN_OR_RETURN(schema::Font font, pinned(context, file));
      out.files.push_back({.path = file.path, .index = file.index, .family = file.family});
      program.fonts.push_back(std::move(font));
    }
  }
  name_families(program, found);
  return out;
}

}  // namespace rushes::render
