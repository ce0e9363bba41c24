#include "timeline/clip_list.h"

#include <fmt/format.h>

#include <unordered_map>

#include "schema/limits.h"

namespace rushes::timeline {
namespace {

struct KindName {
  const char* key;
  ClipKind kind;
};
constexpr KindName kKinds[] = {
    {"image", ClipKind::kImage},       {"video", ClipKind::kVideo},
    {"audio", ClipKind::kAudio},       {"color", ClipKind::kColor},
    {"gradient", ClipKind::kGradient}, {"text", ClipKind::kText},
    {"captions", ClipKind::kCaptions},
};

const Rational kDefaultTransition(1, 2);

class Placer {
 public:
  Placer(Context& context, std::vector<ClipEntry>& clips, const std::optional<Rational>& fixed_end)
      : context_(context), clips_(clips), fixed_end_(fixed_end), wanted_(clips.size()) {}

  Rational run() {
    for (size_t i = 0; i < clips_.size(); ++i) {
      if (!clips_[i].id.empty()) by_id_.emplace(clips_[i].id, i);
    }
    for (size_t i = 0; i < clips_.size(); ++i) wanted_[i] = request(i);
    for (size_t i = 0; i < clips_.size(); ++i) follow_same_as(i);
    walk(std::nullopt);
    const Rational end = fixed_end_.value_or(last_end());
    // Each round can settle clips that stand behind, or copy, what the one before settled.
    constexpr int kRounds = 8;
    for (int round = 0; round < kRounds && walk(end); ++round) {
    }
    report_unplaced(end);
    return end;
  }

 private:
  struct Wanted {
    std::optional<Rational> seconds;
    bool to_end = false;
    std::optional<size_t> same_as;
    bool failed = false;  // reported
  };

  Wanted fail(int number, const Node& at, std::string message, std::string hint = "") {
    context_.error(number, at, std::move(message), std::move(hint));
    return {.seconds = std::nullopt, .to_end = false, .same_as = std::nullopt, .failed = true};
  }

  Wanted request(size_t i) {
    const ClipEntry& clip = clips_[i];
    const Node duration = clip.node["duration"];
    Wanted out;
    switch (duration_kind(clip)) {
      case DurationKind::kSeconds: {
        out.seconds = duration.time();
        if (*out.seconds <= 0) return fail(113, duration, "must be at least a nanosecond");
        return out;
      }
      case DurationKind::kEnd: out.to_end = true; return out;
      case DurationKind::kAuto: {
        if (clip.natural) {
          out.seconds = clip.natural;
          return out;
        }
        return fail(133, duration ? duration : clip.node, "has no length of its own here",
                    "give \"duration\" in seconds, or \"end\"");
      }
      case DurationKind::kSameAs: break;
    }
    const Node name = duration["same_as"];
    const auto it = by_id_.find(std::string(name.text()));
    if (it == by_id_.end()) {
      std::vector<std::string_view> known;
      for (const auto& entry : by_id_) known.push_back(entry.first);
      return fail(135, name, fmt::format("there is no clip \"{}\"", name.text()),
                  schema::did_you_mean(name.text(), known));
    }
    out.same_as = it->second;
    return out;
  }

  // Takes over what the clip at the end of the chain wants, unless that is "end": then its duration
  // is known only once it is placed.
  void follow_same_as(size_t i) {
    if (!wanted_[i].same_as) return;
    size_t target = *wanted_[i].same_as;
    for (size_t steps = 0; wanted_[target].same_as; ++steps) {
      if (target == i || steps > kLongestChain) {
        wanted_[i] = fail(133, clips_[i].node["duration"],
                          "\"same_as\" leads back to this clip, or through too many others");
        return;
      }
      target = *wanted_[target].same_as;
    }
    wanted_[i].same_as = target;
    if (wanted_[target].failed) {
      wanted_[i].failed = true;
    } else if (wanted_[target].seconds) {
      wanted_[i].seconds = wanted_[target].seconds;
    }
  }

  std::optional<Rational> duration_of(size_t i, const Rational& start,
                                      const std::optional<Rational>& end) const {
    const Wanted& wanted = wanted_[i];
    if (wanted.seconds) return wanted.seconds;
    if (wanted.to_end && end && *end > 0) return *end - start;
    if (wanted.same_as && clips_[*wanted.same_as].placed) return clips_[*wanted.same_as].duration;
    return std::nullopt;
  }

  // Places what can be placed; true if that was anything.
  bool walk(const std::optional<Rational>& end) {
    bool any = false;
    for (size_t i = 0; i < clips_.size(); ++i) {
      ClipEntry& clip = clips_[i];
      if (clip.placed || wanted_[i].failed) continue;
      const bool first = i == 0 || clips_[i - 1].track != clip.track;
      const ClipEntry* before = first ? nullptr : &clips_[i - 1];
      if (before != nullptr && !before->placed) {
        // Where it starts is known from "at" alone, but not whether it overlaps.
        if (wanted_[i - 1].failed) wanted_[i].failed = !clip.node["at"];
        if (!clip.node["at"] || !wanted_[i - 1].failed) continue;
        before = nullptr;
      }
      if (!start_of(i, before)) {
        wanted_[i].failed = true;
        continue;
      }
      const auto duration = duration_of(i, clip.start, end);
      if (!duration) continue;
      clip.duration = *duration;
      any = true;
      if (!check(i, before)) {
        wanted_[i].failed = true;
        continue;
      }
      clip.placed = true;
    }
    return any;
  }

  // Sets start and transition; false if that was reported as impossible.
  bool start_of(size_t i, const ClipEntry* before) {
    ClipEntry& clip = clips_[i];
    const Node at = clip.node["at"];
    const Node transition = clip.node["transition"];
    clip.transition = 0;
    clip.start = at ? at.time() : before != nullptr ? before->end() : Rational(0);
    if (transition) {
      const bool first = i == 0 || clips_[i - 1].track != clip.track;
      if (first) {
        context_.error(131, transition, "there is no clip before this one on its track",
                       "to let it appear softly use \"fade_in\"");
        return false;
      }
      if (before == nullptr) return true;  // its own error is reported
      if (before->visual() != clip.visual()) {
        context_.error(131, transition,
                       "a transition joins two pictures or two sounds, not one of each");
        return false;
      }
      const Node stated = transition["duration"];
      if (at) {
        clip.transition = before->end() - clip.start;
        if (clip.transition <= 0) {
          context_.error(131, transition,
                         fmt::format("the clip before ends at {}, so there is nothing to overlap",
                                     shown(before->end())),
                         "leave out \"at\", and the clips will overlap by the transition");
          return false;
        }
        if (stated && stated.time() != clip.transition) {
          context_.error(131, stated,
                         fmt::format("the clips overlap by {}, not by {}", shown(clip.transition),
                                     shown(stated.time())),
                         "leave out \"at\" or this \"duration\"");
          return false;
        }
      } else {
        clip.transition = stated ? stated.time() : kDefaultTransition;
        clip.start -= clip.transition;
      }
    }
    return true;
  }

  // Reports what does not fit; false if the clip cannot be used.
  bool check(size_t i, const ClipEntry* before) {
    const ClipEntry& clip = clips_[i];
    if (clip.duration <= 0) {
      context_.error(132, clip.node["duration"] ? clip.node["duration"] : clip.node,
                     fmt::format("nothing is left of it: it starts at {}, where the output ends",
                                 shown(clip.start)));
      return false;
    }
    if (clip.end() > schema::kMaxSeconds) {
      context_.error(136, clip.node, fmt::format("ends at {}, after 24 hours", shown(clip.end())));
      return false;
    }
    if (before == nullptr) return true;
    if (clip.transition > 0) return check_transition(clip, *before);
    if (clip.start >= before->end()) return true;
    const std::string name = before->id.empty() ? before->node.pointer() : '"' + before->id + '"';
    context_.error(130, clip.node["at"],
                   fmt::format("starts at {}, before {} has ended at {}", shown(clip.start), name,
                               shown(before->end())),
                   fmt::format("start at {} or later, add a \"transition\", or use another track",
                               shown(before->end())));
    return false;
  }

  bool check_transition(const ClipEntry& clip, const ClipEntry& before) {
    const Node at = clip.node["transition"];
    const auto too_long = [&](std::string_view which, const Rational& duration) {
      context_.error(131, at,
                     fmt::format("the transition lasts {}, longer than {} ({})",
                                 shown(clip.transition), which, shown(duration)));
      return false;
    };
    if (clip.transition > clip.duration) return too_long("its clip", clip.duration);
    if (clip.transition > before.duration) return too_long("the clip before", before.duration);
    if (before.transition + clip.transition > before.duration) {
      context_.error(
          131, at,
          fmt::format("the transitions into and out of the clip before last {} and {}; "
                      "together that is longer than the clip ({})",
                      shown(before.transition), shown(clip.transition), shown(before.duration)));
      return false;
    }
    return true;
  }

  Rational last_end() const {
    Rational end = 0;
    for (const ClipEntry& clip : clips_) {
      if (clip.placed) end = std::max(end, clip.end());
    }
    return end;
  }

  void report_unplaced(const Rational& end) {
    for (size_t i = 0; i < clips_.size(); ++i) {
      const ClipEntry& clip = clips_[i];
      if (clip.placed || wanted_[i].failed) continue;
      const Node at = clip.node["duration"] ? clip.node["duration"] : clip.node;
      if (end <= 0 && wanted_[i].to_end) {
        if (context_.errors == 0) {
          context_.error(133, at, "no clip says when the output ends",
                         "give \"output\": {\"duration\": ...}, or one clip a duration in seconds");
        }
      } else if (context_.errors == 0) {
        context_.error(133, at, "its time depends on that of a clip which depends on it");
      }
    }
  }

  static constexpr size_t kLongestChain = 1000;

  Context& context_;
  std::vector<ClipEntry>& clips_;
  const std::optional<Rational> fixed_end_;
  std::vector<Wanted> wanted_;
  std::unordered_map<std::string, size_t> by_id_;
};

}  // namespace

DurationKind duration_kind(const ClipEntry& clip) {
  const Node duration = clip.node["duration"];
  if (!duration) return clip.kind == ClipKind::kCaptions ? DurationKind::kEnd : DurationKind::kAuto;
  if (duration.is_number()) return DurationKind::kSeconds;
  if (duration.text() == "end") return DurationKind::kEnd;
  if (duration.text() == "auto") return DurationKind::kAuto;
  return DurationKind::kSameAs;
}

std::vector<ClipEntry> list_clips(Context& context, const Node& tracks) {
  std::vector<ClipEntry> out;
  std::unordered_map<std::string, std::string> places;  // of ids
  for (size_t t = 0; t < tracks.size(); ++t) {
    const Node track = tracks[t];
    const Node clips = track.is_object() ? track["clips"] : track;
    for (size_t i = 0; i < clips.size(); ++i) {
      ClipEntry entry{.node = clips[i], .track = t};
      if (track.is_object()) entry.track_node = track;
      for (const KindName& kind : kKinds) {
        if (entry.node[kind.key]) entry.kind = kind.kind;
      }
      if (const Node id = entry.node["id"]) {
        entry.id = id.text();
        const auto [it, fresh] = places.emplace(entry.id, id.pointer());
        if (!fresh) {
          context.error(
              134, id,
              fmt::format("the id \"{}\" is used twice (also at {})", entry.id, it->second));
        }
      }
      if (out.size() >= schema::kMaxClips) {
        context.error(137, entry.node, fmt::format("more than {} clips", schema::kMaxClips));
        return out;
      }
      out.push_back(std::move(entry));
    }
  }
  return out;
}

Rational place_clips(Context& context, std::vector<ClipEntry>& clips,
                     const std::optional<Rational>& fixed_end) {
  return Placer(context, clips, fixed_end).run();
}

}  // namespace rushes::timeline
