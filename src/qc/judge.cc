// What a verdict rests on: docs/how_to/verify_outputs.md tells the same to people.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "qc/report.h"

namespace rushes::qc {
namespace {

// Of the worst second. PSNR in decibels, of luma and of chroma; shifts in codes of 255.
constexpr double kDoubtfulSsim = 0.92;
constexpr double kDoubtfulShare = 1.5, kBadShare = 2.5;  // of what was asked for
constexpr double kLeastPsnr = 24, kDoubtfulPsnr = 28;
constexpr double kLeastChromaPsnr = 30, kDoubtfulChromaPsnr = 33;
constexpr double kMostShift = 2.5, kDoubtfulShift = 1;
// Of the sound: seconds, thousandths, LU, dB.
const Rational kMostOffset(40, 1000), kDoubtfulOffset(10, 1000);
const Rational kMostLengthDifference(1, 10);
constexpr int kLeastMatch = 500, kDoubtfulMatch = 800;
constexpr double kMostLoudnessChange = 1;
constexpr double kDoubtfulLoudness = 0.6;
constexpr double kMostOverPeak = 1;

// What the limits above are made for is at least so like. Where less was asked for, they give way.
constexpr double kUsualSsim = 0.98;
constexpr double kAskedSlack = 0.002;

// By how much more the picture may differ than usual: a factor of squares.
double leeway(const Plan& plan) {
  return std::max(1.0, (1 - plan.asked_ssim.value_or(1)) / (1 - kUsualSsim));
}

// Some seconds are less like than the segment that they are in.
double least_ssim(const Plan& plan, double usual, double share) {
  return std::min(usual, 1 - share * (1 - plan.asked_ssim.value_or(1)));
}

class Judge {
 public:
  explicit Judge(Report& report)
      : report_(report), plan_(report.plan), leeway_(leeway(report.plan)) {}

  void run() {
    judge_picture();
    if (report_.pictures) judge_pictures(*report_.pictures);
    judge_sound();
    gather_stretches();
    std::ranges::stable_sort(
        report_.reasons, [](const Reason& a, const Reason& b) { return a.severity > b.severity; });
    for (const Reason& r : report_.reasons) report_.verdict = std::max(report_.verdict, r.severity);
  }

 private:
  void add(Verdict severity, const char* what, std::string text,
           std::optional<Rational> at = std::nullopt) {
    Reason reason{.severity = severity, .what = what, .text = std::move(text)};
    if (at) reason.at = at->to_double();
    report_.reasons.push_back(std::move(reason));
  }
  void fail(const char* what, std::string text, std::optional<Rational> at = std::nullopt) {
    add(Verdict::kFail, what, std::move(text), at);
  }
  void warn(const char* what, std::string text, std::optional<Rational> at = std::nullopt) {
    add(Verdict::kWarn, what, std::move(text), at);
  }
  Rational time_of(int64_t frame) const { return Rational(frame) / plan_.fps; }
  static std::string seconds_text(const Rational& t) {
    return fmt::format("{:.2f} s", t.to_double());
  }

  void judge_picture() {
    const auto& video = report_.inspected.video;
    if (!plan_.picture()) {
      if (video) fail("frames", "it has a picture, and should be sound alone");
    } else if (!video) {
      fail("frames", "it has no video");
    } else {
      judge_frames(video->timing);
      judge_video(*video);
    }
  }

  void judge_frames(const TrackTiming& t) {
    if (t.packets != plan_.frames) {
      fail("frames", fmt::format("it has {} frames, and should have {}", t.packets, plan_.frames));
    }
    if (t.gap_count > 0) {
      fail("timestamps",
           fmt::format("frames are missing in {} places by their times, first before frame {}",
                       t.gap_count, t.gaps.empty() ? 0 : t.gaps[0].frame),
           t.gaps.empty() ? Rational(0) : t.gaps[0].at);
    }
    if (t.double_count > 0) {
      fail("timestamps",
           fmt::format("{} frames come at the time of another, first frame {}", t.double_count,
                       t.doubles.empty() ? 0 : t.doubles[0].frame),
           t.doubles.empty() ? Rational(0) : t.doubles[0].at);
    }
    if (t.untimed > 0) warn("timestamps", fmt::format("{} frames have no time", t.untimed));
    if (t.damaged > 0)
      fail("damage", fmt::format("the container is damaged in {} places", t.damaged));
  }

  void judge_video(const InspectedVideo& v) {
    if (v.width != plan_.width || v.height != plan_.height) {
      fail("size", fmt::format("it is {}x{}, and should be {}x{}: pictures were not compared",
                               v.width, v.height, plan_.width, plan_.height));
    }
    if (v.codec != plan_.codec) {
      warn("format", fmt::format("its codec is {}, and should be {}", v.codec, plan_.codec));
    }
    if (v.pixel_format != plan_.pixel_format) {
      warn("format",
           fmt::format("its pixels are {}, and should be {}", v.pixel_format, plan_.pixel_format));
    }
    if (v.rotation != 0) warn("format", fmt::format("it is turned by {} degrees", v.rotation));
    if (v.sample_aspect != "1") {
      warn("format", fmt::format("its pixels are {} as wide as high", v.sample_aspect));
    }
    if (!plan_.rgb()) judge_colors(v);
  }

  void judge_colors(const InspectedVideo& v) {
    if (v.matrix.empty()) {
      warn("colors", "it does not say which colour matrix it has: players will guess");
    } else if (v.matrix != "bt709") {
      fail("colors", fmt::format("it says that its colour matrix is {}, not bt709", v.matrix));
    }
    if (v.range == "pc") fail("colors", "it says that its colours have full range, not limited");
  }

  void judge_pictures(const Pictures& p) {
    if (p.error) {
      fail(
          "decoding",
          fmt::format("from frame {} on it cannot be decoded: {}", p.error->first, p.error->second),
          time_of(p.error->first));
    }
    if (p.damaged > 0) {
      fail("damage", fmt::format("its picture is damaged in {} places", p.damaged));
    }
    if (p.missing.count > 0) {
      fail("frames",
           fmt::format("{} frames are not there, first frame {}", p.missing.count, p.missing.first),
           time_of(p.missing.first));
    }
    if (p.repeated.count > 0) {
      fail("frames",
           fmt::format("{} frames repeat the one before, where the reference moves, first frame {}",
                       p.repeated.count, p.repeated.first),
           time_of(p.repeated.first));
    }
    if (!p.chroma && plan_.chroma()) {
      warn("picture", "its chroma has another grid, and was not compared");
    }
    judge_similarity(p);
    judge_noise(p);
    judge_shift(p);
  }

  void judge_similarity(const Pictures& p) {
    const auto worst = worst_seconds(p, 1);
    if (worst.empty()) return;
    const auto ssim = p.ssim(p.seconds[worst[0]]);
    const Rational at(static_cast<int64_t>(worst[0]));
    const std::string text = fmt::format("SSIM of its worst second is {:.4f}", ssim.value_or(1));
    if (ssim && *ssim < report_.least_ssim) {
      fail("picture", fmt::format("{}, below {:.4g}", text, report_.least_ssim), at);
    } else if (ssim && *ssim < least_ssim(plan_, kDoubtfulSsim, kDoubtfulShare)) {
      warn("picture", text, at);
    }
    const auto mean = p.ssim(p.whole());
    if (plan_.asked_ssim && mean && *mean < *plan_.asked_ssim - kAskedSlack) {
      warn("picture", fmt::format("SSIM of the whole is {:.4f}, and {:.4g} was asked for", *mean,
                                  *plan_.asked_ssim));
    }
  }

  void judge_noise(const Pictures& p) {
    static constexpr const char* kNames[] = {"luma", "blue chroma", "red chroma"};
    for (size_t plane = 0; plane < (p.chroma ? 3U : 1U); ++plane) {
      std::optional<double> least;
      size_t at = 0;
      for (size_t i = 0; i < p.seconds.size(); ++i) {
        const auto psnr = p.psnr(p.seconds[i], plane);
        if (psnr && (!least || *psnr < *least)) {
          least = psnr;
          at = i;
        }
      }
      if (!least) continue;
      const double less = 10 * std::log10(leeway_);
      const double bad = (plane == 0 ? kLeastPsnr : kLeastChromaPsnr) - less;
      const double doubtful = (plane == 0 ? kDoubtfulPsnr : kDoubtfulChromaPsnr) - less;
      if (*least >= doubtful) continue;
      add(*least < bad ? Verdict::kFail : Verdict::kWarn, "picture",
          fmt::format("PSNR of {} is {:.1f} dB in its worst second", kNames[plane], *least),
          Rational(static_cast<int64_t>(at)));
    }
  }

  void judge_shift(const Pictures& p) {
    static constexpr const char* kNames[] = {"its brightness is", "its blue chroma is",
                                             "its red chroma is"};
    for (size_t plane = 0; plane < (p.chroma ? 3U : 1U); ++plane) {
      double most = 0;
      size_t at = 0;
      for (size_t i = 0; i < p.seconds.size(); ++i) {
        const double shift = p.shift(p.seconds[i], plane);
        if (std::abs(shift) > std::abs(most)) {
          most = shift;
          at = i;
        }
      }
      const double off = std::abs(most) / std::sqrt(leeway_);
      if (off < kDoubtfulShift) continue;
      add(off >= kMostShift ? Verdict::kFail : Verdict::kWarn, "colors",
          fmt::format("{} off by {:+.1f} of 255 for a second", kNames[plane], most),
          Rational(static_cast<int64_t>(at)));
    }
  }

  void judge_sound() {
    if (report_.inspected.audio && report_.inspected.audio->timing.damaged > 0) {
      fail("damage", fmt::format("the container of its sound is damaged in {} places",
                                 report_.inspected.audio->timing.damaged));
    }
    if (!report_.sound) return;
    const SoundFigures& s = *report_.sound;
    if (s.has_output != s.has_reference) {
      return fail("sound", s.has_output ? "it has sound, and should have none"
                                        : "it has no sound, and should have some");
    }
    if (s.damaged > 0) fail("damage", fmt::format("its sound is damaged in {} places", s.damaged));
    if (s.sample_rate != s.reference_rate) {
      warn("sound", fmt::format("it has {} samples a second, and should have {}", s.sample_rate,
                                s.reference_rate));
    }
    judge_length(s);
    judge_offset(s.offset_begin, "begins");
    judge_offset(s.offset_end, "ends");
    judge_match(s);
    judge_loudness(s);
  }

  void judge_length(const SoundFigures& s) {
    const Rational difference = s.length - plan_.seconds();
    const Rational size = difference < 0 ? -difference : difference;
    if (size <= std::max(kMostLengthDifference, Rational(1) / plan_.fps)) return;
    fail("length", fmt::format("its sound is {} {} than its picture should be", seconds_text(size),
                               difference < 0 ? "shorter" : "longer"));
  }

  void judge_offset(const std::optional<SoundOffset>& offset, const char* where) {
    if (!offset) return;
    const Rational late = offset->seconds;
    const Rational size = late < 0 ? -late : late;
    if (size <= kDoubtfulOffset) return;
    add(size > kMostOffset ? Verdict::kFail : Verdict::kWarn, "sync",
        fmt::format("where it {}, its sound is {:.1f} ms {}", where, size.to_double() * 1000,
                    late < 0 ? "early" : "late"));
  }

  void judge_match(const SoundFigures& s) {
    SomeFrames bad, doubtful;
    for (size_t i = 0; i < s.seconds.size(); ++i) {
      const auto& match = s.seconds[i].match;
      if (!match || *match >= kDoubtfulMatch) continue;
      (*match < kLeastMatch ? bad : doubtful).add(static_cast<int64_t>(i));
    }
    if (bad.count > 0) {
      fail("sound", fmt::format("another sound is heard in {} seconds", bad.count),
           Rational(bad.first));
    } else if (doubtful.count > 0) {
      warn("sound", fmt::format("its sound is not quite the same in {} seconds", doubtful.count),
           Rational(doubtful.first));
    }
  }

  void judge_loudness(const SoundFigures& s) {
    const auto& is = s.loudness.integrated_lufs;
    const auto& was = s.reference_loudness.integrated_lufs;
    if (is && was && std::abs(*is - *was) > kMostLoudnessChange) {
      fail("loudness", fmt::format("its loudness is {:.1f} LUFS, and should be {:.1f}", *is, *was));
    }
    if (is && plan_.target_lufs && std::abs(*is - *plan_.target_lufs) > kDoubtfulLoudness) {
      warn("loudness",
           fmt::format("its loudness is {:.1f} LUFS, its target {:.1f}", *is, *plan_.target_lufs));
    }
    const auto& peak = s.loudness.true_peak_db;
    if (peak && plan_.true_peak_db && *peak > *plan_.true_peak_db + kMostOverPeak) {
      warn("loudness", fmt::format("its true peak is {:.1f} dBTP, its limit {:.1f}", *peak,
                                   *plan_.true_peak_db));
    }
    if (s.clipped > 0 && s.reference_clipped == 0) {
      warn("loudness", fmt::format("{} samples of it are clipped", s.clipped));
    }
  }

  void gather_stretches() {
    const auto add_all = [&](StretchKind kind, const std::vector<Stretch>& found,
                             const Rational& ticks_a_second) {
      for (const Stretch& t : found) {
        report_.stretches.push_back({kind, Rational(t.first) / ticks_a_second,
                                     Rational(t.end) / ticks_a_second, t.in_reference});
      }
    };
    if (report_.pictures) {
      add_all(StretchKind::kBlack, report_.pictures->black, plan_.fps);
      add_all(StretchKind::kFrozen, report_.pictures->frozen, plan_.fps);
    }
    if (report_.sound && report_.sound->has_output) {
      add_all(StretchKind::kSilent, report_.sound->silent, 10);
    }
    std::ranges::stable_sort(report_.stretches, {}, &NamedStretch::from);
    for (const NamedStretch& t : report_.stretches) {
      if (t.in_reference) continue;
      fail("stretches",
           fmt::format("it is {} for {}, and the reference is not", name_of(t.kind),
                       seconds_text(t.to - t.from)),
           t.from);
    }
  }

  Report& report_;
  const Plan& plan_;
  double leeway_;
};

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: return "pass";
    case Verdict::kWarn: return "warn";
    case Verdict::kFail: return "fail";
  }
  return "fail";
}

std::string_view name_of(StretchKind kind) {
  switch (kind) {
    case StretchKind::kBlack: return "black";
    case StretchKind::kFrozen: return "frozen";
    case StretchKind::kSilent: return "silent";
  }
  return "silent";
}

std::vector<size_t> worst_seconds(const Pictures& pictures, size_t count) {
  std::vector<size_t> all;
  for (size_t i = 0; i < pictures.seconds.size(); ++i) {
    if (pictures.ssim(pictures.seconds[i])) all.push_back(i);
  }
  std::ranges::stable_sort(all, [&](size_t a, size_t b) {
    return *pictures.ssim(pictures.seconds[a]) < *pictures.ssim(pictures.seconds[b]);
  });
  if (all.size() > count) all.resize(count);
  return all;
}

Report judge(const Plan& plan, const Limits& limits, Measured measured) {
  Report report{
      .plan = plan,
      .least_ssim = limits.least_ssim.value_or(least_ssim(plan, kUsualLeastSsim, kBadShare)),
      .inspected = std::move(measured.inspected),
      .pictures = std::move(measured.pictures),
      .sound = std::move(measured.sound),
      .stretches = {},
      .reasons = {}};
  Judge(report).run();
  return report;
}

}  // namespace rushes::qc
