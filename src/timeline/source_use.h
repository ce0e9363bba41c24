#pragma once

// What the clips make of their files: inputs, parts and lengths.

#include <map>
#include <optional>
#include <set>
#include <string>

#include "schema/program.h"
#include "timeline/clip_list.h"
#include "timeline/context.h"
#include "timeline/resolve.h"

namespace rushes::timeline {

enum class Use : unsigned char { kImage, kVideo, kAudio, kCaptions, kLuma, kFont };

// The part of a source that a video or audio clip plays.
struct Part {
  Rational start, duration;  // in the source
  Rational speed = 1;
  bool loop = false;
  std::optional<Rational> freeze;
};

// What is said where a file cannot be used; the place is left to the caller.
schema::Diagnostic unusable(const base::Error& error, std::string_view src);

class Sources {
 public:
  Sources(Context& context, const Facts& facts, schema::Program& program)
      : context_(context), facts_(facts), program_(program) {}

  // The facts of a file that can be used so; null after reporting why not.
  const MediaFacts* find(const Node& src, Use use);
  // Its place among the program's inputs, which it joins.
  int input(const Node& src, const MediaFacts& facts);

  // Trim, speed, loop and freeze; absent after an error.
  std::optional<Part> part(const Node& clip, const MediaFacts& facts, bool video);

 private:
  bool fits(const Node& src, const MediaFacts& facts, Use use);

  Context& context_;
  const Facts& facts_;
  schema::Program& program_;
  std::map<std::string, int, std::less<>> inputs_;
  std::set<std::string> told_;  // files whose mistakes were told
};

}  // namespace rushes::timeline
