#pragma once

// What of a program is written, under which name. One list serves reading and writing; a field that
// is missing here is found by the round trip test.

#include <string_view>
#include <tuple>

#include "schema/formats.h"
#include "schema/program.h"

namespace rushes::schema {

template <class T, class M>
struct Field {
  const char* name;
  M T::*member;
};
template <class T, class M>
constexpr Field<T, M> field(const char* name, M T::*member) {
  return {name, member};
}

template <class T>
struct Fields;  // Fields<T>::list is a tuple of Field
template <class T>
struct Names;  // Names<Enum>::list, in the order of the enumeration
template <class T>
struct ContentKind;

#define RUSHES_FIELD(name) field(#name, &Self::name)
#define RUSHES_FIELDS(type, ...)                               \
  template <>                                                  \
  struct Fields<type> {                                        \
    using Self = type;                                         \
    static constexpr auto list = std::make_tuple(__VA_ARGS__); \
  }
#define RUSHES_NAMES(type, ...)                          \
  template <>                                            \
  struct Names<type> {                                   \
    static constexpr const char* list[] = {__VA_ARGS__}; \
  }
#define RUSHES_KIND(type, word)               \
  template <>                                 \
  struct ContentKind<type> {                  \
    static constexpr const char* name = word; \
  }

RUSHES_NAMES(Fit, "cover", "contain", "fill", "blur");
RUSHES_NAMES(TransitionKind, "fade", "dip", "flash", "wipe", "slide", "push", "zoom", "circle",
             "luma");
RUSHES_NAMES(Direction, "left", "right", "up", "down");
RUSHES_NAMES(Align, "left", "center", "right", "justify");
RUSHES_NAMES(VerticalAlign, "top", "center", "bottom");
RUSHES_NAMES(CaptionEffect, "plain", "karaoke", "highlight", "pop", "bounce", "typewriter", "fade");

RUSHES_KIND(ImageContent, "image");
RUSHES_KIND(VideoContent, "video");
RUSHES_KIND(ColorContent, "color");
RUSHES_KIND(GradientContent, "gradient");
RUSHES_KIND(TextContent, "text");
RUSHES_KIND(CaptionsContent, "captions");

RUSHES_FIELDS(Key, RUSHES_FIELD(time), RUSHES_FIELD(value), RUSHES_FIELD(easing));
RUSHES_FIELDS(Border, RUSHES_FIELD(width), RUSHES_FIELD(color));
RUSHES_FIELDS(Shadow, RUSHES_FIELD(x), RUSHES_FIELD(y), RUSHES_FIELD(blur), RUSHES_FIELD(color));
RUSHES_FIELDS(Visual, RUSHES_FIELD(x), RUSHES_FIELD(y), RUSHES_FIELD(anchor_x),
              RUSHES_FIELD(anchor_y), RUSHES_FIELD(box_width), RUSHES_FIELD(box_height),
              RUSHES_FIELD(fit), RUSHES_FIELD(scale), RUSHES_FIELD(rotation), RUSHES_FIELD(opacity),
              RUSHES_FIELD(crop_x), RUSHES_FIELD(crop_y), RUSHES_FIELD(crop_width),
              RUSHES_FIELD(crop_height), RUSHES_FIELD(zoom), RUSHES_FIELD(focus_x),
              RUSHES_FIELD(focus_y), RUSHES_FIELD(radius), RUSHES_FIELD(border),
              RUSHES_FIELD(shadow));
RUSHES_FIELDS(Transition, RUSHES_FIELD(kind), RUSHES_FIELD(duration), RUSHES_FIELD(easing),
              RUSHES_FIELD(direction), RUSHES_FIELD(color), RUSHES_FIELD(luma_input),
              RUSHES_FIELD(softness));
RUSHES_FIELDS(ImageContent, RUSHES_FIELD(input));
RUSHES_FIELDS(VideoContent, RUSHES_FIELD(input), RUSHES_FIELD(source_start),
              RUSHES_FIELD(source_duration), RUSHES_FIELD(speed), RUSHES_FIELD(loop),
              RUSHES_FIELD(freeze));
RUSHES_FIELDS(ColorContent, RUSHES_FIELD(color));
RUSHES_FIELDS(GradientContent::Stop, RUSHES_FIELD(offset), RUSHES_FIELD(color));
RUSHES_FIELDS(GradientContent, RUSHES_FIELD(radial), RUSHES_FIELD(angle), RUSHES_FIELD(stops));
RUSHES_FIELDS(TextStyle::Background, RUSHES_FIELD(color), RUSHES_FIELD(padding_x),
              RUSHES_FIELD(padding_y), RUSHES_FIELD(radius));
RUSHES_FIELDS(TextStyle, RUSHES_FIELD(families), RUSHES_FIELD(weight), RUSHES_FIELD(italic),
              RUSHES_FIELD(size), RUSHES_FIELD(color), RUSHES_FIELD(gradient),
              RUSHES_FIELD(letter_spacing), RUSHES_FIELD(line_height), RUSHES_FIELD(outline_width),
              RUSHES_FIELD(outline_color), RUSHES_FIELD(shadow), RUSHES_FIELD(background));
RUSHES_FIELDS(TextContent, RUSHES_FIELD(text), RUSHES_FIELD(style), RUSHES_FIELD(align),
              RUSHES_FIELD(valign), RUSHES_FIELD(wrap), RUSHES_FIELD(fit_box),
              RUSHES_FIELD(min_size), RUSHES_FIELD(fonts));
RUSHES_FIELDS(Word, RUSHES_FIELD(text), RUSHES_FIELD(start), RUSHES_FIELD(end));
RUSHES_FIELDS(Cue, RUSHES_FIELD(start), RUSHES_FIELD(end), RUSHES_FIELD(text), RUSHES_FIELD(words));
RUSHES_FIELDS(CaptionWord, RUSHES_FIELD(text), RUSHES_FIELD(start), RUSHES_FIELD(end),
              RUSHES_FIELD(space_before));
RUSHES_FIELDS(CaptionGroup, RUSHES_FIELD(start), RUSHES_FIELD(end), RUSHES_FIELD(words),
              RUSHES_FIELD(line_starts));
RUSHES_FIELDS(ScriptLine, RUSHES_FIELD(start_ms), RUSHES_FIELD(end_ms), RUSHES_FIELD(layer),
              RUSHES_FIELD(style), RUSHES_FIELD(margin_left), RUSHES_FIELD(margin_right),
              RUSHES_FIELD(margin_vertical), RUSHES_FIELD(placed), RUSHES_FIELD(effect),
              RUSHES_FIELD(text));
RUSHES_FIELDS(Script, RUSHES_FIELD(header), RUSHES_FIELD(lines), RUSHES_FIELD(begin));
RUSHES_FIELDS(CaptionsContent, RUSHES_FIELD(script), RUSHES_FIELD(cues), RUSHES_FIELD(grouped),
              RUSHES_FIELD(groups), RUSHES_FIELD(effect), RUSHES_FIELD(style),
              RUSHES_FIELD(active_color), RUSHES_FIELD(active_outline_color),
              RUSHES_FIELD(active_background), RUSHES_FIELD(active_families),
              RUSHES_FIELD(active_weight), RUSHES_FIELD(active_scale), RUSHES_FIELD(max_words),
              RUSHES_FIELD(max_lines), RUSHES_FIELD(max_width), RUSHES_FIELD(max_gap),
              RUSHES_FIELD(uppercase), RUSHES_FIELD(align), RUSHES_FIELD(valign),
              RUSHES_FIELD(fonts));
RUSHES_FIELDS(Clip, RUSHES_FIELD(id), RUSHES_FIELD(pointer), RUSHES_FIELD(start),
              RUSHES_FIELD(duration), RUSHES_FIELD(first_frame), RUSHES_FIELD(end_frame),
              RUSHES_FIELD(content), RUSHES_FIELD(visual), RUSHES_FIELD(transition));
RUSHES_FIELDS(Track, RUSHES_FIELD(clips));
RUSHES_FIELDS(Sound, RUSHES_FIELD(input), RUSHES_FIELD(id), RUSHES_FIELD(role),
              RUSHES_FIELD(pointer), RUSHES_FIELD(start), RUSHES_FIELD(duration),
              RUSHES_FIELD(source_start), RUSHES_FIELD(source_duration), RUSHES_FIELD(speed),
              RUSHES_FIELD(loop), RUSHES_FIELD(volume), RUSHES_FIELD(pan), RUSHES_FIELD(fade_in),
              RUSHES_FIELD(fade_out), RUSHES_FIELD(cross_in), RUSHES_FIELD(cross_out));
RUSHES_FIELDS(Duck, RUSHES_FIELD(target), RUSHES_FIELD(under), RUSHES_FIELD(by_db),
              RUSHES_FIELD(attack), RUSHES_FIELD(release));
RUSHES_FIELDS(Loudness, RUSHES_FIELD(target_lufs), RUSHES_FIELD(true_peak_db));
RUSHES_FIELDS(AudioMix, RUSHES_FIELD(sounds), RUSHES_FIELD(ducks), RUSHES_FIELD(loudness),
              RUSHES_FIELD(sample_rate), RUSHES_FIELD(channels), RUSHES_FIELD(codec),
              RUSHES_FIELD(bitrate));
RUSHES_FIELDS(VideoEncoding, RUSHES_FIELD(codec), RUSHES_FIELD(device), RUSHES_FIELD(driver),
              RUSHES_FIELD(preset), RUSHES_FIELD(crf), RUSHES_FIELD(bitrate),
              RUSHES_FIELD(target_ssim), RUSHES_FIELD(maxrate), RUSHES_FIELD(bufsize),
              RUSHES_FIELD(lossless), RUSHES_FIELD(gop_frames), RUSHES_FIELD(threads));
RUSHES_FIELDS(Rendition, RUSHES_FIELD(name), RUSHES_FIELD(scale), RUSHES_FIELD(video));
RUSHES_FIELDS(Input, RUSHES_FIELD(src), RUSHES_FIELD(size), RUSHES_FIELD(hash),
              RUSHES_FIELD(stream), RUSHES_FIELD(width), RUSHES_FIELD(height),
              RUSHES_FIELD(duration), RUSHES_FIELD(keyframes));
RUSHES_FIELDS(Font, RUSHES_FIELD(family), RUSHES_FIELD(hash), RUSHES_FIELD(size),
              RUSHES_FIELD(path), RUSHES_FIELD(index));
RUSHES_FIELDS(Program, RUSHES_FIELD(version), RUSHES_FIELD(format), RUSHES_FIELD(width),
              RUSHES_FIELD(height), RUSHES_FIELD(scale), RUSHES_FIELD(fps), RUSHES_FIELD(frames),
              RUSHES_FIELD(background), RUSHES_FIELD(inputs), RUSHES_FIELD(fonts),
              RUSHES_FIELD(tracks), RUSHES_FIELD(audio), RUSHES_FIELD(video),
              RUSHES_FIELD(renditions));

#undef RUSHES_FIELD
#undef RUSHES_FIELDS
#undef RUSHES_NAMES
#undef RUSHES_KIND

}  // namespace rushes::schema
