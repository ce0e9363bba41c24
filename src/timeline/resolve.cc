#include "timeline/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/uri.h"
#include "schema/codecs.h"
#include "schema/formats.h"
#include "schema/limits.h"
#include "timeline/clip_list.h"
#include "timeline/context.h"
#include "timeline/encoding.h"
#include "timeline/properties.h"
#include "timeline/salvage.h"
#include "timeline/sound.h"
#include "timeline/source_use.h"
#include "timeline/text_style.h"
#include "timeline/words.h"

namespace rushes::timeline {
namespace {

using schema::Clip;
using schema::Program;

// What is known of a clip before it is placed.
struct ClipSource {
  const MediaFacts* facts = nullptr;
  std::optional<Part> part;
  std::vector<schema::Cue> cues;  // captions
  bool failed = false;            // reported
};

schema::Align align_of(std::string_view name, double place_x) {
  if (name.empty()) name = place_x < 0.5 ? "left" : place_x > 0.5 ? "right" : "center";
  if (name == "left") return schema::Align::kLeft;
  if (name == "right") return schema::Align::kRight;
  if (name == "justify") return schema::Align::kJustify;
  return schema::Align::kCenter;
}

schema::VerticalAlign valign_of(std::string_view name, double place_y) {
  if (name.empty()) name = place_y < 0.5 ? "top" : place_y > 0.5 ? "bottom" : "center";
  if (name == "top") return schema::VerticalAlign::kTop;
  if (name == "bottom") return schema::VerticalAlign::kBottom;
  return schema::VerticalAlign::kMiddle;
}

bool is_script(std::string_view named) {
  const std::string src = base::shown_uri(named);
  return src.ends_with(".ass") || src.ends_with(".ssa");
}

template <class E>
E word_of(std::string_view word, std::initializer_list<std::string_view> words) {
  const auto* it = std::ranges::find(words, word);
  return static_cast<E>(it == words.end() ? 0 : it - words.begin());
}

class Resolver {
 public:
  Resolver(const Loaded& loaded, const Facts& facts, const ResolveOptions& options)
      : loaded_(loaded),
        options_(options),
        root_(&loaded.document, ""),
        sources_(context_, facts, out_.program),
        sounds_(context_, out_.program.audio) {
    context_.file = loaded.file;
    context_.styles = root_["styles"];
  }

  Resolved run() && {
    read_output();
    check_fonts();
    clips_ = list_clips(context_, root_["tracks"]);
    find_sources();
    place_all();
    if (context_.errors == 0) fit_to_file(context_, root_["output"], program());
    if (context_.errors == 0 && program().video.codec == schema::kNoPicture &&
        program().audio.sounds.empty()) {
      context_.error(140, root_["output"], "there is neither a picture nor a sound to render");
    }
    out_.diagnostics = std::move(context_.diagnostics);
    std::ranges::stable_sort(out_.diagnostics, {}, [](const schema::Diagnostic& d) {
      return std::pair(d.place.line, d.place.column);
    });
    return std::move(out_);
  }

 private:
  Program& program() { return out_.program; }

  void read_output() {
    const Node output = root_["output"];
    const Node size = output["size"];
    const auto parsed = schema::parse_size(size.text());
    if (parsed.ok()) {
      program().width = context_.width = parsed->width;
      program().height = context_.height = parsed->height;
      check_size(size, *parsed);
    }
    if (const Node fps = output["fps"]) {
      const auto rate = schema::parse_fps(fps->text);
      if (rate.ok()) program().fps = context_.fps = *rate;
    }
    program().background = color(output["background"], {0, 0, 0, 255});
    if (output["duration"].is_number()) fixed_end_ = output["duration"].time();
    read_encoding(context_, output, options_, program());
  }

  void check_size(const Node& at, const schema::Size& size) {
    constexpr int64_t kMostSamples = INT32_MAX / 8;  // libav's limit, padding counted
    if (size.width < schema::kMinSide || size.height < schema::kMinSide ||
        size.width > schema::kMaxSide || size.height > schema::kMaxSide) {
      context_.error(113, at,
                     fmt::format("width and height must be from {} to {} (is {}x{})",
                                 schema::kMinSide, schema::kMaxSide, size.width, size.height));
      // Any size will do to judge the rest.
      context_.width = 1920;
      context_.height = 1080;
    } else if (size.width % 2 != 0 || size.height % 2 != 0) {
      const int down_w = size.width & ~1;
      const int down_h = size.height & ~1;
      const int up_w = size.width + size.width % 2;
      const int up_h = size.height + size.height % 2;
      context_.error(
          138, at, fmt::format("width and height must be even (is {}x{})", size.width, size.height),
          fmt::format("the nearest are {}x{} and {}x{}", down_w, down_h, up_w, up_h));
    } else if ((int64_t{size.width} + 128) * (size.height + 128) >= kMostSamples) {
      context_.error(113, at,
                     fmt::format("{}x{} is more than the encoder takes", size.width, size.height));
    }
  }

  void check_fonts() {
    const Node fonts = root_["fonts"];
    for (size_t i = 0; i < fonts.size(); ++i) sources_.find(fonts[i], Use::kFont);
  }

  // ---- before placing: what files are and how long

  void find_sources() {
    found_.resize(clips_.size());
    for (size_t i = 0; i < clips_.size(); ++i) {
      ClipEntry& clip = clips_[i];
      ClipSource& source = found_[i];
      switch (clip.kind) {
        case ClipKind::kImage:
          source.facts = sources_.find(clip.node["image"], Use::kImage);
          source.failed = source.facts == nullptr;
          break;
        case ClipKind::kVideo:
        case ClipKind::kAudio: find_playable(clip, source); break;
        case ClipKind::kCaptions: find_captions(clip, source); break;
        case ClipKind::kColor:
        case ClipKind::kGradient:
        case ClipKind::kText: break;
      }
      if (const Node luma = clip.node["transition"]["luma"]) {
        source.failed = sources_.find(luma, Use::kLuma) == nullptr || source.failed;
      }
      // Any length will do for a clip whose own is not known, so that only its source is reported.
      if (source.failed && !clip.natural) clip.natural = Rational(1);
    }
  }

  void find_playable(ClipEntry& clip, ClipSource& source) {
    const bool video = clip.kind == ClipKind::kVideo;
    source.facts =
        sources_.find(clip.node[video ? "video" : "audio"], video ? Use::kVideo : Use::kAudio);
    if (source.facts != nullptr) source.part = sources_.part(clip.node, *source.facts, video);
    source.failed = !source.part;
    if (source.failed || source.part->loop || source.part->freeze) return;
    const Rational length = source.part->duration / source.part->speed;
    if (video) {
      const int64_t frames = std::max<int64_t>((length * context_.fps).floor(), 1);
      clip.natural = Rational(frames) / context_.fps;
    } else {
      clip.natural = length;
    }
  }

  void find_captions(ClipEntry& clip, ClipSource& source) {
    const Node captions = clip.node["captions"];
    if (captions.is_array()) {
      WordList list = words_of(*captions, loaded_.file, captions.pointer());
      source.failed = !list.ok();
      for (schema::Diagnostic& d : list.diagnostics) context_.error(std::move(d));
      source.cues = std::move(list.cues);
    } else {
      source.facts = sources_.find(captions, Use::kCaptions);
      source.failed = source.facts == nullptr;
      if (source.facts != nullptr) source.cues = source.facts->cues;
      if (source.facts != nullptr && source.facts->duration) clip.natural = source.facts->duration;
    }
    Rational end = 0;
    for (const schema::Cue& cue : source.cues) {
      end = std::max(end, cue.end);
      words_ += cue.words.size() + 1;
    }
    if (end > 0) clip.natural = end;
    if (words_ > schema::kMaxWords) {
      context_.error(137, captions,
                     fmt::format("more than {} words of captions", schema::kMaxWords));
      source.failed = true;
    }
  }

  // ---- placing and what follows from it

  void place_all() {
    if (clips_.empty()) {
      context_.error(140, root_["tracks"], "there is no clip, so there is nothing to render");
      return;
    }
    const Rational end = place_clips(context_, clips_, fixed_end_);
    if (context_.errors > 0 && end <= 0) return;
    const Rational frames = end * program().fps;
    program().frames = frames.ceil();
    if (program().frames < 1) {
      context_.error(140, root_["tracks"], "the output would have no frame");
      return;
    }
    // As long as anybody asks for frames, it fits; saturated products do not.
    if (end > schema::kMaxSeconds) {
      context_.error(136, root_["tracks"], fmt::format("the output would last {}", shown(end)));
      return;
    }
    program().tracks.resize(root_["tracks"].size());
    for (size_t i = 0; i < clips_.size(); ++i) {
      if (clips_[i].placed && !found_[i].failed) add_clip(i);
    }
    sounds_.finish();
    warn_of_late_sound();
  }

  Rational cross_out(size_t i) const {
    const bool last = i + 1 == clips_.size() || clips_[i + 1].track != clips_[i].track;
    return last || !clips_[i + 1].placed ? Rational(0) : clips_[i + 1].transition;
  }

  // False if nothing of the clip is within the output, which is then said.
  bool is_within(const ClipEntry& clip) {
    const int64_t first = (clip.start * program().fps).ceil();
    if (first < program().frames) return true;
    if (fixed_end_) {
      context_.warning(
          180, clip.node,
          fmt::format("starts at {}, after the output has ended at {}, so it is left out",
                      shown(clip.start), shown(*fixed_end_)));
    } else {
      context_.error(
          132, clip.node, fmt::format("starts at {}, where the output ends", shown(clip.start)),
          "the clip before lasts to the \"end\": place this one with \"at\" or on another "
          "track");
    }
    return false;
  }

  void add_clip(size_t i) {
    const ClipEntry& entry = clips_[i];
    if (!is_within(entry)) return;
    const ClipSource& source = found_[i];
    if (source.part && !check_length(entry, source)) return;
    if (entry.kind == ClipKind::kAudio) {
      add_sound(i, entry.node["audio"]);
      return;
    }
    Clip clip;
    clip.id = entry.id;
    clip.pointer = entry.node.pointer();
    clip.start = entry.start;
    clip.duration = entry.duration;
    clip.first_frame = (entry.start * program().fps).ceil();
    clip.end_frame = std::min((entry.end() * program().fps).ceil(), program().frames);
    if (clip.first_frame >= clip.end_frame) {
      context_.error(132, entry.node,
                     fmt::format("lasts {} and shows no frame: one frame lasts {}",
                                 shown(entry.duration), shown(Rational(1) / program().fps)));
      return;
    }
    if (entry.transition > 0) clip.transition = read_transition(entry);
    add_content(i, clip);
    program().tracks[entry.track].clips.push_back(std::move(clip));
    const bool heard = entry.kind == ClipKind::kVideo && source.facts->has_audio &&
                       !source.part->freeze && !entry.node["mute"].boolean(false);
    if (heard) add_sound(i, entry.node["video"]);
  }

  void add_sound(size_t i, const Node& src) {
    const ClipEntry& clip = clips_[i];
    const Node audio = root_["output"]["audio"];
    const bool none = audio && audio->is_boolean() && !audio->boolean;
    if (none || clip.track_node["mute"].boolean(false)) return;
    sounds_.add(clip, sources_.input(src, *found_[i].facts), *found_[i].part, cross_out(i));
  }

  // Does the source last as long as the clip?
  bool check_length(const ClipEntry& clip, const ClipSource& source) {
    const Part& part = *source.part;
    if (part.loop || part.freeze) return true;
    const Rational wanted = clip.duration * part.speed;
    const Rational slack = part.speed / program().fps;
    if (wanted <= part.duration + slack) return true;
    const Node at = clip.node["duration"] ? clip.node["duration"] : clip.node;
    const std::string much = fmt::format("the clip lasts {}, its source only {}",
                                         shown(clip.duration), shown(part.duration / part.speed));
    if (clip.kind == ClipKind::kAudio) {
      context_.warning(183, at, much + "; silence follows", "add \"loop\": true to repeat it");
      return true;
    }
    context_.error(152, at, much,
                   "leave out \"duration\", play it slower with \"speed\", or add \"loop\": true");
    return false;
  }

  schema::Transition read_transition(const ClipEntry& entry) {
    const Node node = entry.node["transition"];
    const std::string_view type = node.is_object() ? node["type"].text() : node.text();
    schema::Transition out;
    using Kind = schema::TransitionKind;
    out.kind = word_of<Kind>(
        type, {"fade", "dip", "flash", "wipe", "slide", "push", "zoom", "circle", "luma"});
    out.duration = entry.transition;
    out.easing = easing(node["easing"]);
    out.direction =
        word_of<schema::Direction>(node["direction"].text(), {"left", "right", "up", "down"});
    const bool flash = out.kind == Kind::kFlash;
    out.color = color(node["color"], flash ? schema::Color{255, 255, 255, 255} : schema::Color{});
    out.softness = node["softness"].number(out.softness);
    const auto only_for = [&](const char* key, std::initializer_list<Kind> kinds) {
      const Node value = node[key];
      if (!value || std::ranges::find(kinds, out.kind) != kinds.end()) return;
      context_.warning(184, value, fmt::format("\"{}\" has no effect on \"{}\"", key, type));
    };
    only_for("direction", {Kind::kWipe, Kind::kSlide, Kind::kPush});
    only_for("color", {Kind::kDip, Kind::kFlash});
    only_for("softness", {Kind::kWipe, Kind::kCircle, Kind::kLuma});
    only_for("luma", {Kind::kLuma});
    if (out.kind != Kind::kLuma) return out;
    const Node luma = node["luma"];
    if (!luma) {
      context_.error(111, node, "needs \"luma\"",
                     "write {\"type\": \"luma\", \"luma\": \"mask.png\"}");
    } else if (const MediaFacts* facts = sources_.find(luma, Use::kLuma)) {
      out.luma_input = sources_.input(luma, *facts);
    }
    return out;
  }

  // ---- what is seen

  void add_content(size_t i, Clip& clip) {
    const ClipEntry& entry = clips_[i];
    const Node& node = entry.node;
    const ClipSource& source = found_[i];
    Shape shape;
    switch (entry.kind) {
      case ClipKind::kImage:
      case ClipKind::kVideo: {
        shape.has_picture = true;
        shape.source_aspect = static_cast<double>(source.facts->width) / source.facts->height;
        const bool image = entry.kind == ClipKind::kImage;
        const int input = sources_.input(node[image ? "image" : "video"], *source.facts);
        if (image) {
          clip.content = schema::ImageContent{input};
        } else {
          clip.content = video_content(entry, *source.part, input);
        }
        break;
      }
      case ClipKind::kColor: clip.content = schema::ColorContent{color(node["color"], {})}; break;
      case ClipKind::kGradient: clip.content = gradient(context_, node["gradient"]); break;
      case ClipKind::kText: {
        shape.is_text = true;
        shape.margin_x = context_.width / 20.0;
        shape.margin_y = context_.height / 20.0;
        const Placed placed = place(context_, node, clip.duration, shape);
        clip.visual = placed.visual;
        clip.content = text_content(node, placed);
        return;
      }
      case ClipKind::kCaptions: {
        shape.is_text = true;
        shape.default_place = "bottom";
        // A script places its lines in the whole frame.
        if (!is_script(node["captions"].text())) {
          shape.margin_x = context_.width / 20.0;
          shape.margin_y = context_.height / 10.0;
        }
        const Placed placed = place(context_, node, clip.duration, shape);
        clip.visual = placed.visual;
        clip.content = captions_content(node, source, placed);
        return;
      }
      case ClipKind::kAudio: return;
    }
    clip.visual = place(context_, node, clip.duration, shape).visual;
  }

  static schema::VideoContent video_content(const ClipEntry& entry, const Part& part, int input) {
    schema::VideoContent out;
    out.input = input;
    out.source_start = part.start;
    out.speed = part.speed;
    out.loop = part.loop;
    out.freeze = part.freeze;
    const bool whole = part.loop || part.freeze.has_value();
    out.source_duration =
        whole ? part.duration : std::min(part.duration, entry.duration * part.speed);
    return out;
  }

  schema::TextContent text_content(const Node& node, const Placed& placed) {
    schema::TextContent out;
    out.text = node["text"].text();
    out.style = text_style(context_, node["style"]);
    out.align = align_of(node["align"].text(), placed.place_x);
    out.valign = valign_of(node["valign"].text(), placed.place_y);
    out.wrap = node["wrap"].boolean(true);
    out.fit_box = node["shrink"].boolean(false);
    return out;
  }

  schema::CaptionsContent captions_content(const Node& node, const ClipSource& source,
                                           const Placed& placed) {
    schema::CaptionsContent out;
    const Node captions = node["captions"];
    const std::string_view src = captions.text();
    if (is_script(src)) {
      out.script = source.facts->script.value_or(schema::Script());
      for (const char* key : {"effect", "style", "active", "max_words", "max_lines", "max_gap",
                              "uppercase", "align", "valign"}) {
        if (const Node value = node[key]) {
          context_.warning(184, value,
                           fmt::format("\"{}\" has no effect on an .ass script, which brings its "
                                       "own styles",
                                       key));
        }
      }
    } else {
      out.cues = source.cues;
      if (out.cues.empty()) context_.warning(186, captions, "the captions hold no text");
    }
    out.effect = word_of<schema::CaptionEffect>(
        node["effect"].text(),
        {"plain", "karaoke", "highlight", "pop", "bounce", "typewriter", "fade"});
    out.style = text_style(context_, node["style"]);
    const Node active = node["active"];
    if (active && !out.script && out.effect == schema::CaptionEffect::kPlain) {
      context_.warning(184, active, "\"active\" has no effect on \"plain\" captions",
                       "choose an \"effect\" such as \"karaoke\"");
    }
    if (const Node c = active["color"]) out.active_color = color(c, {});
    if (const Node c = active["outline"]) out.active_outline_color = color(c, {});
    out.active_background = text_background(context_, active["background"]);
    if (const Node font = active["font"]) out.active_families = font_families(font);
    if (const Node weight = active["weight"]) out.active_weight = font_weight(weight, 400);
    out.active_scale = active["scale"].number(1);
    out.max_words = node["max_words"].integer(out.max_words);
    out.max_lines = node["max_lines"].integer(out.max_lines);
    out.max_width = placed.visual.box_width;
    out.max_gap = node["max_gap"].time(out.max_gap);
    out.uppercase = node["uppercase"].boolean(false);
    out.align = align_of(node["align"].text(), placed.place_x);
    // Captions stand on the bottom of their box wherever the box stands, but for a place name.
    out.valign = valign_of(node["valign"].text(), placed.has_place ? placed.place_y : 1);
    return out;
  }

  void warn_of_late_sound() {
    if (fixed_end_) return;
    Rational seen = 0;
    Rational heard = 0;
    const ClipEntry* last_sound = nullptr;
    for (const ClipEntry& clip : clips_) {
      if (!clip.placed) continue;
      if (clip.visual()) {
        seen = std::max(seen, clip.end());
      } else if (clip.end() > heard) {
        heard = clip.end();
        last_sound = &clip;
      }
    }
    if (last_sound == nullptr || seen <= 0 || heard <= seen + Rational(1) / program().fps) return;
    context_.warning(181, last_sound->node,
                     fmt::format("sounds until {}, after the last picture has ended at {}",
                                 shown(heard), shown(seen)),
                     "give it \"duration\": \"end\" to stop with the pictures");
  }

  const Loaded& loaded_;
  const ResolveOptions& options_;
  Node root_;
  Resolved out_;
  Context context_;
  Sources sources_;
  SoundList sounds_;
  std::optional<Rational> fixed_end_;
  std::vector<ClipEntry> clips_;
  std::vector<ClipSource> found_;
  size_t words_ = 0;
};

// Of a document with mistakes: what is wrong with the rest of it, and with its files.
Resolved what_else_is_wrong(const Loaded& loaded, const Facts& facts,
                            const ResolveOptions& options) {
  Resolved out;
  if (const Loaded rest = salvaged(loaded); rest.ok()) {
    out = Resolver(rest, facts, options).run();
    std::erase_if(out.diagnostics, [](const auto& d) { return !holds_for_the_whole(d); });
  }
  // A place is told once, and a name that is wrong in itself is no file's fault.
  std::set<std::pair<int, int>> told;
  for (const schema::Diagnostic& d : loaded.diagnostics) {
    told.insert({d.place.line, d.place.column});
  }
  std::erase_if(out.diagnostics, [&](const schema::Diagnostic& d) {
    return d.file == loaded.file && !told.insert({d.place.line, d.place.column}).second;
  });
  std::set<std::string> files;
  for (const schema::Diagnostic& d : out.diagnostics) files.insert(d.file);
  for (const SourceRef& source : sources(loaded)) {
    const auto it = facts.find(source.src);
    if (it == facts.end() || !it->second.error) continue;
    if (const auto& mistakes = it->second.mistakes; !mistakes.empty()) {
      if (files.insert(it->first).second) {
        out.diagnostics.insert(out.diagnostics.end(), mistakes.begin(), mistakes.end());
      }
      continue;
    }
    if (!told.insert({source.place.line, source.place.column}).second) continue;
    out.diagnostics.push_back(unusable(*it->second.error, source.src));
    out.diagnostics.back().file = loaded.file;
    out.diagnostics.back().place = source.place;
    out.diagnostics.back().pointer = source.pointer;
  }
  return out;
}

}  // namespace

Resolved resolve(const Loaded& loaded, const Facts& facts, const ResolveOptions& options) {
  if (!loaded.ok()) return what_else_is_wrong(loaded, facts, options);
  return Resolver(loaded, facts, options).run();
}

}  // namespace rushes::timeline
