#include "render/program_fonts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/hash.h"
#include "text/ass.h"
#include "text/code_points.h"

namespace rushes::render {
namespace {

using base::Status;
using Families = std::vector<std::string>;

// What a clip asks for at once: characters in some families.
struct Need {
  Families families;
  std::set<char32_t> code_points;
  bool substitute = false;
  auto operator<=>(const Need&) const = default;
};

void add_characters(std::string_view text, Need& need) {
  for (const char32_t c : text::code_points(text)) need.code_points.insert(c);
}

std::vector<Need> needs_of(const schema::TextContent& text) {
  Need need{.families = text.style.families, .code_points = {}};
  add_characters(text.text, need);
  return {std::move(need)};
}

std::vector<Need> needs_of(const schema::CaptionsContent& captions) {
  Need need{.families = captions.style.families, .code_points = {}};
  for (const schema::Cue& cue : captions.cues) {
    std::string all = cue.text;
    for (const schema::Word& w : cue.words) all += " " + w.text;
    add_characters(captions.uppercase ? text::to_upper(all) : all, need);
  }
  std::vector<Need> needs{need};
  if (!captions.active_families.empty()) {
    need.families = captions.active_families;
    needs.push_back(std::move(need));
  }
  return needs;
}

base::Result<std::vector<Need>> needs_of(const schema::Script& script) {
  ASSIGN_OR_RETURN(const text::AssNeeds asked, text::ass_needs(script));
  // Each family by itself, since a script may name several that are installed.
  std::vector<Need> needs;
  for (const std::string& family : asked.families) {
    needs.push_back({.families = {family},
                     .code_points = {asked.code_points.begin(), asked.code_points.end()},
                     .substitute = true});
  }
  return needs;
}

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
    ASSIGN_OR_RETURN(const auto source, input.open());
    ASSIGN_OR_RETURN(std::string hash, base::hash_of(*source));
    return schema::Font{.family = file.family,
                        .hash = std::move(hash),
                        .size = input.size,
                        .path = context.task.at("inputs").at(input.name).get<std::string>(),
                        .index = file.index};
  }
  return base::internal("font " + file.path + " is not among the task's files");
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

// Settles one clip after the other. What has been asked for before is not asked for again.
class Finding {
 public:
  Finding(engine::TaskContext& context, const timeline::Loaded& loaded, schema::Program& program)
      : context_(context), loaded_(loaded), program_(program) {}

  Status add(schema::Clip& clip) {
    if (auto* text = std::get_if<schema::TextContent>(&clip.content)) {
      return settle(clip, needs_of(*text), {&text->style.families}, text->fonts);
    }
    auto* captions = std::get_if<schema::CaptionsContent>(&clip.content);
    if (captions == nullptr) return {};
    if (!captions->script) {
      return settle(clip, needs_of(*captions),
                    {&captions->style.families, &captions->active_families}, captions->fonts);
    }
    if (captions->script->lines.empty()) return {};
    auto needs = needs_of(*captions->script);
    if (!needs.ok()) return std::move(needs).error().in(clip.pointer);
    return settle(clip, *needs, {}, captions->fonts);
  }
  ProgramFonts take() && { return std::move(out_); }

 private:
  struct Found {
    Families families;
    std::vector<int> fonts;
  };

  // `named[i]`: what the clip calls the families of its need number i. They become the families
  // that were found: "sans-serif" means nothing where they are painted.
  Status settle(const schema::Clip& clip, const std::vector<Need>& needs,
                const std::vector<Families*>& named, std::vector<int>& fonts) {
    for (size_t i = 0; i < needs.size(); ++i) {
      ASSIGN_OR_RETURN(const Found* found, find(clip, needs[i]));
      if (found == nullptr) continue;
      if (i < named.size()) *named[i] = found->families;
      for (const int font : found->fonts) {
        if (std::ranges::find(fonts, font) == fonts.end()) fonts.push_back(font);
      }
    }
    return {};
  }

  // Null: there is none, which is told once.
  base::Result<const Found*> find(const schema::Clip& clip, const Need& need) {
    const auto known = found_.find(need);
    if (known != found_.end()) return known->second ? &*known->second : nullptr;
    auto reply =
        context_.find_fonts({.families = need.families,
                             .code_points = {need.code_points.begin(), need.code_points.end()},
                             .substitute = need.substitute});
    std::optional<Found>& slot = found_[need];
    if (!reply.ok()) {
      if (refused_.insert(need.families).second) {
        out_.missing.push_back(diagnostic_of(reply.error(), loaded_, clip.pointer));
      }
      return nullptr;
    }
    for (const std::string& w : reply->warnings) {
      if (told_.insert(w).second) context_.events.warning({.text = w, .place = clip.pointer});
    }
    Found found{.families = std::move(reply->families), .fonts = {}};
    for (const engine::FontFile& file : reply->files) {
      ASSIGN_OR_RETURN(const int number, number_of(file));
      found.fonts.push_back(number);
    }
    slot = std::move(found);
    return &*slot;
  }

  // In the program, which gets it if it has it not yet.
  base::Result<int> number_of(const engine::FontFile& file) {
    const auto known = numbers_.find({file.path, file.index});
    if (known != numbers_.end()) return known->second;
    ASSIGN_OR_RETURN(schema::Font font, pinned(context_, file));
    const auto number = static_cast<int>(program_.fonts.size());
    out_.files.push_back({.path = file.path, .index = file.index, .family = file.family});
    program_.fonts.push_back(std::move(font));
    numbers_[{file.path, file.index}] = number;
    return number;
  }

  engine::TaskContext& context_;
  const timeline::Loaded& loaded_;
  schema::Program& program_;
  std::map<Need, std::optional<Found>> found_;
  std::map<std::pair<std::string, int>, int> numbers_;
  std::set<Families> refused_;
  std::set<std::string> told_;
  ProgramFonts out_;
};

}  // namespace

base::Result<ProgramFonts> find_program_fonts(engine::TaskContext& context,
                                              const timeline::Loaded& loaded,
                                              schema::Program& program) {
  Finding finding(context, loaded, program);
  for (schema::Track& track : program.tracks) {
    for (schema::Clip& clip : track.clips) RETURN_IF_ERROR(finding.add(clip));
  }
  return std::move(finding).take();
}

}  // namespace rushes::render
