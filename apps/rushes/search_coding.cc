#include "search_coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <utility>

#include "cache_folder.h"
#include "numbers.h"
#include "plan/cap.h"
#include "plan/key.h"
#include "plan/quality.h"
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
  double ssim = 1;  // where a likeness is asked for
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
      if (segment.contains("ssim")) m.ssim = segment["ssim"].get<double>();
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
      if (!plan_.searches[p].buffer || !codec_of(p).buffer) continue;
      for (plan::Coding& coding : pictures()[p].codings) coding.fill = plan::kUsualFill;
    }
  }

  base::Result<json> run() {
    RETURN_IF_ERROR(find_qualities());
    RETURN_IF_ERROR(keep_to_buffers());
    tell_likeness();
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
    search_.progress.set_frame_rate(search_.program.fps);
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

  // How something about a picture's segments is found.
  struct Seeking {
    // Sets the codings of segments that are to be tried next, and says which; none: it is found.
    std::function<std::vector<size_t>()> next;
    std::function<void(const std::vector<Measured>&)> measured;
    std::function<void(size_t trials)> settle;
    size_t trials = 0;
  };

  base::Status seek(std::map<size_t, Seeking> seeking, const std::string& phase) {
    for (size_t round = 1;; ++round) {
      std::vector<Trial> trials;
      for (auto& [p, one] : seeking) {
        std::vector<size_t> segments = one.next();
        if (segments.empty()) continue;
        ++one.trials;
        trials.push_back({p, std::move(segments)});
      }
      if (trials.empty()) break;
      ASSIGN_OR_RETURN(const auto measured, measure(trials, phase + " " + std::to_string(round)));
      for (size_t t = 0; t < trials.size(); ++t) {
        const auto& [p, segments] = trials[t];
        seeking.at(p).measured(measured[t]);
        const auto like = likeness_.find(p);
        if (like == likeness_.end()) continue;
        for (size_t k = 0; k < segments.size(); ++k)
          like->second[segments[k]] = measured[t][k].ssim;
      }
    }
    for (const auto& [p, one] : seeking) one.settle(one.trials);
    return {};
  }

  base::Status find_qualities() {
    std::map<size_t, Seeking> seeking;
    for (size_t p = 0; p < pictures().size(); ++p) {
      if (plan_.searches[p].target_bytes > 0) seeking.emplace(p, seek_rate(p));
      if (plan_.searches[p].target_ssim) seeking.emplace(p, seek_likeness(p));
    }
    return seek(std::move(seeking), "quality");
  }

  base::Status keep_to_buffers() {
    std::map<size_t, Seeking> seeking;
    for (size_t p = 0; p < pictures().size(); ++p) {
      if (!plan_.searches[p].buffer) continue;
      seeking.emplace(p, codec_of(p).buffer ? seek_fills(p) : seek_cap(p));
    }
    return seek(std::move(seeking), "highest rate");
  }

  const schema::VideoCodec& codec_of(size_t p) {
    const schema::VideoEncoding& video = pictures()[p].as.video;
    return *schema::find_video_codec(video.codec, video.device);
  }
  std::vector<int64_t> frames() const {
    std::vector<int64_t> out;
    for (const plan::Segment& s : plan_.pieces.segments) out.push_back(s.frames());
    return out;
  }
  // Its segments, once their codings are those of the trial.
  std::vector<size_t> coded_for(size_t p, std::optional<plan::Trial> trial) {
    if (!trial) return {};
    for (size_t k = 0; k < trial->segments.size(); ++k) {
      pictures()[p].codings[trial->segments[k]].crf = trial->crf[k];
    }
    return std::move(trial->segments);
  }
  void set_crf(size_t p, const std::vector<double>& crf) {
    for (size_t i = 0; i < crf.size(); ++i) pictures()[p].codings[i].crf = crf[i];
  }

  Seeking seek_rate(size_t p) {
    const schema::Rendition& as = pictures()[p].as;
    const schema::Program& program = plan_.now.program;
    const double pixels = static_cast<double>(program.scaled(program.width, as.scale)) *
                          program.scaled(program.height, as.scale);
    auto rate = std::make_shared<plan::RateControl>(frames(), plan_.searches[p].target_bytes,
                                                    pixels, codec_of(p).rate);
    return {.next = [this, p, rate] { return coded_for(p, rate->next()); },
            .measured =
                [rate](const std::vector<Measured>& measured) {
                  std::vector<uint64_t> bytes;
                  for (const Measured& m : measured) bytes.push_back(m.bytes);
                  rate->measured(bytes);
                },
            .settle = [this, p, rate](size_t trials) { settle_rate(p, *rate, trials); }};
  }

  void settle_rate(size_t p, const plan::RateControl& rate, size_t trials) {
    const std::vector<double> crf = rate.crf();
    set_crf(p, crf);
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

  Seeking seek_likeness(size_t p) {
    auto quality = std::make_shared<plan::QualityControl>(
        plan_.pieces.segments.size(), *plan_.searches[p].target_ssim, codec_of(p).rate);
    return {.next = [this, p, quality] { return coded_for(p, quality->next()); },
            .measured =
                [quality](const std::vector<Measured>& measured) {
                  std::vector<double> ssim;
                  for (const Measured& m : measured) ssim.push_back(m.ssim);
                  quality->measured(ssim);
                },
            .settle =
                [this, p, quality](size_t trials) {
                  const std::vector<double> crf = quality->crf();
                  set_crf(p, crf);
                  likeness_[p] = quality->ssim();
                  const auto [low, high] = std::ranges::minmax(crf);
                  found(p)["quality"] = {{"crf", {low, high}}, {"trials", trials}};
                }};
  }

  // Once nothing changes any more.
  void tell_likeness() {
    for (const auto& [p, ssim] : likeness_) {
      const double target = *plan_.searches[p].target_ssim;
      const auto few = std::ranges::count_if(ssim, [&](double s) { return s < target; });
      json& told = found(p)["quality"];
      told["target_ssim"] = target;
      told["ssim"] = {std::ranges::min(ssim), std::ranges::max(ssim)};
      if (few == 0) continue;
      search_.runner.warn(
          kQualityMissed,
          fmt::format("{} of {} segments{} come to less than ssim {}, the least to {:.4f}", few,
                      ssim.size(), named(p), target, std::ranges::min(ssim)),
          "");
    }
  }

  // Of an encoder that keeps to the rate by itself: how full the buffer is when each segment
  // begins.
  Seeking seek_fills(size_t p) {
    struct State {
      plan::BufferControl control;
      std::vector<plan::BufferUse> uses;
      std::vector<size_t> tried;
      size_t again = 0;
    };
    const size_t count = plan_.pieces.segments.size();
    auto state = std::make_shared<State>(
        State{.control = plan::BufferControl(*plan_.searches[p].buffer, count),
              .uses = std::vector<plan::BufferUse>(count),
              .tried = std::vector<size_t>(count)});
    std::iota(state->tried.begin(), state->tried.end(), size_t{0});
    const auto take = [this, p, state](const std::vector<Measured>& measured) {
      for (size_t k = 0; k < measured.size(); ++k) state->uses[state->tried[k]] = measured[k].use;
      state->tried.clear();
      if (state->control.measured(state->uses)) return;
      std::vector<plan::Coding>& codings = pictures()[p].codings;
      for (size_t i = 0; i < codings.size(); ++i) {
        if (codings[i].fill == state->control.fills()[i]) continue;
        codings[i].fill = state->control.fills()[i];
        state->tried.push_back(i);
      }
      state->again += state->tried.size();
    };
    return {.next = [state] { return state->tried; },
            .measured = take,
            .settle =
                [this, p, state](size_t trials) {
                  tell_buffer(p, trials, state->again, state->control.failures());
                }};
  }

  // Of another: the qualities that it takes.
  Seeking seek_cap(size_t p) {
    std::vector<double> wanted;
    for (const plan::Coding& coding : pictures()[p].codings) {
      wanted.push_back(coding.crf.value_or(pictures()[p].as.video.crf));
    }
    auto cap = std::make_shared<plan::CapControl>(*plan_.searches[p].buffer, codec_of(p).rate,
                                                  std::move(wanted), frames());
    auto tried = std::make_shared<size_t>(0);  // segments, all told
    return {.next =
                [this, p, cap, tried] {
                  auto segments = coded_for(p, cap->next());
                  *tried += segments.size();
                  return segments;
                },
            .measured =
                [cap](const std::vector<Measured>& measured) {
                  std::vector<plan::BufferUse> uses;
                  for (const Measured& m : measured) uses.push_back(m.use);
                  cap->measured(uses);
                },
            .settle =
                [this, p, cap, tried](size_t trials) {
                  const std::vector<double>& crf = cap->crf();
                  tell_buffer(p, trials, *tried - crf.size(), cap->failures());
                  const auto [low, high] = std::ranges::minmax(crf);
                  found(p)["buffer"]["crf"] = {low, high};
                }};
  }

  void tell_buffer(size_t p, size_t trials, size_t again, size_t failures) {
    found(p)["buffer"] = {{"trials", trials}, {"encoded_again", again}};
    // Of the file it is told once that is whole.
    if (failures == 0 || pictures()[p].as.name.empty()) return;
    search_.runner.warn(kBufferMissed,
                        "a decoder of \"" + pictures()[p].as.name +
                            "\" that is fed at \"maxrate\" has to wait now and then",
                        "");
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
  std::map<size_t, std::vector<double>> likeness_;  // of each segment of a picture
};

}  // namespace

base::Result<nlohmann::json> search_coding(const CodingSearch& search, RenderPlan& plan) {
  return Search(search, plan).run();
}

}  // namespace rushes::app
