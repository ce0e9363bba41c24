#include "base/error_catalog.h"

#include <algorithm>

namespace rushes::base {
namespace {

// Sorted by number.
constexpr ErrorInfo kCatalog[] = {
    {100, "Broken JSON",
     "The document is not JSON, so nothing else could be checked. The message names the line and "
     "column where reading stopped; the mistake is there or just before. JSON wants double quotes "
     "around every key and string, a comma between entries and none after the last, no comments, "
     "and UTF-8 text."},
    {101, "A key is given twice",
     "An object holds the same key two times, and only one of them could count. Remove one."},
    {102, "Document too large",
     "A document may have at most 32 MB, 64 levels of nesting and two million values. Put long "
     "lists of words or captions into files of their own."},
    {103, "Number out of range",
     "Numbers lie between -1e18 and 1e18. Infinity and NaN do not exist in JSON."},
    {110, "Unknown key",
     "The object has a key that means nothing here; it is refused, since a misspelt key would "
     "otherwise be lost silently. `rushes schema timeline` prints every key. Free remarks go into "
     "\"note\"."},
    {111, "A key is missing", "The object needs this key. `rushes schema timeline` describes it."},
    {112, "Wrong type",
     "The value is of another kind than is wanted: a string where a number belongs, for example. "
     "Numbers and true or false stand without quotes."},
    {113, "Out of range", "The number is below the least or above the greatest allowed value."},
    {114, "Not one of the allowed values",
     "The value must be one of a fixed list, which the message or `rushes schema timeline` shows. "
     "Capital letters matter."},
    {115, "Malformed value",
     "The string does not have the form that is wanted here, such as a colour (\"#ff8800\", "
     "\"orange\", \"rgb(255,136,0)\"), an easing (\"ease-out-cubic\", "
     "\"cubic-bezier(0.2,0,0,1)\"), a size (\"1080x1920\") or a percentage (\"50%\")."},
    {116, "What kind of clip is this?",
     "A clip says what it shows or plays by exactly one of the keys \"image\", \"video\", "
     "\"audio\", \"color\", \"gradient\", \"text\" and \"captions\". This one has none, or more "
     "than one. Two things seen at the same time stand on two tracks."},
    {117, "Wrong number of entries", "The list or the string is too short or too long."},
    {118, "Unknown document version",
     "The document's \"version\" is newer than this program, or is not a version at all. This "
     "program reads version 1. Update Rushes, or correct the number."},
    {120, "A variable has no value",
     "The text uses {{name}}, and no value is known for it: it has no default under \"variables\" "
     "and none was given. Give one with --set name=value, or add a default."},
    {121, "Unknown variable",
     "The text uses {{name}}, but \"variables\" does not list that name. List it there, with a "
     "default if it has one. To write two braces themselves, put a backslash before them, which "
     "JSON wants doubled: \"\\\\{{\"."},
    {122, "A variable's value has the wrong type",
     "The value given with --set, or the default, is not of the type that the variable declares: "
     "string, number, boolean or color."},
    {123, "--set names no variable of the document",
     "The name before the = is not listed under \"variables\" in the document, so the value would "
     "have no effect."},
    {124, "Malformed placeholder",
     "Two opening braces start a placeholder, {{name}}, and this one is not closed or holds "
     "something else than a name. To write two braces themselves, put a backslash before them, "
     "which JSON wants doubled: \"\\\\{{\"."},
    {130, "Clips overlap",
     "Clips on one track follow one another; they overlap only where a transition joins them. Move "
     "the later one (\"at\"), shorten the earlier one, or put one of them on another track."},
    {131, "A transition does not fit",
     "A transition needs a clip before it on the same track, of the same sort (two pictures or two "
     "sounds), without a gap. It must be shorter than either clip, and the transitions at both "
     "ends "
     "of a clip must not meet. To let the first clip appear softly use \"fade_in\"."},
    {132, "A clip shows no frame",
     "The clip lies between two frames of the output, or after its end, so it would never be seen. "
     "One frame lasts 1/fps seconds."},
    {133, "A duration cannot be found",
     "The clip has no length of its own (stills, colours and text have none, looped and frozen "
     "video neither, and some files do not say), or \"end\" and \"same_as\" lead nowhere. Give "
     "\"duration\" in seconds, or \"output\": {\"duration\": ...}."},
    {134, "An id is used twice", "Each \"id\" names one clip. Rename one of them."},
    {135, "No such name",
     "The document refers to a clip, a role or a style that it does not have. Names must be equal "
     "letter by letter."},
    {136, "Time out of range",
     "Times lie between 0 and 24 hours, a range must end after it starts, and keyframes stand in "
     "the order of their times."},
    {137, "Too many parts",
     "A timeline may have 1000 tracks, 100,000 clips, 10,000 keyframes for one property and "
     "500,000 words of captions."},
    {138, "Odd size",
     "H.264 stores colour at half the width and height, so both must be even. The message names "
     "the nearest sizes that are."},
    {139, "Properties that exclude each other",
     "Two properties of one clip say different things about the same: \"motion\" beside \"crop\" "
     "or "
     "\"zoom\", fades beside keyframed opacity, \"freeze\" beside \"loop\". Keep one of them."},
    {140, "Nothing to render",
     "The timeline has no clips, or its output would have no frame. Add a clip to \"tracks\"."},
    {141, "Crop outside the picture",
     "A crop or motion rectangle is given in fractions of the picture, from 0 to 1: x + width and "
     "y + height must not exceed 1, and neither side may be 0."},
    {150, "A file cannot be used",
     "The file is missing, cannot be read, or is damaged; the message says which. Paths are "
     "relative to the folder of the timeline."},
    {151, "Not the right kind of file",
     "The file holds something else than the clip wants: \"image\" takes a still picture, "
     "\"video\" "
     "a moving one, \"audio\" anything with sound. Use the key that fits the file."},
    {152, "The source is too short",
     "The clip wants more seconds than its source has after \"trim\" and \"speed\". Shorten the "
     "clip, leave out \"duration\" to use the whole source, play it slower, or set \"loop\": "
     "true."},
    {153, "Broken captions",
     "A word or a line of the captions ends before it starts, or lies out of order."},
    {170, "Not supported yet",
     "The program knows what is meant, but this version cannot do it. Nothing is rendered, rather "
     "than something else than was asked for."},
    {171, "HDR is not supported yet",
     "The video is HDR (PQ or HLG). Shown as it is, its colours would be washed out. Convert it to "
     "SDR first."},
    {172, "Interlaced video is not supported yet",
     "The video is made of fields, and would show combs where something moves. Deinterlace it "
     "first."},
    {180, "A clip lies after the end",
     "\"output.duration\" ends the video before this clip starts, so it is left out."},
    {181, "Sound goes on after the last picture",
     "The output ends with its last clip, and here that is a sound: only the background is seen "
     "meanwhile. Give the sound \"duration\": \"end\" if it should stop with the pictures."},
    {182, "A keyframe is never reached",
     "The keyframe's time lies after the end of its clip. Times of keyframes count from the start "
     "of the clip."},
    {183, "The sound is shorter than its clip",
     "The sound ends before its clip does; silence follows. Set \"loop\": true to repeat it."},
    {184, "A property has no effect",
     "The property means nothing together with the others: a direction for a fade, for example. It "
     "is ignored."},
    {185, "A variable is never used",
     "\"variables\" lists a name that no {{name}} uses, so its value has no effect."},
    {186, "Captions without text", "The captions hold no line, so nothing is shown."},
};

}  // namespace

std::span<const ErrorInfo> error_catalog() { return kCatalog; }

const ErrorInfo* find_error(int number) {
  const auto* it = std::ranges::lower_bound(kCatalog, number, {}, &ErrorInfo::number);
  return it != std::end(kCatalog) && it->number == number ? it : nullptr;
}

int parse_error_number(std::string_view text) {
  if (!text.empty() && std::string_view("EeWw").find(text[0]) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  if (text.empty() || text.size() > 6) return 0;
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace rushes::base
