#include "search_coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "cache_folder.h"
#include "numbers.h"
#include "plan/key.h"
#include "plan/rate.h"
#include "schema/codecs.h"

namespace rushes::app {
namespace {

using nlohmann::json;

// A bit rate is promised within this. One segment alone comes no closer than its steps of quality.
constexpr double kRateTolerance = 0.02, kRateToleranceAlone = 0.03;

struct Measured {
  uint64_t bytes = 0;
  plan::BufferUse use;
};

base::Result<std::vector<Measured>> measured_from_json(const json& result, size_t count) {
  try {
    std::vector<Measured> out;
    for (const json& segment : result.at("segments")) {
      Measured m{.bytes = segment.at("bytes").get<uint64_t>()};
      if (segment.contains("buffer")) {
        const json& use = segment["buffer"];
        m.use = {use.at("need").get<int64_t>(), use.at("gain").get<int64_t>(),
                 use.at("most").get<int64_t>()};
      }
      out.push_back(m);
    }
    if (out.size() != count) return base::internal("not all segments were measured");
    return out;
  } catch (const json::exception& error) {
    return base::internal(std::string("the measured segments: ") + error.what());
  }
}

// Segments of one of the pictures.
struct Trial {
  size_t picture = 0;
  std::vector<size_t> segments;
};

// Pictures are tried side by side: what is decoded for one is there for all.
class Search {
 public:
  Search(const CodingSearch& search, RenderPlan& plan) : search_(search), plan_(plan) {
    for (size_t p = 0; p < pictures().size(); ++p) {
      if (!plan_.searches[p].buffer) continue;
      for (plan::Coding& coding : pictures()[p].codings) coding.fill = plan::kUsualFill;
    }
  }

  base::Result<json> run() {
    RETURN_IF_ERROR(find_qualities());
    RETURN_IF_ERROR(keep_to_buffers());
    for (size_t p = 0; p < pictures().size(); ++p) {
      for (size_t i = 0; i < pictures()[p].keys.size(); ++i) {
        pictures()[p].keys[i] = plan_.key(p, i);
      }
    }
    return std::move(found_);
  }

 private:
  std::vector<PicturePieces>& pictures() { return plan_.pieces.pictures; }

  // Renders these segments as they are to be coded now, and measures them: lists of their own for
  // each trial.
  base::Result<std::vector<std::vector<Measured>>> measure(const std::vector<Trial>& trials,
                                                           const std::string& phase) {
    const Pieces& pieces = plan_.pieces;
    Pieces tried{.range = pieces.range, .worker_bytes = pieces.worker_bytes};
    std::map<size_t, size_t> numbers;  // of segments, in what is tried
    for (const Trial& trial : trials) {
      for (const size_t i : trial.segments) numbers[i] = 0;
    }
    for (auto& [segment, number] : numbers) {
      number = tried.segments.size();
      tried.segments.push_back(pieces.segments[segment]);
    }
    std::vector<std::string> keys;
    for (const Trial& trial : trials) {
      PicturePieces& picture = tried.pictures.emplace_back();
      picture.as = pictures()[trial.picture].as;
      picture.keys.resize(tried.segments.size());
      picture.codings.resize(tried.segments.size());
      for (const size_t i : trial.segments) {
        picture.codings[numbers[i]] = pictures()[trial.picture].codings[i];
        picture.keys[numbers[i]] = plan_.key(trial.picture, i);
        keys.push_back(picture.keys[numbers[i]]);
      }
    }
    ASSIGN_OR_RETURN(search_.pin, pin_keys(search_.store, keys));
    search_.progress.start_phase(phase);
    exec::RenderRequest request =
        request_for(search_.store, search_.sources, search_.program, tried, plan_.workers);
    request.rendered_keys = &search_.rendered_keys;
    const auto name = [](size_t t) { return "measure " + std::to_string(t); };
    for (size_t t = 0; t < trials.size(); ++t) {
      request.side_tasks.push_back({.name = name(t), .keys = {}, .document = [&, t] {
                                      return measure_task(search_.sources, tried, t);
                                    }});
    }
    ASSIGN_OR_RETURN(const exec::RenderReport report, search_.runner.render(request));
    std::vector<std::vector<Measured>> out;
    for (size_t t = 0; t < trials.size(); ++t) {
      ASSIGN_OR_RETURN(out.emplace_back(), measured_from_json(report.side.at(name(t)).result,
                                                              trials[t].segments.size()));
    }
    return out;
  }

  base::Status find_qualities() {
    std::map<size_t, plan::RateControl> rates;
    std::vector<int64_t> frames;
    for (const plan::Segment& s : plan_.pieces.segments) frames.push_back(s.frames());
    for (size_t p = 0; p < pictures().size(); ++p) {
      if (plan_.searches[p].target_bytes <= 0) continue;
      const schema::Rendition& as = pictures()[p].as;
      const schema::Program& program = plan_.now.program;
      const double pixels = static_cast<double>(program.scaled(program.width, as.scale)) *
                            program.scaled(program.height, as.scale);
      rates.emplace(p, plan::RateControl(frames, plan_.searches[p].target_bytes, pixels,
                                         schema::find_video_codec(as.video.codec)->rate));
    }
    std::map<size_t, size_t> counts;  // of trials
    for (size_t round = 1;; ++round) {
      std::vector<Trial> trials;
      for (auto& [p, rate] : rates) {
        const auto trial = rate.next();
        if (!trial) continue;
        ++counts[p];
        for (size_t k = 0; k < trial->segments.size(); ++k) {
          pictures()[p].codings[trial->segments[k]].crf = trial->crf[k];
        }
        trials.push_back({p, trial->segments});
      }
      if (trials.empty()) break;
      ASSIGN_OR_RETURN(const auto measured, measure(trials, "bit rate " + std::to_string(round)));
      for (size_t t = 0; t < trials.size(); ++t) {
        std::vector<uint64_t> bytes;
        bytes.reserve(measured[t].size());
        for (const Measured& m : measured[t]) bytes.push_back(m.bytes);
        rates.at(trials[t].picture).measured(bytes);
      }
    }
    for (const auto& [p, rate] : rates) settle_quality(p, rate, counts[p]);
    return {};
  }

  void settle_quality(size_t p, const plan::RateControl& rate, size_t trials) {
    const std::vector<double> crf = rate.crf();
    for (size_t i = 0; i < crf.size(); ++i) pictures()[p].codings[i].crf = crf[i];
    const auto [low, high] = std::minmax_element(crf.begin(), crf.end());
    const double target = plan_.searches[p].target_bytes;
    found(p)["rate"] = {{"target_bytes", target},
                        {"bytes", rate.expected_bytes()},
                        {"crf", {*low, *high}},
                        {"trials", trials}};
    const double off = rate.expected_bytes() / target - 1;
    const double allowed = crf.size() == 1 ? kRateToleranceAlone : kRateTolerance;
    if (std::fabs(off) <= allowed) return;
    search_.runner.warn(kRateMissed,
                        fmt::format("the picture{} comes to {:.1f} % of its bit rate, at crf {}",
                                    named(p), 100 * (1 + off), *low),
                        "");
  }

  // One on its way to a state that each segment's buffer allows.
  struct Buffering {
    plan::BufferControl control;
    std::vector<plan::BufferUse> uses;
    std::vector<size_t> tried;
    size_t trials = 0, again = 0;
  };

  base::Status keep_to_buffers() {
    std::map<size_t, Buffering> buffers;
    const size_t count = plan_.pieces.segments.size();
    for (size_t p = 0; p < pictures().size(); ++p) {
      if (!plan_.searches[p].buffer) continue;
      Buffering& b =
          buffers
              .emplace(p,
                       Buffering{.control = plan::BufferControl(*plan_.searches[p].buffer, count),
                                 .uses = std::vector<plan::BufferUse>(count),
                                 .tried = std::vector<size_t>(count)})
              .first->second;
      std::iota(b.tried.begin(), b.tried.end(), size_t{0});
    }
    for (size_t round = 1;; ++round) {
      std::vector<Trial> trials;
      for (const auto& [p, b] : buffers) {
        if (!b.tried.empty()) trials.push_back({p, b.tried});
      }
      if (trials.empty()) break;
      ASSIGN_OR_RETURN(const auto measured,
                       measure(trials, "highest rate " + std::to_string(round)));
      for (size_t t = 0; t < trials.size(); ++t) {
        const size_t p = trials[t].picture;
        take(pictures()[p], buffers.at(p), measured[t]);
      }
    }
    for (const auto& [p, b] : buffers) {
      // Of the file it is told once that is whole.
      if (b.control.failures() > 0 && !pictures()[p].as.name.empty()) {
        search_.runner.warn(kBufferMissed,
                            "a decoder of \"" + pictures()[p].as.name +
                                "\" that is fed at \"maxrate\" has to wait now and then",
                            "");
      }
      found(p)["buffer"] = {{"trials", b.trials}, {"encoded_again", b.again}};
    }
    return {};
  }

  // What is to be tried next, if anything is.
  static void take(PicturePieces& picture, Buffering& b, const std::vector<Measured>& measured) {
    ++b.trials;
    for (size_t k = 0; k < b.tried.size(); ++k) b.uses[b.tried[k]] = measured[k].use;
    b.tried.clear();
    if (b.control.measured(b.uses)) return;
    for (size_t i = 0; i < b.uses.size(); ++i) {
      if (picture.codings[i].fill == b.control.fills()[i]) continue;
      picture.codings[i].fill = b.control.fills()[i];
      b.tried.push_back(i);
    }
    b.again += b.tried.size();
  }

  // Where that of a picture is told.
  json& found(size_t p) {
    const std::string& name = pictures()[p].as.name;
    return name.empty() ? found_ : found_["renditions"][name];
  }
  std::string named(size_t p) {
    const std::string& name = pictures()[p].as.name;
    return name.empty() ? "" : " of \"" + name + "\"";
  }

  const CodingSearch& search_;
  RenderPlan& plan_;
  json found_ = json::object();
};

}  // namespace

base::Result<nlohmann::json> search_coding(const CodingSearch& search, RenderPlan& plan) {
  return Search(search, plan).run();
}

}  // namespace rushes::app
