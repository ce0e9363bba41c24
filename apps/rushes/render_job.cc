#include "render_job.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/error_catalog.h"
#include "base/hash.h"
#include "base/unique_fd.h"
#include "base/uri.h"
#include "buckets.h"
#include "cache_folder.h"
#include "compile.h"
#include "console.h"
#include "explain_plan.h"
#include "far_folders.h"
#include "frame_range.h"
#include "hls_render.h"
#include "last_render.h"
#include "numbers.h"
#include "output_path.h"
#include "progress.h"
#include "render_plan.h"
#include "schema/codecs.h"
#include "search_coding.h"
#include "settle_encoder.h"
#include "sound_tasks.h"
#include "store/file_store.h"
#include "task_runner.h"
#include "verify_output.h"
#include "work_folder.h"

namespace rushes::app {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double rounded(double seconds) {
  return static_cast<double>(static_cast<int64_t>(seconds * 1000)) / 1000;
}

class RenderJob {
 public:
  RenderJob(const RenderOptions& options, Console& console, json& report)
      : options_(options),
        console_(console),
        report_(report),
        progress_(console, style(), options.place) {}

  base::Result<Rendered> run() {
    ASSIGN_OR_RETURN(TaskRunner runner, TaskRunner::create(console_, progress_));
    base::Status status = run_with(runner);
    if (buckets_) buckets_->stop();  // what is still on its way
    progress_.finish();
    report_["warnings"] = runner.warnings();
    report_["diagnostics"] = runner.diagnostics();
    if (!status.ok() && hls_) hls_->give_up();
    RETURN_IF_ERROR(std::move(status));
    return std::move(made_);
  }

 private:
  ProgressStyle style() const { return progress_style(options_.progress); }

  base::Status run_with(TaskRunner& runner) {
    CompileRequest request{.file = options_.file,
                           .set = {},
                           .access = options_.access,
                           .work_folder = {},
                           .preview = options_.preview};
    ASSIGN_OR_RETURN(request.set, parse_variables(options_.set));
    ASSIGN_OR_RETURN(TimelineFile timeline, timeline_for(request, runner));
    if (!options_.hls_alone) {
      ASSIGN_OR_RETURN(
          output_,
          output_path({.wanted = options_.output, .extensions = extensions(timeline)}, timeline));
      RETURN_IF_ERROR(check(options_.transfer, base::is_uri(output_) ? output_ : far_hls()));
    }
    if (const auto* container = schema::container_of(output_)) request.container = container->name;
    ASSIGN_OR_RETURN(const WorkFolder work, WorkFolder::create());
    // Whoever writes into stores keeps to one rate with all others.
    ASSIGN_OR_RETURN(transfer_, transfer_of(options_.transfer, work.path("rate")));
    buckets_.emplace(telling(runner), transfer_);
    if (!options_.hls.empty()) {
      RETURN_IF_ERROR(open_hls());
      if (options_.hls_alone) output_ = hls_->playlist();
      ASSIGN_OR_RETURN(subtitles_, subtitle_files(options_.subtitles));
    }
    if (!options_.verify.empty()) {
      ASSIGN_OR_RETURN(report_paths_, report_paths(report_name(), output_, *buckets_, runner));
    }
    announce(timeline.name);
    RETURN_IF_ERROR(open_store(work, runner));
    request.work_folder = work.path();
    request.store = store_->folder();
    request.encoder = options_.encoder;
    progress_.start_phase("compile");
    ASSIGN_OR_RETURN(Compiled compiled, compile(std::move(timeline), request, runner));
    wall("compile", compiled.wall_seconds);
    const TaskSources sources{compiled.timeline, options_.access, work.path(), store_->folder()};
    if (options_.hashes) return render_hashes(runner, sources, compiled.program);
    if (!options_.still.empty()) return render_still(runner, sources, compiled.program);
    ASSIGN_OR_RETURN(report_["hardware"], settle_encoder(runner, sources, compiled.program));
    base::Status status = render_video(runner, sources, compiled.program);
    while (!status.ok() && status.error().number == base::kCacheDiskFull) {
      ASSIGN_OR_RETURN(const bool room, make_room(work, runner));
      if (!room) break;
      if (hls_) {
        hls_.reset();
        RETURN_IF_ERROR(open_hls());
      }
      const TaskSources anew{compiled.timeline, options_.access, work.path(), store_->folder()};
      status = render_video(runner, anew, compiled.program);
    }
    RETURN_IF_ERROR(status);
    note_sources(compiled);
    return report_paths_ ? verify(runner, work, compiled) : base::Status();
  }

  // Where HLS goes if that is far away; else the output.
  std::string far_hls() const { return base::is_uri(options_.hls) ? options_.hls : output_; }

  base::Status open_hls() {
    ASSIGN_OR_RETURN(auto place, hls_place(options_.hls, *buckets_));
    ASSIGN_OR_RETURN(hls_, HlsFolder::open(std::move(place)));
    return {};
  }

  void add_transfer(json& task) const {
    if (base::is_uri(output_) && !transfer_.is_null()) task["transfer"] = transfer_;
  }

  std::string report_name() const {
    return options_.verify == kBesideOutput ? "" : options_.verify;
  }

  // Whoever deletes them must know what was read.
  void note_sources(const Compiled& compiled) {
    made_.output = output_;
    if (!plan_) return;  // nothing was rendered
    const std::vector<schema::Input>& inputs = plan_->now.program.inputs;
    for (size_t i = 0; i < inputs.size(); ++i) {
      made_.sources.push_back({.path = compiled.timeline.path_of(inputs[i].src),
                               .identity = compiled.program.inputs.at(i).identity,
                               .hash = inputs[i].hash});
    }
  }

  // What lies under its name now, decoded again.
  base::Status verify(TaskRunner& runner, const WorkFolder& work, const Compiled& compiled) {
    const auto began = Clock::now();
    const TaskSources sources{compiled.timeline, options_.access, work.path(), store_->folder()};
    VerifiedFile file;
    if (written_) {
      file = far_file(output_, written_->size, written_->version);
    } else {
      ASSIGN_OR_RETURN(file, verified_file(output_, *buckets_));
    }
    made_.output_identity = file.identity;
    ASSIGN_OR_RETURN(
        made_.verdict,
        verify_and_report({.runner = runner,
                           .progress = progress_,
                           .sources = sources,
                           .program = compiled.program,
                           .plan = *plan_,
                           .output = output_,
                           .file = file,
                           .buckets = *buckets_,
                           .against = compiled.timeline.name,
                           .limits = options_.verify_limits},
                          *report_paths_, {console_, options_.progress != "none"}, report_));
    wall("verify", seconds_since(began));
    return {};
  }

  base::Result<TimelineFile> timeline_for(const CompileRequest& request, TaskRunner& runner) {
    if (options_.timeline) return *options_.timeline;
    return load_timeline(request, runner);
  }

  // On the disk of the cache: what nobody needs now goes, and if that is not enough the cache is
  // left alone. False: there is nothing more to be done.
  base::Result<bool> make_room(const WorkFolder& work, TaskRunner& runner) {
    const std::string elsewhere = work.path() + "/cache";
    if (store_->folder() == elsewhere) return false;
    const std::string full = "the disk of the cache \"" + store_->folder() + "\" is full: ";
    store::Removed removed;
    if (!std::exchange(room_made_, true)) {
      ASSIGN_OR_RETURN(removed, store_->prune(0));
    }
    if (removed.objects > 0) {
      runner.warn(kCacheUnusable, full + size_text(removed.bytes) + " of it were removed", "");
      return true;
    }
    runner.warn(kCacheUnusable, full + "nothing of this render will be kept", "");
    store::FileStore usual = *std::exchange(store_, std::nullopt);
    ASSIGN_OR_RETURN(store_, store::FileStore::open(elsewhere));
    store_->fall_back_on(std::move(usual));
    return true;
  }

  base::Status open_store() {
    ASSIGN_OR_RETURN(const std::string folder, cache_folder(options_.cache));
    ASSIGN_OR_RETURN(store_, store::FileStore::open(folder));
    return store_->check_writable();
  }

  // One that cannot be written is no reason not to render: nothing is kept then.
  base::Status open_store(const WorkFolder& work, TaskRunner& runner) {
    ASSIGN_OR_RETURN(limit_, cache_limit(options_.cache));
    base::Status status = open_store();
    if (status.ok()) return {};
    if (options_.explain && store_) return {};
    std::optional<store::FileStore> usual = std::exchange(store_, std::nullopt);
    runner.warn(kCacheUnusable, "nothing of this render will be kept: " + status.error().message,
                "");
    ASSIGN_OR_RETURN(store_, store::FileStore::open(work.path() + "/cache"));
    if (usual) store_->fall_back_on(*std::move(usual));
    return {};
  }

  // That of the timeline's format first.
  std::vector<std::string> extensions(const TimelineFile& timeline) const {
    if (options_.hashes) return {".txt"};
    if (!options_.still.empty()) return {".png"};
    std::vector<std::string> out;
    for (const schema::Container& c : schema::containers())
      out.push_back(fmt::format(".{}", c.name));
    const schema::Value* output = timeline.loaded.document.find("output");
    const schema::Value* format = output != nullptr ? output->find("format") : nullptr;
    const auto first = format != nullptr ? std::ranges::find(out, "." + format->text) : out.begin();
    if (first != out.end()) std::rotate(out.begin(), first, first + 1);
    return out;
  }

  // The first line, before anything that takes time.
  void announce(const std::string& name) {
    if (options_.progress == "auto" && !console_.terminal() && !options_.explain &&
        !options_.is_part) {
      console_.say("rendering " + name + " to " + output_);
    }
  }

  base::Status render_video(TaskRunner& runner, const TaskSources& sources,
                            const ProgramSummary& program) {
    ASSIGN_OR_RETURN(const FrameRange range, parse_frames(options_.frames, program));
    ASSIGN_OR_RETURN(RenderPlan plan, plan_render(options_, sources, program, range));
    if (hls_) RETURN_IF_ERROR(check_hls(plan));
    // However the two are named on the command line.
    const std::string file = std::filesystem::path(sources.timeline.name).filename();
    const std::string name = sources.timeline.folder + "/" + file + " " + output_;
    report_["memory"] = {{"limit", plan.memory_bytes}, {"worker", plan.worker_bytes}};
    if (options_.explain) {
      progress_.finish();
      const std::string text = explain_plan(*store_, name, plan, report_);
      if (!options_.json) print(text);
      return {};
    }
    RETURN_IF_ERROR(check_memory(runner, plan));
    if (plan.workers < options_.workers) {
      runner.warn(
          kFewerWorkers,
          fmt::format("{} workers do not fit into the memory: {}", options_.workers, plan.workers),
          "");
    }
    remember_render(*store_, name, plan.now);
    if (plan.searched()) {
      const CodingSearch search{runner, progress_, *store_, sources, program, pin_, rendered_};
      ASSIGN_OR_RETURN(const json found, search_coding(search, plan));
      report_.update(found);
    }
    Pieces& pieces = plan.pieces;
    const bool sound_is_there = pieces.audio_key && store_->contains(*pieces.audio_key);
    plan_sound(plan, sources, {.whole_is_there = sound_is_there, .for_hls = hls_.has_value()});
    std::vector<std::string> keys = plan.picture_keys();
    if (pieces.audio_key) keys.push_back(*pieces.audio_key);
    keys.insert(keys.end(), pieces.sound_keys.begin(), pieces.sound_keys.end());
    ASSIGN_OR_RETURN(pin_, pin_keys(*store_, keys));
    progress_.start_phase("video");
    progress_.set_frame_rate(program.fps);
    exec::RenderRequest request = request_for(*store_, sources, program, pieces, plan.workers);
    request.rendered_keys = &rendered_;
    // What is read and written far away is not held up by what comes last.
    if (pieces.sound_follows || base::is_uri(output_)) request.order = plan::Order::kFront;
    json assemble;
    if (!options_.hls_alone) {
      assemble = assemble_task(sources, pieces, output_);
      add_transfer(assemble);
      request.side_tasks.push_back(
          {.name = "assemble", .keys = {}, .document = [&] { return assemble; }});
    }
    add_sound_tasks(request, sources, program, pieces);
    if (hls_) {
      const HlsRender hls{.folder = *hls_,
                          .sources = sources,
                          .plan = plan,
                          .subtitles = subtitles_,
                          .subtitles_begin = options_.subtitles_begin,
                          .transfer = hls_->is_far() ? transfer_ : json()};
      RETURN_IF_ERROR(hls.start());
      hls.add_to(request);
    }
    ASSIGN_OR_RETURN(const exec::RenderReport rendered, runner.render(request));
    if (hls_) {
      RETURN_IF_ERROR(hls_->finish());
      report_["hls"] = {{"playlist", hls_->playlist()},
                        {"manifest", hls_->manifest()},
                        {"pictures", hls_->report()}};
      if (hls_->is_far()) report_["hls"]["reused"] = hls_->reused();
    }
    pin_.reset();
    if (auto pruned = store_->prune(limit_); !pruned.ok()) {
      runner.warn(kCacheUnusable, "the cache may outgrow its limit: " + pruned.error().message, "");
    }
    report_render(rendered, plan);
    plan_ = std::move(plan);
    if (options_.hls_alone) return report_video(program, range, {});
    const exec::RenderReport::Side& assembled = rendered.side.at("assemble");
    if (!assembled.result.value("buffer_fits", true)) {
      runner.warn(kBufferMissed, "a decoder that is fed at \"maxrate\" has to wait now and then",
                  "");
    }
    return report_video(program, range, assembled.outputs);
  }

  // A limit that was set is kept; what the machine has is tried, since workers are reckoned to take
  // rather too much than too little.
  base::Status check_memory(TaskRunner& runner, const RenderPlan& plan) const {
    if (plan.worker_bytes <= plan.memory_bytes || kept(plan)) return {};
    // In the units of the option, not those of files.
    const std::string text = fmt::format(
        "one worker takes about {}M for this video, and has {}M: --memory {}M is enough",
        plan.worker_bytes >> 20, plan.memory_bytes >> 20, (plan.worker_bytes >> 20) + 1);
    if (!options_.memory.empty()) {
      return base::Error{base::Code::kResource, text, kMemoryTooSmall};
    }
    runner.warn(kMemoryTooSmall, text, "");
    return {};
  }

  // Nothing has to be rendered.
  bool kept(const RenderPlan& plan) const {
    return !plan.searched() &&
           std::ranges::all_of(plan.picture_keys(),
                               [&](const std::string& key) { return store_->contains(key); });
  }

  void report_render(const exec::RenderReport& rendered, const RenderPlan& plan) {
    // What shows the same is rendered once.
    const std::vector<std::string> all = plan.picture_keys();
    std::set<std::string> needed(all.begin(), all.end());
    std::erase_if(needed, [&](const std::string& key) { return !rendered_.contains(key); });
    const size_t total = all.size();
    const size_t reused = total - needed.size();
    report_["segments"] = {{"total", total}, {"rendered", needed.size()}, {"reused", reused}};
    report_["workers"] = plan.workers;
    const schema::VideoEncoding& video = plan.now.program.video;
    const schema::VideoCodec* codec = schema::find_video_codec(video.codec, video.device);
    report_["encoder"] = codec != nullptr ? json(codec->encoder) : json();
    const auto sound = rendered.side.find("audio");
    const double audio_seconds = sound != rendered.side.end() ? sound->second.seconds : 0;
    const auto assembled = rendered.side.find("assemble");
    report_["audio"] = json();
    if (assembled != rendered.side.end()) {
      report_["audio"] = assembled->second.result.value("audio", json());
    } else if (sound != rendered.side.end()) {
      report_["audio"] = sound->second.result;
    }
    wall("video", rendered.video_seconds);
    if (!report_["audio"].is_null()) wall("audio", audio_seconds);
    // What is left to do once all pieces are there.
    wall("assemble", rendered.total_seconds - std::max(rendered.video_seconds, audio_seconds));
    if (reused > 0) {
      reused_ = fmt::format(", {} of {} pieces reused", reused, total);
    }
  }

  base::Status report_video(const ProgramSummary& program, const FrameRange& range,
                            const json& outputs) {
    const int64_t frames = range.frames();
    report_["frames"] = frames;
    report_["width"] = program.width;
    report_["height"] = program.height;
    report_["fps"] = program.fps_text;
    ASSIGN_OR_RETURN(const base::Rational fps, base::Rational::parse(program.fps_text));
    const base::Rational duration = base::Rational(frames) / fps;
    report_["duration"] = duration.to_string();
    uint64_t bytes = hls_ ? hls_->bytes() : 0;
    if (options_.hls_alone) {
      report_["output"] = output_;
      report_["bytes"] = bytes;
      wall("total", seconds_since(start_));
    } else {
      ASSIGN_OR_RETURN(bytes, report_output(outputs));
    }
    const double took = seconds_since(start_);
    const std::string picture =
        report_["encoder"].is_null()
            ? "sound"
            : fmt::format("{}x{}, {} at {} fps", program.width, program.height, frames_text(frames),
                          program.fps_text);
    done_ = fmt::format("{}: {}, {}, {}, rendered in {:.1f} s ({:.2f}x real time){}", output_,
                        picture, length_text(duration.to_double()), size_text(bytes), took,
                        duration.to_double() / took, reused_);
    if (hls_ && !options_.hls_alone) done_ += "; HLS: " + hls_->playlist();
    return say_done();
  }

  base::Status render_still(TaskRunner& runner, const TaskSources& sources,
                            const ProgramSummary& program) {
    ASSIGN_OR_RETURN(const int64_t frame, frame_at(options_.still, program));
    progress_.start_phase("still");
    json task = still_task(sources, program, frame, output_);
    add_transfer(task);
    ASSIGN_OR_RETURN(const auto outcomes, runner.run({{"still", task}}));
    wall("still", outcomes[0].wall_seconds);
    report_["frame"] = frame;
    report_["width"] = outcomes[0].result.value("width", program.width);
    report_["height"] = outcomes[0].result.value("height", program.height);
    RETURN_IF_ERROR(status_of(report_output(outcomes[0].outputs)));
    done_ = fmt::format("{}: frame {} of {}", output_, frame, program.frames);
    return say_done();
  }

  base::Status render_hashes(TaskRunner& runner, const TaskSources& sources,
                             const ProgramSummary& program) {
    ASSIGN_OR_RETURN(const FrameRange range, parse_frames(options_.frames, program));
    progress_.start_phase("hashes");
    json task =
        hashes_task(sources, program, {.range = range, .plain = options_.plain, .output = output_});
    add_transfer(task);
    ASSIGN_OR_RETURN(const auto outcomes, runner.run({{"hashes", task}}));
    wall("hashes", outcomes[0].wall_seconds);
    report_["frames"] = range.end - range.first;
    RETURN_IF_ERROR(status_of(report_output(outcomes[0].outputs)));
    done_ = fmt::format("{}: {}", output_, frames_text(range.end - range.first));
    return say_done();
  }

  template <class T>
  static base::Status status_of(base::Result<T> result) {
    if (!result.ok()) return std::move(result).error();
    return {};
  }

  // `outputs`: of the task that wrote it.
  base::Result<uint64_t> report_output(const json& outputs) {
    if (base::is_uri(output_)) {
      const json& object = outputs.begin().value();
      report_["output"] = output_;
      report_["bytes"] = object.at("bytes");
      report_["version"] = object.at("version");
      written_ = FarFile{.uri = output_,
                         .size = object.at("bytes").get<uint64_t>(),
                         .version = object.at("version").get<std::string>()};
      wall("total", seconds_since(start_));
      return object.at("bytes").get<uint64_t>();
    }
    const base::UniqueFd fd(open(output_.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info = {};
    if (!fd || fstat(fd.get(), &info) != 0) {
      return base::from_errno(errno, "output \"" + output_ + "\"");
    }
    const auto bytes = static_cast<uint64_t>(info.st_size);
    report_["output"] = output_;
    report_["bytes"] = bytes;
    // Read again for whoever asked for the report only.
    if (options_.json) {
      ASSIGN_OR_RETURN(report_["hashes"]["xxh3_128"],
                       base::hash_of(*base::fd_source(fd.get(), bytes)));
    }
    wall("total", seconds_since(start_));
    return bytes;
  }

  base::Status say_done() {
    progress_.finish();
    if (options_.progress != "none" && !options_.is_part) console_.say(done_);
    return {};
  }

  void wall(const char* phase, double seconds) {
    report_["wall_seconds"][phase] = rounded(seconds);
  }

  const RenderOptions& options_;
  Console& console_;
  json& report_;
  Progress progress_;
  Clock::time_point start_ = Clock::now();
  std::string output_;
  std::string done_;
  std::string reused_;
  std::optional<Buckets> buckets_;
  json transfer_;  // of tasks that write into stores; null: nothing is said
  std::optional<HlsFolder> hls_;
  std::vector<SubtitleFile> subtitles_;
  std::optional<ReportPaths> report_paths_;  // if the output is to be verified
  std::optional<RenderPlan> plan_;           // of what was rendered
  Rendered made_;
  std::optional<FarFile> written_;  // the output, if it lies in a store
  bool room_made_ = false;          // once: what this render leaves there is no room
  std::set<std::string> rendered_;  // keys of what was rendered, in all tries
  std::optional<store::FileStore> store_;
  std::optional<store::Pin> pin_;  // of this render's pieces, whatever becomes of a try
  uint64_t limit_ = 0;             // of the store, in bytes
};

}  // namespace

ProgressStyle progress_style(const std::string& name) {
  if (name == "json") return ProgressStyle::kJson;
  return name == "none" ? ProgressStyle::kNone : ProgressStyle::kAuto;
}

base::Result<Rendered> render(const RenderOptions& options, Console& console, json& report) {
  return RenderJob(options, console, report).run();
}

int render(const RenderOptions& options) {
  Console console;
  if (options.progress == "json") console.use_json();
  json report = {{"version", 1}, {"command", "render"}, {"file", options.file}};
  const base::Result<Rendered> rendered = render(options, console, report);
  const base::Status status = rendered.ok() ? base::Status() : rendered.error();
  return end_command(console, status, report, options.json);
}

}  // namespace rushes::app
