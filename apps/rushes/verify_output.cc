#include "verify_output.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/uri.h"
#include "numbers.h"
#include "output_path.h"
#include "qc/page.h"
#include "schema/codecs.h"
#include "store/file_store.h"
#include "store/pending_file.h"

namespace rushes::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Of a frame's figures as text.
constexpr uint64_t kMostFrameBytes = 400;

// Without a picture none are looked at.
std::string pixels_of(const schema::Program& program) {
  const schema::VideoCodec* codec = schema::find_video_codec(program.video.codec);
  return codec != nullptr ? std::string(codec->pixels) : std::string();
}

class Verification {
 public:
  explicit Verification(const VerifyRequest& request) : request_(request) {}

  base::Result<qc::Report> run() {
    const schema::Program& program = request_.plan.now.program;
    const FrameRange& range = request_.plan.pieces.range;
    plan_ = {.output = request_.output,
             .against = request_.against,
             .width = program.canvas_width(),
             .height = program.canvas_height(),
             .fps = program.fps,
             .frames = range.frames(),
             .first = range.first,
             .codec = program.video.codec,
             .pixel_format = pixels_of(program),
             .audio = request_.program.audio,
             .sample_rate = program.audio.sample_rate,
             .channels = program.audio.channels,
             .target_lufs = {},
             .true_peak_db = {},
             .asked_ssim = program.video.target_ssim};
    if (program.audio.loudness) {
      plan_.target_lufs = program.audio.loudness->target_lufs;
      plan_.true_peak_db = program.audio.loudness->true_peak_db;
    }
    ASSIGN_OR_RETURN(measured_.inspected, inspect());
    RETURN_IF_ERROR(compare());
    return qc::judge(plan_, request_.limits, std::move(measured_));
  }

 private:
  base::Result<qc::Inspected> inspect() {
    request_.progress.start_phase("inspect");
    auto outcomes =
        request_.runner.run({{"inspect", inspect_task(request_.file, request_.program.fps_text)}});
    if (!outcomes.ok()) return std::move(outcomes).error().in("\"" + request_.output + "\"");
    return qc::inspected_from_json((*outcomes)[0].result);
  }

  // Of another size, pictures cannot be compared.
  bool pictures_fit() const {
    const auto& video = measured_.inspected.video;
    return video && video->width == plan_.width && video->height == plan_.height;
  }

  base::Status compare() {
    const bool listens = plan_.audio || measured_.inspected.audio;
    const auto listen = [&] {
      return listen_task(request_.sources, request_.program, request_.plan.pieces.range,
                         measured_.inspected.audio ? std::optional(request_.file) : std::nullopt);
    };
    request_.progress.start_phase("verify");
    if (!pictures_fit()) {
      if (!listens) return {};
      ASSIGN_OR_RETURN(const auto outcomes, request_.runner.run({{"listen", listen()}}));
      return take_sound(outcomes[0].result);
    }
    request_.progress.set_frame_rate(request_.program.fps);
    ASSIGN_OR_RETURN(const store::FileStore store,
                     store::FileStore::open(request_.sources.work_folder + "/verify"));
    // Of all pictures that of the file.
    Pieces pieces = request_.plan.pieces;
    pieces.pictures.resize(1);
    std::vector<std::string>& keys = pieces.pictures[0].keys;
    for (size_t i = 0; i < keys.size(); ++i) {
      keys[i] = base::hash_of("figures " + std::to_string(i));
    }
    TaskSources sources = request_.sources;
    sources.store = store.folder();
    exec::RenderRequest work{
        .store = &store, .segments = pieces.segments, .keys = {}, .workers = request_.plan.workers};
    for (size_t i = 0; i < keys.size(); ++i) work.keys.push_back({keys[i]});
    work.segments_name = "compare";
    work.segments_task = [&](const plan::Run& run) {
      return compare_task(sources, request_.program, pieces, {.run = run, .output = request_.file});
    };
    if (listens) work.side_tasks.push_back({.name = "listen", .keys = {}, .document = listen});
    ASSIGN_OR_RETURN(const exec::RenderReport done, request_.runner.render(work));
    if (listens) RETURN_IF_ERROR(take_sound(done.side.at("listen").result));
    return take_pictures(store, pieces);
  }

  base::Status take_sound(const json& result) {
    ASSIGN_OR_RETURN(measured_.sound, qc::sound_from_json(result));
    return {};
  }

  base::Status take_pictures(const store::FileStore& store, const Pieces& pieces) {
    measured_.pictures.emplace(plan_);
    for (size_t i = 0; i < pieces.segments.size(); ++i) {
      const std::string& key = pieces.pictures[0].keys[i];
      ASSIGN_OR_RETURN(const qc::SegmentFigures figures, read(store, key, pieces.segments[i]));
      measured_.pictures->add(figures);
    }
    measured_.pictures->finish();
    return {};
  }

  static base::Result<qc::SegmentFigures> read(const store::FileStore& store,
                                               const std::string& key,
                                               const plan::Segment& segment) {
    ASSIGN_OR_RETURN(const store::Found found, store.read(key));
    if (!found.object) return base::internal("figures of a segment are gone");
    const auto source = base::fd_source(found.object->fd.get(), found.object->size);
    const uint64_t most = (static_cast<uint64_t>(segment.frames()) + 10) * kMostFrameBytes;
    ASSIGN_OR_RETURN(const auto bytes, base::read_all(*source, most));
    const json document =
        json::parse(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                    nullptr, false);
    ASSIGN_OR_RETURN(qc::SegmentFigures figures, qc::segment_from_json(document));
    if (figures.first != segment.first || figures.end != segment.end) {
      return base::internal("figures of another segment");
    }
    return figures;
  }

  const VerifyRequest& request_;
  qc::Plan plan_;
  qc::Measured measured_;
};

constexpr uint64_t kMostReportBytes = 64 << 20;

bool is_report(const json& document) {
  return document.is_object() && document.contains("verdict") && document.contains("reasons");
}

bool is_report_file(const fs::path& path) {
  std::error_code error;
  const uintmax_t size = fs::file_size(path, error);
  if (error || size > kMostReportBytes) return false;
  std::ifstream file(path);
  return is_report(json::parse(file, nullptr, false));
}

base::Error is_no_report(const std::string& what) {
  return unusable(base::invalid_argument(
      what + ": what is there is no report; choose another name, or remove it"));
}

// A report takes the place of an earlier one, and of nothing else.
base::Status check_places(const ReportPaths& paths) {
  std::error_code error;
  for (const std::string& path : {paths.json, paths.page}) {
    const std::string what = "report \"" + path + "\"";
    RETURN_IF_ERROR(check_place(path, what));
    if (!fs::exists(path, error) || is_report_file(paths.json)) continue;
    return is_no_report(what);
  }
  return {};
}

// The same in a bucket.
base::Status check_far_places(const ReportPaths& paths, Buckets& buckets, TaskRunner& runner) {
  for (const std::string& path : {paths.json, paths.page}) {
    const auto text = buckets.read(path, kMostReportBytes);
    if (text.ok()) {
      if (is_report(json::parse(*text, nullptr, false))) return {};
      return is_no_report("report \"" + path + "\"");
    }
    const base::Error& error = text.error();
    if (error.code == base::Code::kPermission) {
      runner.warn(0, "what is there may not be looked at, and is replaced: " + error.message, path);
    } else if (error.code != base::Code::kNotFound) {
      return error;
    }
  }
  return {};
}

base::Status write_file(const std::string& path, const std::string& text, Buckets& buckets) {
  if (base::is_uri(path)) return buckets.write(path, text);
  ASSIGN_OR_RETURN(store::PendingFile file, store::PendingFile::create({.path = path}));
  RETURN_IF_ERROR(base::fd_sink(file.fd())->write_at(0, std::as_bytes(std::span(text))));
  return file.commit();
}

}  // namespace

base::Result<qc::Report> verify_output(const VerifyRequest& request) {
  return Verification(request).run();
}

base::Result<ReportPaths> report_paths(const std::string& wanted, const std::string& output,
                                       Buckets& buckets, TaskRunner& runner) {
  fs::path path = wanted.empty() ? output + ".qc.json" : wanted;
  if (wanted.empty() && output.starts_with("http")) {
    return usage_error("nothing can be written beside \"" + base::shown_uri(output) +
                       "\": say where the report goes, FILE.json");
  }
  if (path.extension() != ".json") {
    return usage_error("the report \"" + wanted + "\" must be named FILE.json");
  }
  if (!base::is_uri(path.string())) {
    path = fs::absolute(path).lexically_normal();
  } else if (!is_bucket_uri(path.string())) {
    return usage_error("the report \"" + base::shown_uri(wanted) +
                       "\": s3:// and gs:// are written, web servers only read");
  }
  if (path == output) return usage_error("the report would be written over the output");
  const ReportPaths paths{path, fs::path(path).replace_extension(".html")};
  if (base::is_uri(paths.json)) {
    RETURN_IF_ERROR(check_far_places(paths, buckets, runner));
  } else {
    RETURN_IF_ERROR(check_places(paths));
  }
  return paths;
}

base::Status write_report(const qc::Report& report, const ReportPaths& paths, Buckets& buckets) {
  const json document = qc::json_of(report);
  const std::string text = document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  RETURN_IF_ERROR(write_file(paths.json, text, buckets));
  return write_file(paths.page, qc::page_of(report), buckets);
}

json verify_json(const qc::Report& report, const ReportPaths& paths) {
  const json document = qc::json_of(report);
  return {{"verdict", document["verdict"]},
          {"reasons", document["reasons"]},
          {"report", paths.json},
          {"page", paths.page}};
}

void say_verdict(Console& console, const qc::Report& report, const ReportPaths& paths) {
  for (const qc::Reason& r : report.reasons) {
    const std::string at = r.at ? fmt::format(" (at {:.2f} s)", *r.at) : "";
    console.say(fmt::format("verify: {}: {}{}", qc::name_of(r.severity), r.text, at));
  }
  std::string text =
      fmt::format("verified {}: {}", report.plan.output, qc::name_of(report.verdict));
  if (report.pictures) {
    const qc::Pictures& p = *report.pictures;
    const auto worst = qc::worst_seconds(p, 1);
    if (const auto mean = p.ssim(p.whole()); mean && !worst.empty()) {
      text += fmt::format(", SSIM {:.4f}, {:.4f} in the worst second", *mean,
                          p.ssim(p.seconds[worst[0]]).value_or(1));
    }
  }
  console.say(text + "; report: " + paths.page);
}

base::Status status_of(const qc::Report& report) {
  if (report.verdict != qc::Verdict::kFail) return {};
  base::Error error = base::corrupt("\"" + report.plan.output +
                                    "\" is not what it should be: " + report.reasons.at(0).text);
  error.number = kVerifyFailed;
  return error;
}

base::Result<qc::Verdict> verify_and_report(const VerifyRequest& request, const ReportPaths& paths,
                                            const Telling& telling, json& report) {
  ASSIGN_OR_RETURN(const qc::Report found, verify_output(request));
  request.progress.finish();
  RETURN_IF_ERROR(write_report(found, paths, request.buckets));
  report["verify"] = verify_json(found, paths);
  if (telling.says) say_verdict(telling.console, found, paths);
  RETURN_IF_ERROR(status_of(found));
  return found.verdict;
}

}  // namespace rushes::app
