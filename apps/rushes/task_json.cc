#include "task_json.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <utility>

#include "base/rational.h"
#include "base/uri.h"
#include "file_identity.h"

namespace rushes::app {
namespace {

using nlohmann::json;

std::string in_work(const TaskSources& sources, const char* name) {
  return sources.work_folder + "/" + name;
}

json task(const TaskSources& sources, const char* kind) {
  json document = {{"version", 1}, {"kind", kind}, {"durable", false}};
  document["roots"] = {sources.timeline.folder, sources.work_folder};
  grant(document, sources.access);
  if (!sources.store.empty()) document["store"] = sources.store;
  // To show that the processor does not matter: docs/formats/task.md.
  if (const char* level = std::getenv("RUSHES_CPU"); level != nullptr && *level != '\0') {
    document["limits"]["processor"] = level;
  }
  return document;
}

// What works on the program itself and on its inputs.
json program_task(const TaskSources& sources, const ProgramSummary& program, const char* kind) {
  json document = task(sources, kind);
  document["inputs"]["program"] = in_work(sources, "program.json");
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    document["inputs"]["input:" + std::to_string(i)] = {
        {"path", sources.timeline.path_of(program.inputs[i].src)},
        {"identity", program.inputs[i].identity}};
  }
  document["fonts"] = program.fonts;
  return document;
}

// Pictures that were costly to decode are kept for other tasks of the same build.
void keep_derived(json& document, const ProgramSummary& program) {
  if (document.contains("store")) document["derived"] = program.numeric_class;
}

std::string segment_name(size_t i) { return "segment:" + std::to_string(i); }

json segment_json(const Pieces& pieces, size_t i) {
  const plan::Segment& s = pieces.segments[i];
  return {{"number", i}, {"first", s.first}, {"end", s.end}};
}

json coding_json(const plan::Coding& coding) {
  json out = json::object();
  if (coding.crf) out["crf"] = *coding.crf;
  if (coding.fill) out["fill"] = *coding.fill;
  return out;
}

std::string sound_name(size_t i) { return "sound:" + std::to_string(i); }

json sound_pieces_json(const Pieces& pieces) {
  json list = json::array();
  for (const plan::SoundPiece& p : pieces.sound)
    list.push_back({{"first", p.first}, {"end", p.end}});
  return list;
}

// The range, the segments and the objects that they lie in as this picture.
void add_segments(json& document, const Pieces& pieces, const PicturePieces& picture) {
  json& params = document["params"];
  params["first"] = pieces.range.first;
  params["end"] = pieces.range.end;
  if (!picture.as.name.empty()) params["rendition"] = picture.as.name;
  json& list = params["segments"] = json::array();
  for (size_t i = 0; i < pieces.segments.size(); ++i) {
    if (picture.keys[i].empty()) continue;
    document["inputs"][segment_name(i)] = {{"key", picture.keys[i]}};
    list.push_back(segment_json(pieces, i));
  }
}

using Wanted = std::function<bool(const std::string& key)>;

// Objects that a run writes: of each segment the pictures that are wanted.
void add_run(json& document, const Pieces& pieces, const plan::Run& run, const Wanted& wanted) {
  const bool alone = pieces.pictures.size() == 1 && pieces.pictures[0].as.name.empty();
  json& list = document["params"]["segments"] = json::array();
  for (size_t i = run.first; i < run.end; ++i) {
    json segment = segment_json(pieces, i);
    std::set<std::string> asked;  // pictures that are the same are one
    for (const PicturePieces& picture : pieces.pictures) {
      const std::string& key = picture.keys[i];
      if (key.empty() || !wanted(key) || !asked.insert(key).second) continue;
      const json coding = coding_json(picture.codings[i]);
      std::string name = segment_name(i);
      if (!picture.as.name.empty()) name += ":" + picture.as.name;
      document["outputs"][name] = {{"key", key}};
      if (alone) {
        segment.update(coding);
      } else {
        segment["renditions"][picture.as.name] = coding;
      }
    }
    list.push_back(std::move(segment));
  }
}

// Whoever names a file may read it.
void allow(json& document, const VerifiedFile& file) {
  grant(document, {.roots = {file.folder}, .private_web = file.path.starts_with("http")});
}

void add_output(json& document, const VerifiedFile& output) {
  document["inputs"]["output"] = {{"path", output.path}, {"identity", output.identity}};
  allow(document, output);
}

// An output that appears by itself.
json alone(const std::string& path) { return {{"path", path}, {"alone", true}}; }

// What an earlier render has put and is the same is not sent again.
json alone_in(const HlsFolder& folder, const std::string& path) {
  json output = alone(path);
  if (folder.is_far() && folder.is_there(path)) output["reuse"] = true;
  return output;
}

json range_params(const FrameRange& range) { return {{"first", range.first}, {"end", range.end}}; }

}  // namespace

base::Result<ProgramSummary> summary_from_json(const json& result) {
  try {
    ProgramSummary program;
    program.width = result.at("width").get<int>();
    program.height = result.at("height").get<int>();
    program.frames = result.at("frames").get<int64_t>();
    program.audio = result.at("audio").get<bool>();
    for (const json& input : result.at("inputs").get<std::vector<json>>()) {
      program.inputs.push_back(
          {input.at("src").get<std::string>(), input.at("identity").get<std::string>()});
    }
    program.numeric_class = result.at("numeric_class").get<std::string>();
    program.fonts = result.at("fonts");
    program.fps_text = result.at("fps").get<std::string>();
    program.duration_text = result.at("duration").get<std::string>();
    ASSIGN_OR_RETURN(const base::Rational fps, base::Rational::parse(program.fps_text));
    ASSIGN_OR_RETURN(const base::Rational duration, base::Rational::parse(program.duration_text));
    program.fps = fps.to_double();
    program.duration = duration.to_double();
    if (program.frames <= 0 || !(program.fps > 0)) return base::internal("a program of no frames");
    return program;
  } catch (const json::exception& error) {
    return base::internal(std::string("the compiled program: ") + error.what());
  }
}

json probe_task(const std::string& path, const std::string& store) {
  if (base::is_uri(path)) {
    json document = {{"version", 1}, {"kind", "probe"}, {"inputs", {{"media", path}}}};
    grant(document, {.roots = {path}, .private_web = true});
    if (!store.empty()) document["store"] = store;
    return document;
  }
  std::error_code error;
  const auto named = std::filesystem::absolute(path, error).lexically_normal();
  auto real = std::filesystem::canonical(named, error);
  if (error) real = named;
  return {{"version", 1},
          {"kind", "probe"},
          {"inputs", {{"media", real.string()}}},
          {"roots", {real.parent_path().string()}}};
}

json encoders_task(std::string_view device, json pictures) {
  constexpr int kPatience = 15;  // seconds; a driver takes a few to load
  return {{"version", 1},
          {"kind", "encoders"},
          {"devices", true},
          {"limits", {{"wall_seconds", kPatience}}},
          {"params", {{"device", device}, {"pictures", std::move(pictures)}}}};
}

json compile_task(const TaskSources& sources, const CompileOptions& options) {
  json document = task(sources, "compile");
  document["partial"] = true;
  document["hashes"] = true;
  document["inputs"]["timeline"] = in_work(sources, "timeline.json");
  const std::vector<std::string>& files = sources.timeline.sources;
  for (size_t i = 0; i < files.size(); ++i) {
    document["inputs"]["source:" + std::to_string(i)] = sources.timeline.path_of(files[i]);
  }
  document["outputs"]["program"] = in_work(sources, "program.json");
  document["params"] = {{"filename", sources.timeline.name},
                        {"sources", files},
                        {"set", options.set},
                        {"preview", options.preview}};
  if (!options.container.empty()) document["params"]["container"] = options.container;
  if (!options.encoder.empty()) document["params"]["encoder"] = options.encoder;
  return document;
}

std::vector<std::string> Pieces::keys_of(size_t segment) const {
  std::vector<std::string> keys;
  for (const PicturePieces& picture : pictures) {
    const std::string& key = picture.keys[segment];
    if (!key.empty() && std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

json segments_task(const TaskSources& sources, const ProgramSummary& program, const Pieces& pieces,
                   const plan::Run& run, const Wanted& is_stored) {
  json document = program_task(sources, program, "segments");
  // What drivers reserve counts against the limit, though most of it is never touched.
  const uint64_t of_driver = program.devices ? uint64_t{1} << 30 : 0;
  document["limits"]["memory_bytes"] = pieces.worker_bytes + of_driver;
  if (program.devices) document["devices"] = true;
  keep_derived(document, program);
  std::set<std::string> missing;
  for (size_t i = run.first; i < run.end; ++i) {
    std::vector<std::string> keys = pieces.keys_of(i);
    const std::vector<std::string> all = keys;
    std::erase_if(keys, is_stored);
    // Another command may have stored the rest meanwhile: what was asked for is made.
    const std::vector<std::string>& wanted = keys.empty() ? all : keys;
    missing.insert(wanted.begin(), wanted.end());
  }
  add_run(document, pieces, run, [&](const std::string& key) { return missing.contains(key); });
  return document;
}

json audio_task(const TaskSources& sources, const ProgramSummary& program, const Pieces& pieces,
                SoundObjects objects) {
  json document = program_task(sources, program, "audio");
  document["params"] = range_params(pieces.range);
  if (pieces.sound_follows) add_segments(document, pieces, pieces.pictures.at(0));
  if (objects != SoundObjects::kPieces) document["outputs"]["audio"] = {{"key", *pieces.audio_key}};
  if (objects == SoundObjects::kWhole) return document;
  for (size_t i = 0; i < pieces.sound_keys.size(); ++i) {
    document["outputs"][sound_name(i)] = {{"key", pieces.sound_keys[i]}};
  }
  document["params"]["pieces"] = sound_pieces_json(pieces);
  document["params"]["whole"] = objects == SoundObjects::kBoth;
  document["params"]["loudness"] = !pieces.sound_is_preview;
  return document;
}

json still_task(const TaskSources& sources, const ProgramSummary& program, int64_t frame,
                const std::string& output) {
  json document = program_task(sources, program, "still");
  keep_derived(document, program);
  document["outputs"]["png"] = output;
  document["params"]["frame"] = frame;
  document["durable"] = true;
  return document;
}

json hashes_task(const TaskSources& sources, const ProgramSummary& program,
                 const HashesOptions& options) {
  json document = program_task(sources, program, "hashes");
  document["outputs"]["hashes"] = options.output;
  document["durable"] = true;
  document["params"] = range_params(options.range);
  document["params"]["step"] = 1;
  document["params"]["plain"] = options.plain;
  if (options.plain) document["limits"]["processor"] = "plain";
  return document;
}

json measure_task(const TaskSources& sources, const Pieces& pieces, size_t picture) {
  json document = task(sources, "measure");
  document["inputs"]["program"] = in_work(sources, "program.json");
  add_segments(document, pieces, pieces.pictures[picture]);
  return document;
}

json assemble_task(const TaskSources& sources, const Pieces& pieces, const std::string& output) {
  json document = task(sources, "assemble");
  document["inputs"]["program"] = in_work(sources, "program.json");
  if (pieces.pictures.empty()) {
    document["params"] = range_params(pieces.range);
  } else {
    add_segments(document, pieces, pieces.pictures[0]);
  }
  if (pieces.audio_key) document["inputs"]["audio"] = {{"key", *pieces.audio_key}};
  if (pieces.sound_follows && !pieces.sound_keys.empty() && !pieces.sound_is_preview) {
    document["params"]["pieces"] = sound_pieces_json(pieces);
    for (size_t i = 0; i < pieces.sound_keys.size(); ++i) {
      document["inputs"][sound_name(i)] = {{"key", pieces.sound_keys[i]}};
    }
  }
  document["outputs"]["output"] = output;
  document["durable"] = true;
  return document;
}

VerifiedFile far_file(const std::string& uri, uint64_t size, const std::string& version) {
  return {uri, uri, far_identity(size, version)};
}

base::Result<VerifiedFile> verified_file(const std::string& path, Buckets& buckets) {
  if (base::is_uri(path)) {
    ASSIGN_OR_RETURN(const FarFile file, buckets.stat(path));
    return far_file(path, file.size, file.version);
  }
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) return base::from_errno(error.value(), "\"" + path + "\"");
  ASSIGN_OR_RETURN(std::string identity, file_identity(real));
  return VerifiedFile{real, real.parent_path(), std::move(identity)};
}

json inspect_task(const VerifiedFile& file, const std::string& fps) {
  json document = {{"version", 1},
                   {"kind", "inspect"},
                   {"inputs", {{"media", {{"path", file.path}, {"identity", file.identity}}}}},
                   {"params", {{"fps", fps}}}};
  allow(document, file);
  return document;
}

json compare_task(const TaskSources& sources, const ProgramSummary& program, const Pieces& pieces,
                  const CompareOptions& options) {
  json document = program_task(sources, program, "compare");
  document["limits"]["memory_bytes"] = pieces.worker_bytes;
  keep_derived(document, program);
  add_output(document, options.output);
  document["params"] = {{"first", pieces.range.first}};
  add_run(document, pieces, options.run, [](const std::string& /*key*/) { return true; });
  return document;
}

json listen_task(const TaskSources& sources, const ProgramSummary& program, const FrameRange& range,
                 const std::optional<VerifiedFile>& output) {
  json document = program_task(sources, program, "listen");
  document["params"] = range_params(range);
  document["params"]["output_has_sound"] = output.has_value();
  if (output) add_output(document, *output);
  return document;
}

json subtitles_task(const TaskSources& sources, const Pieces& pieces, const HlsFolder& folder,
                    const SubtitleFile& file, const base::Rational& begins) {
  json document = task(sources, "subtitles");
  document["durable"] = true;
  document["inputs"]["program"] = in_work(sources, "program.json");
  document["inputs"]["subtitles"] = {{"path", file.path}, {"identity", file.identity}};
  document["roots"].push_back(std::filesystem::path(file.path).parent_path().string());
  document["params"] = range_params(pieces.range);
  document["params"]["format"] = file.format;
  document["params"]["begins"] = begins.to_string();
  json& list = document["params"]["segments"] = json::array();
  document["outputs"]["whole"] = alone_in(folder, folder.header_path(file.track()));
  for (size_t i = 0; i < pieces.segments.size(); ++i) {
    list.push_back(segment_json(pieces, i));
    document["outputs"]["piece:" + std::to_string(i)] =
        alone_in(folder, folder.piece_path(file.track(), i));
  }
  return document;
}

json thumbnails_task(const TaskSources& sources, const Pieces& pieces,
                     const SheetOptions& options) {
  json document = task(sources, "thumbnails");
  document["durable"] = true;
  const plan::Thumbnails& layout = options.layout;
  document["params"] = {{"width", layout.width},
                        {"height", layout.height},
                        {"columns", layout.columns},
                        {"rows", layout.rows}};
  json& list = document["params"]["segments"] = json::array();
  for (const size_t i : options.segments) {
    document["inputs"][segment_name(i)] = {{"key", pieces.pictures[options.picture].keys[i]}};
    list.push_back(segment_json(pieces, i));
  }
  for (size_t i = 0; i < options.outputs.size(); ++i) {
    document["outputs"]["sheet:" + std::to_string(i)] = alone(options.outputs[i]);
  }
  return document;
}

json hls_task(const TaskSources& sources, const Pieces& pieces, const HlsFolder& folder,
              const std::string& track) {
  json document = task(sources, "hls");
  document["durable"] = true;
  size_t count = pieces.segments.size();
  const auto picture = std::ranges::find_if(
      pieces.pictures, [&](const PicturePieces& p) { return track_name(p.as) == track; });
  if (picture != pieces.pictures.end()) {
    document["inputs"]["program"] = in_work(sources, "program.json");
    add_segments(document, pieces, *picture);
  } else {
    count = pieces.sound.size();
    document["params"] = {{"pieces", sound_pieces_json(pieces)}};
    json& objects = document["params"]["objects"] = json::array();
    const bool whole = pieces.sound_keys.empty() || (track == "audio" && pieces.sound_is_preview);
    if (whole) {
      objects.push_back("audio");
      document["inputs"]["audio"] = {{"key", *pieces.audio_key}};
    }
    for (size_t i = 0; !whole && i < count; ++i) {
      objects.push_back(sound_name(i));
      document["inputs"][sound_name(i)] = {{"key", pieces.sound_keys[i]}};
    }
  }
  document["outputs"]["header"] = alone_in(folder, folder.header_path(track));
  for (size_t i = 0; i < count; ++i) {
    document["outputs"]["piece:" + std::to_string(i)] =
        alone_in(folder, folder.piece_path(track, i));
  }
  return document;
}

}  // namespace rushes::app
