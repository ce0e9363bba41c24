#include "base/error_catalog.h"

#include <algorithm>

namespace rushes::base {
namespace {

// Sorted by number.
constexpr ErrorInfo kCatalog[] = {
    // The codes of base::Code, in its order: errors without a number of their own.
    {1, "Invalid input",
     "Something that was given is not as it must be; the message says what. Trying again without a "
     "change ends the same way."},
    {2, "Not found",
     "A file, a font or a name is not there; the message says which. Paths in a timeline are "
     "relative to the folder of the timeline, and letters count as they are written."},
    {3, "Not supported", "The program knows what is meant, but this version cannot do it."},
    {4, "Damaged media",
     "A file could be opened, but what it holds is damaged or not what its name says. Play it "
     "elsewhere, and copy or export it again."},
    {5, "Not permitted",
     "The system refuses, or a file lies outside the folders that may be read: that of the "
     "timeline, and those given with --root."},
    {6, "Out of resources",
     "Memory, disk space or another limit was used up; the message says which. Free some, or make "
     "the video smaller."},
    {7, "Unavailable", "It did not work this time, and may work when tried again."},
    {8, "Cancelled", "It was stopped from outside, by Ctrl-C for example. No output was written."},
    {9, "A fault of ours",
     "This should not happen whatever the input. Please report it, with the message and the "
     "timeline."},
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
    {142, "No such style",
     "The text names a style that \"styles\" does not have. Names must be equal letter by letter."},
    {143, "The file does not hold this codec",
     "What a file may hold follows from its kind, and that from what its name ends in (or from "
     "\"format\"). Choose another codec or another name; the message lists what goes together."},
    {144, "Two renditions of one name",
     "Their files would have the same names. Without a \"name\" a rendition is called by its "
     "lines: \"720p\"."},
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
    {154, "A font is not found",
     "No installed font and none of \"fonts\" has this family. \"rushes fonts\" lists those that "
     "are installed. A list of families takes the first that is found."},
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
     "\"output.duration\" ends the video before this clip starts, so it is left out.", true},
    {181, "Sound goes on after the last picture",
     "The output ends with its last clip, and here that is a sound: only the background is seen "
     "meanwhile. Give the sound \"duration\": \"end\" if it should stop with the pictures.",
     true},
    {182, "A keyframe is never reached",
     "The keyframe's time lies after the end of its clip. Times of keyframes count from the start "
     "of the clip.",
     true},
    {183, "The sound is shorter than its clip",
     "The sound ends before its clip does; silence follows. Set \"loop\": true to repeat it.",
     true},
    {184, "A property has no effect",
     "The property means nothing together with the others: a direction for a fade, for example. It "
     "is ignored.",
     true},
    {185, "A variable is never used",
     "\"variables\" lists a name that no {{name}} uses, so its value has no effect.", true},
    {186, "Captions without text", "The captions hold no line, so nothing is shown.", true},
    {187, "A rendition is larger than the picture",
     "Nothing is enlarged: it is left out. If nothing else has nine tenths of the picture's lines, "
     "the next larger one is made as large as the picture. Ask for a larger picture, or for fewer "
     "\"lines\".",
     true},
    {188, "The file holds no sound",
     "A GIF shows pictures alone: what would be heard is left out. \"audio\": false says that this "
     "is "
     "meant; \".mp4\" keeps it.",
     true},
    {189, "The file is long for its kind",
     "A GIF stores each picture by itself, so one of more than a minute is very large. Cut it with "
     "\"duration\", or write \".mp4\".",
     true},
    {280, "The engine crashed",
     "The process that reads media ended by itself, most likely because of a damaged or hostile "
     "file. It is kept apart, so nothing else came to harm. Please report it, with the file."},
    {281, "The engine tried something forbidden",
     "The process that reads media tried to leave its jail and was stopped. A file may be hostile: "
     "do not use it. It may also be a fault of ours; please report it."},
    {282, "The engine was killed",
     "Something ended the process that reads media; most often it is the system, when memory runs "
     "out. Close other programs, or make the video smaller."},
    {283, "The engine hung",
     "The process that reads media made no progress for a long time and was stopped. If it happens "
     "again, one of the files is to blame; `rushes probe` on each may show which."},
    {284, "The task took too long", "The task has a limit of time, and was stopped at it."},
    {285, "The engine said something strange",
     "The process that reads media answered in a way that it never should, and was stopped. A file "
     "may be hostile, or it is a fault of ours; please report it."},
    {286, "The disk of the cache is full",
     "What is rendered is kept in the cache until it is joined, and its disk has no room left. "
     "What "
     "other renders left there has been removed already. --cache or $RUSHES_CACHE names another "
     "folder."},
    {287, "A store was asked again",
     "A server was busy, or the connection broke; the message says what it answered. Nothing was "
     "lost: what was asked for is asked for again, a few times, with growing pauses.",
     true},
    {288, "An upload will not be remembered",
     "What is known of an upload is kept in the cache, so that it can be gone on with after a "
     "crash. "
     "It cannot be written there; the message says why. The upload itself goes on; if it is "
     "stopped, "
     "it begins anew.",
     true},
    {289, "Another object has that name",
     "What is ingested is written once, and over nothing else. An object of that name is there "
     "that "
     "was not written from this recording, or not by this machine with this cache. Choose a name "
     "with {date} or --field in it; or --replace, if what is there may go."},
    {300, "Wrong use of the command line",
     "An option is unknown, misses its value or does not fit the others. --help after a command "
     "shows what it takes, with examples."},
    {301, "The output cannot be written",
     "Its folder must exist and be writable, and its name must not be that of a folder or a "
     "device. "
     "Nothing was rendered."},
    {302, "The output is an input",
     "The file that would be written is one that the render reads, possibly under another name (a "
     "link). Name another with -o. Nothing was rendered."},
    {303, "The engine is missing",
     "`rushes` starts `rushes-engine`, which must lie beside it. Install both, or name it in the "
     "environment variable RUSHES_ENGINE."},
    {304, "The timeline cannot be read",
     "The file that was named is missing, a folder, larger than 32 MB, or may not be read."},
    {305, "No such frames",
     "Frames count from 0, and a range A:B has A but not B. Times are seconds, within the length "
     "of "
     "the video. `rushes validate` tells how many frames there are."},
    {306, "The cache cannot be used",
     "Pieces of a render are kept in a folder, so that nothing is rendered twice. It cannot be "
     "made or written; the message says why. The render goes on without it: what is there and can "
     "be read is used, nothing is added. --cache or $RUSHES_CACHE names another folder.",
     true},
    {307, "Something was done again",
     "A process that rendered died, or something that was kept of an earlier render was damaged. "
     "What was lost has been rendered again; the output is the same. Where it was memory that was "
     "short, fewer processes go on: --workers and --memory set how many from the start.",
     true},
    {308, "The bit rate is not what was asked for",
     "A bit rate is reached by encoding everything at one quality, and qualities have a best and a "
     "worst. Pictures that hold little (a plain colour) do not fill a high rate however well they "
     "are encoded; pictures that hold much do not fit a very low one.",
     true},
    {309, "Fewer workers than asked for",
     "Each worker takes memory, by the size of the video and the encoder's preset, and all "
     "together "
     "stay below --memory (default: 70 % of what the machine or its control group has).",
     true},
    {310, "Too little memory for one worker",
     "What a worker takes follows from the sizes of the video and of its files and from the "
     "encoder's preset. If that does not fit into --memory nothing is begun, so that nothing has "
     "to "
     "be killed later. Without --memory, 70 % of what the machine or its control group has counts, "
     "and one worker tries. It fits with more memory, a smaller video (--preview), or a quicker "
     "preset."},
    {311, "The highest rate is exceeded",
     "\"maxrate\" and \"bufsize\" describe a decoder that is fed at a constant rate. Somewhere the "
     "picture needs more than that at any quality. Raise them, or choose a smaller size.",
     true},
    {312, "A frame rate was chosen",
     "Phones and screen recorders write frames when they have them. Video of a steady rate is made "
     "of that: the lowest usual rate that shows nearly all of them, so that nothing of a burst is "
     "lost; \"max_fps\" of the preset divides it. Each frame shows what the recording shows at "
     "that "
     "time. The message says how many pictures are left out, and how often one is shown again, of "
     "the first 250,000 (of the first 300 in WebM and Matroska).",
     true},
    {313, "The output failed its verification",
     "The file was written, decoded again and compared with what the timeline says, and it is not "
     "what it should be. The report beside it lists every reason. Render again with --cache at an "
     "empty folder; if it fails again, look at what the first reason names."},
    {314, "A source was kept",
     "--delete-source-after-verify deletes a recording, with all its chapters, only if whatever "
     "was made of it by the same command has been verified and has passed without a warning, if "
     "that holds all that the recording does (--may-lose names what may go), and if neither it nor "
     "the output has changed since. A link, a file that has other names (hard links), and what "
     "lies in a bucket or behind a web server stays, too. The message says which of these it was. "
     "Nothing of this recording was deleted; if the output is good, delete it yourself.",
     true},
    {315, "The command after an upload failed",
     "The recording is in its bucket, but the command of --on-done ended with another status than "
     "0, "
     "or took too long. The next ingest of the same recording runs it again, and uploads nothing."},
    {316, "The likeness asked for is not reached",
     "Some segments are less like what was composed than \"quality\" asks for, though they are "
     "encoded at the best crf there is, or kept smaller by \"maxrate\". Ask for less, or take a "
     "slower \"preset\" or a higher \"maxrate\".",
     true},
    {318, "A file beside a recording cannot be read",
     "Some cameras go on in another file when one is full, and only what the files say of "
     "themselves tells which go on with which. This one may be a part of the recording, and cannot "
     "be read, so it was left out. The message says why. Name all files of the recording, in their "
     "order, to have them joined whatever they say.",
     true},
    {319, "Hardware does not encode this",
     "Before anything is rendered a few frames are encoded by the hardware as the video will be, "
     "decoded by software and compared. The message says what was wrong with each device: no "
     "driver, a driver that failed, hung or gave another picture, or stretches that do not join. "
     "With --encoder auto software encodes then; `rushes encoders` tells what works here.",
     true},
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
