#include "search_coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

class Search {
 public:
  Search(const CodingSearch& search, RenderPlan& plan) : search_(search), plan_(plan) {
    for (plan::Coding& coding : plan_.pieces.codings) {
      if (plan_.buffer) coding.fill = plan::kUsualFill;
    }
  }

  base::Result<json> run() {
    if (plan_.target_bytes > 0) RETURN_IF_ERROR(find_quality());
    if (plan_.buffer) RETURN_IF_ERROR(keep_to_buffer());
    for (size_t i = 0; i < plan_.pieces.keys.size(); ++i) plan_.pieces.keys[i] = key(i);
    return std::move(found_);
  }

 private:
  std::string key(size_t i) const {
    return plan::video_key(plan_.slices[i], search_.program.numeric_class, coding(i));
  }
  const plan::Coding& coding(size_t i) const { return plan_.pieces.codings[i]; }

  // Renders these segments as they are to be coded now, and measures them.
  base::Result<std::vector<Measured>> measure(const std::vector<size_t>& segments,
                                              const std::string& phase) {
    const Pieces& pieces = plan_.pieces;
    Pieces tried{.range = pieces.range, .worker_bytes = pieces.worker_bytes};
    for (const size_t i : segments) {
      tried.segments.push_back(pieces.segments[i]);
      tried.codings.push_back(coding(i));
      tried.keys.push_back(key(i));
    }
    ASSIGN_OR_RETURN(search_.pin, pin_keys(search_.store, tried.keys));
    search_.progress.start_phase(phase);
    exec::RenderRequest request =
        request_for(search_.store, search_.sources, search_.program, tried, plan_.workers);
    request.rendered_keys = &search_.rendered_keys;
    request.side_tasks.push_back({.name = "measure", .keys = {}, .document = [&] {
                                    return measure_task(search_.sources, tried);
                                  }});
    ASSIGN_OR_RETURN(const exec::RenderReport report, search_.runner.render(request));
    return measured_from_json(report.side.at("measure").result, segments.size());
  }

  base::Status find_quality() {
    Pieces& pieces = plan_.pieces;
    std::vector<int64_t> frames;
    for (const plan::Segment& s : pieces.segments) frames.push_back(s.frames());
    plan::RateControl rate(frames, plan_.target_bytes,
                           static_cast<double>(search_.program.width) * search_.program.height,
                           schema::find_video_codec(plan_.now.program.video.codec)->rate);
    size_t trials = 0;
    while (const auto trial = rate.next()) {
      for (size_t k = 0; k < trial->segments.size(); ++k) {
        pieces.codings[trial->segments[k]].crf = trial->crf[k];
      }
      ASSIGN_OR_RETURN(const std::vector<Measured> measured,
                       measure(trial->segments, "bit rate " + std::to_string(++trials)));
      std::vector<uint64_t> bytes;
      bytes.reserve(measured.size());
      for (const Measured& m : measured) bytes.push_back(m.bytes);
      rate.measured(bytes);
    }
    const std::vector<double> crf = rate.crf();
    for (size_t i = 0; i < crf.size(); ++i) pieces.codings[i].crf = crf[i];
    const auto [low, high] = std::minmax_element(crf.begin(), crf.end());
    found_["rate"] = {{"target_bytes", plan_.target_bytes},
                      {"bytes", rate.expected_bytes()},
                      {"crf", {*low, *high}},
                      {"trials", trials}};
    const double off = rate.expected_bytes() / plan_.target_bytes - 1;
    const double allowed = pieces.segments.size() == 1 ? kRateToleranceAlone : kRateTolerance;
    if (std::fabs(off) > allowed) {
      search_.runner.warn(kRateMissed,
                          fmt::format("the picture comes to {:.1f} % of its bit rate, at crf {}",
                                      100 * (1 + off), *low),
                          "");
    }
    return {};
  }

  base::Status keep_to_buffer() {
    Pieces& pieces = plan_.pieces;
    plan::BufferControl control(*plan_.buffer, pieces.segments.size());
    std::vector<plan::BufferUse> uses(pieces.segments.size());
    std::vector<size_t> tried(uses.size());
    for (size_t i = 0; i < tried.size(); ++i) tried[i] = i;
    size_t trials = 0, again = 0;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<Measured> measured,
                       measure(tried, "highest rate " + std::to_string(++trials)));
      for (size_t k = 0; k < tried.size(); ++k) uses[tried[k]] = measured[k].use;
      if (control.measured(uses)) break;
      tried.clear();
      for (size_t i = 0; i < uses.size(); ++i) {
        if (coding(i).fill == control.fills()[i]) continue;
        pieces.codings[i].fill = control.fills()[i];
        tried.push_back(i);
      }
      again += tried.size();
    }
    found_["buffer"] = {{"trials", trials}, {"encoded_again", again}};
    return {};
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
