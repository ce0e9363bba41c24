#include "plan/key.h"

#include "base/hash.h"
#include "schema/program_json.h"

namespace rushes::plan {
namespace {

using schema::Program;

// Names of places and files change no byte; contents are named by their hashes.
Program without_names(Program program) {
  for (schema::Input& input : program.inputs) input.src.clear();
  for (schema::Font& font : program.fonts) font.path.clear();
  for (schema::Track& track : program.tracks) {
    for (schema::Clip& clip : track.clips) {
      clip.id.clear();
      clip.pointer.clear();
    }
  }
  for (schema::Sound& sound : program.audio.sounds) sound.pointer.clear();
  return program;
}

// The length of each part keeps two lists of parts from reading the same.
std::string key_of(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) text += std::to_string(part.size()) + ":" + part;
  return base::hash_of(text);
}

}  // namespace

std::string key_text(const Program& slice) { return schema::write_program(without_names(slice)); }

std::string video_key(const Slice& slice, const std::string& numeric_class, const Coding& coding) {
  Program program = slice.program;
  if (coding.crf) {
    program.video.crf = *coding.crf;
    program.video.bitrate.reset();
    // What is stored tells how like it is, whatever was asked for.
    if (program.video.target_ssim) program.video.target_ssim = 0;
  }
  const std::string fill = coding.fill ? std::to_string(*coding.fill) : "";
  return key_of({"video 1", numeric_class, fill, key_text(program)});
}

std::string audio_key(const Slice& sound, const Segment& range, const std::string& numeric_class) {
  return key_of({"audio 1", numeric_class, std::to_string(range.first), std::to_string(range.end),
                 key_text(sound.program)});
}

std::string sound_piece_key(const std::string& audio_key, const SoundPiece& piece) {
  return key_of(
      {"sound piece 1", audio_key, std::to_string(piece.first), std::to_string(piece.end)});
}

}  // namespace rushes::plan
