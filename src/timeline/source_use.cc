#include "timeline/source_use.h"

#include <fmt/format.h>

#include "base/uri.h"

namespace rushes::timeline {
namespace {

std::string quoted(std::string_view src) {
  return fmt::format("\"{}\"", base::shown_uri(src).substr(0, 200));
}
std::string quoted(const Node& src) { return quoted(src.text()); }

bool is_captions(std::string_view named) {
  const std::string src = base::shown_uri(named);
  for (const std::string_view end : {".srt", ".vtt", ".ass", ".ssa", ".json"}) {
    if (src.ends_with(end)) return true;
  }
  return false;
}

}  // namespace

schema::Diagnostic unusable(const base::Error& error, std::string_view src) {
  return {.number = error.number > 0 ? error.number : 150,
          .code = error.code,
          .message = fmt::format("{}: {}", quoted(src), error.message)};
}

const MediaFacts* Sources::find(const Node& src, Use use) {
  if (use == Use::kCaptions && !is_captions(src.text())) {
    context_.error(
        151, src, fmt::format("{} is not a caption file (.srt, .vtt, .ass or .json)", quoted(src)));
    return nullptr;
  }
  const auto it = facts_.find(src.text());
  if (it == facts_.end()) {
    context_.error(150, src, fmt::format("{} has not been looked at", quoted(src)));
    return nullptr;
  }
  const MediaFacts& facts = it->second;
  if (facts.error) {
    if (facts.mistakes.empty()) context_.error(unusable(*facts.error, src.text()), src);
    // Once, however many clips use the file.
    if (!told_.insert(it->first).second) return nullptr;
    for (const schema::Diagnostic& mistake : facts.mistakes) context_.error(mistake);
    return nullptr;
  }
  return fits(src, facts, use) ? &facts : nullptr;
}

bool Sources::fits(const Node& src, const MediaFacts& facts, Use use) {
  const auto wrong = [&](std::string_view what, std::string_view hint) {
    context_.error(151, src, fmt::format("{} {}", quoted(src), what), std::string(hint));
    return false;
  };
  if (use == Use::kCaptions || use == Use::kFont) return true;
  if (use == Use::kAudio) return facts.has_audio || wrong("has no sound", "");
  if (use == Use::kVideo && !facts.has_video) {
    if (facts.has_image) return wrong("is a still picture", "use the key \"image\"");
    return wrong("has no picture", facts.has_audio ? "use the key \"audio\"" : "");
  }
  if (use != Use::kVideo && !facts.has_image) {
    if (facts.has_video) return wrong("is a video", "use the key \"video\"");
    return wrong("is not a picture", "");
  }
  if (facts.hdr) {
    context_.error(171, src, fmt::format("{} is HDR, which is not supported yet", quoted(src)),
                   "convert it to SDR first");
    return false;
  }
  if (facts.interlaced) {
    context_.error(172, src,
                   fmt::format("{} is interlaced, which is not supported yet", quoted(src)),
                   "deinterlace it first");
    return false;
  }
  if (facts.width <= 0 || facts.height <= 0) return wrong("has no size", "");
  return true;
}

int Sources::input(const Node& src, const MediaFacts& facts) {
  const auto [it, fresh] = inputs_.emplace(src.text(), static_cast<int>(program_.inputs.size()));
  if (fresh) {
    program_.inputs.push_back({.src = std::string(src.text()),
                               .size = facts.size,
                               .hash = facts.hash,
                               .stream = 0,
                               .width = facts.width,
                               .height = facts.height,
                               .duration = facts.duration,
                               .keyframes = facts.keyframes});
  }
  return it->second;
}

std::optional<Part> Sources::part(const Node& clip, const MediaFacts& facts, bool video) {
  const Node src = clip[video ? "video" : "audio"];
  const std::string name = quoted(src);
  Part out;
  if (const Node speed = clip["speed"]) {
    // A speed of many digits would make every time after it inexact.
    constexpr int64_t kMicro = 1'000'000;
    out.speed = Rational((speed->number * Rational(kMicro)).round(), kMicro);
  }
  out.loop = clip["loop"].boolean(false);
  const Node trim = clip["trim"];
  if (trim["end"] && trim["duration"]) {
    context_.error(139, trim["duration"], "\"end\" and \"duration\" exclude each other");
    return std::nullopt;
  }
  out.start = trim["start"].time();
  // Containers round their durations; less than a frame of the output is not worth an error.
  const Rational slack = Rational(1) / context_.fps;
  std::optional<Rational> end = facts.duration;
  if (facts.duration && out.start >= *facts.duration) {
    context_.error(152, trim["start"] ? trim["start"] : src,
                   fmt::format("{} lasts {}, so nothing is left after {}", name,
                               shown(*facts.duration), shown(out.start)));
    return std::nullopt;
  }
  const Node last = trim["end"] ? trim["end"] : trim["duration"];
  if (last) {
    const Rational stated = trim["end"] ? last.time() : out.start + last.time();
    if (stated <= out.start) {
      context_.error(136, last, fmt::format("must be after \"start\" ({})", shown(out.start)));
      return std::nullopt;
    }
    if (facts.duration && stated > *facts.duration + slack) {
      context_.error(152, last,
                     fmt::format("{} lasts only {}, not until {}", name, shown(*facts.duration),
                                 shown(stated)));
      return std::nullopt;
    }
    end = facts.duration ? std::min(stated, *facts.duration) : stated;
  }
  if (const Node freeze = clip["freeze"]) {
    out.freeze = freeze.time();
    if (out.loop) {
      context_.error(139, freeze, "\"freeze\" and \"loop\" exclude each other");
      return std::nullopt;
    }
    if (facts.duration && *out.freeze >= *facts.duration) {
      context_.error(152, freeze,
                     fmt::format("{} lasts {}, so it has no frame at {}", name,
                                 shown(*facts.duration), shown(*out.freeze)));
      return std::nullopt;
    }
  }
  if (!end) {
    if (!out.freeze) {
      context_.error(133, src, fmt::format("{} does not say how long it is", name),
                     "give \"trim\": {\"end\": ...}");
      return std::nullopt;
    }
    end = *out.freeze + Rational(1);
  }
  out.duration = *end - out.start;
  return out;
}

}  // namespace rushes::timeline
