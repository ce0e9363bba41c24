#include "qc/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "qc/plot.h"

namespace rushes::qc {
namespace {

constexpr std::string_view kStyle = R"(
:root{--ink:#1c2024;--soft:#667079;--line:#e3e7ea;--paper:#fff;--back:#f4f6f7;--pass:#18794e;--warn:#ad5700;
--fail:#c62a2f;--a:#2563b8;--b:#b83f7a;--c:#2a8a6d;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaec;--soft:#98a2ab;--line:#31373d;--paper:#1b1f23;--back:#121518;
--pass:#4cc38a;--warn:#f1a10d;--fail:#ff6369;--a:#6cb0ff;--b:#f08cc0;--c:#5fd0ac}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:1040px;margin:0 auto;padding:28px 20px 60px}
header{display:flex;gap:18px;align-items:center;margin-bottom:18px}
h1{font-size:21px;margin:0;overflow-wrap:anywhere;line-height:1.3}
h2{font-size:16px;margin:0 0 10px}
header p{margin:2px 0 0;color:var(--soft);overflow-wrap:anywhere}
.verdict{color:#fff;border-radius:8px;padding:8px 18px;font-weight:700;font-size:19px;text-transform:uppercase;letter-spacing:.06em}
.verdict.pass{background:#18794e}.verdict.warn{background:#ad5700}.verdict.fail{background:#c62a2f}
section{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:16px 18px;margin:0 0 16px}
ul{list-style:none;margin:0;padding:0}
li{padding:5px 0 5px 12px;border-left:4px solid var(--line);margin:4px 0}
li.fail{border-color:var(--fail)}li.warn{border-color:var(--warn)}
li b{text-transform:uppercase;font-size:12px;letter-spacing:.05em;margin-right:6px}
li.fail b{color:var(--fail)}li.warn b{color:var(--warn)}
.soft,.unit{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-bottom:16px}
.tile{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:11px 14px}
.tile span{display:block;color:var(--soft);font-size:13px}
.tile strong{font-size:20px;font-weight:600;font-variant-numeric:tabular-nums}
.tile small{display:block;color:var(--soft)}
figure{margin:0 0 14px}figure:last-child{margin:0}
figcaption{margin-bottom:2px}
.key{margin-left:14px;font-size:13px;color:var(--soft)}
.key:before{content:"";display:inline-block;width:14px;height:3px;border-radius:2px;vertical-align:middle;margin-right:5px;background:var(--a)}
.key.b:before{background:var(--b)}.key.c:before{background:var(--c)}
svg{width:100%;height:auto;display:block}
path{fill:none;stroke-width:1.6;stroke-linejoin:round}
path.a{stroke:var(--a)}path.b{stroke:var(--b)}path.c{stroke:var(--c)}
.grid{stroke:var(--line)}.limit{stroke:var(--fail);stroke-dasharray:5 4}
text{font:11px system-ui,"DejaVu Sans",sans-serif;fill:var(--soft)}
.scale{text-anchor:end}.time{text-anchor:middle}
rect.both{fill:var(--soft);opacity:.18}rect.only{fill:var(--fail);opacity:.3}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
td,th{text-align:left;padding:4px 14px 4px 0;border-bottom:1px solid var(--line);font-weight:400;vertical-align:top}
th{color:var(--soft)}tr:last-child>*{border-bottom:0}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:16px}.two section{margin:0}
.two{margin-bottom:16px}
)";

std::string number(const std::optional<double>& x, int digits, const char* unit = "") {
  return x ? fmt::format("{:.{}f}{}", *x, digits, unit) : "–";
}

std::string rate_text(double bits) {
  return bits >= 1e6 ? fmt::format("{:.2f} Mbit/s", bits / 1e6)
                     : fmt::format("{:.0f} kbit/s", bits / 1e3);
}

std::string time_text(double seconds) {
  const auto hundredths = static_cast<int64_t>(std::llround(seconds * 100));
  return fmt::format("{}:{:02}.{:02}", hundredths / 6000, hundredths / 100 % 60, hundredths % 100);
}

std::string tile(const char* name, const std::string& value, const std::string& more) {
  return fmt::format(
      "<div class=\"tile\"><span>{}</span><strong>{}</strong><small>{}</small></div>\n", name,
      escaped(value), escaped(more));
}

class Page {
 public:
  explicit Page(const Report& report) : r_(report), seconds_(report.plan.seconds().to_double()) {
    if (r_.inspected.video) {
      seconds_ = std::max(seconds_, r_.inspected.video->timing.length.to_double());
    }
  }

  std::string text() const {
    const std::string name = std::filesystem::path(r_.plan.output).filename().string();
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>{}: {}</title>\n<style>{}</style></head><body><main>\n",
        escaped(name), name_of(r_.verdict), kStyle);
    out += fmt::format(
        "<header><div class=\"verdict {0}\">{0}</div><div><h1>{1}</h1><p>compared with "
        "{2}</p></div>"
        "</header>\n",
        name_of(r_.verdict), escaped(name), escaped(r_.plan.against));
    return out + reasons() + tiles() + plots() + "<div class=\"two\">" + worst() + stretches() +
           "</div>\n<div class=\"two\">" + video() + audio() + "</div>\n</main></body></html>\n";
  }

 private:
  std::string reasons() const {
    std::string out = "<section><h2>Reasons</h2><ul>\n";
    if (r_.reasons.empty()) out += "<li>Nothing was found.</li>\n";
    for (const Reason& reason : r_.reasons) {
      out += fmt::format("<li class=\"{0}\"><b>{0}</b>{1}{2}</li>\n", name_of(reason.severity),
                         escaped(reason.text),
                         reason.at ? " <span class=\"soft\">at " + time_text(*reason.at) + "</span>"
                                   : std::string());
    }
    return out + "</ul></section>\n";
  }

  std::string tiles() const {
    const int64_t packets = r_.inspected.video ? r_.inspected.video->timing.packets : 0;
    std::string out =
        "<div class=\"tiles\">\n" +
        tile("Frames", fmt::format("{}", packets), fmt::format("of {} planned", r_.plan.frames)) +
        tile("Length", time_text(r_.plan.seconds().to_double()),
             fmt::format("{} fps", r_.plan.fps.to_string()));
    if (r_.pictures) {
      const Pictures& p = *r_.pictures;
      const PictureSecond whole = p.whole();
      const auto worst = worst_seconds(p, 1);
      out += tile("SSIM", number(p.ssim(whole), 4),
                  worst.empty() ? "" : "worst second " + number(p.ssim(p.seconds[worst[0]]), 4));
      out += tile("PSNR", number(p.psnr(whole, 0), 1, " dB"),
                  p.chroma ? fmt::format("chroma {} and {}", number(p.psnr(whole, 1), 1),
                                         number(p.psnr(whole, 2), 1, " dB"))
                           : "luma");
    }
    if (r_.sound && r_.sound->has_output) {
      const SoundFigures& s = *r_.sound;
      out += tile("Loudness", number(s.loudness.integrated_lufs, 1, " LUFS"),
                  r_.plan.target_lufs ? fmt::format("target {:.1f}, peak {}", *r_.plan.target_lufs,
                                                    number(s.loudness.true_peak_db, 1, " dBTP"))
                                      : "peak " + number(s.loudness.true_peak_db, 1, " dBTP"));
      const auto ms = [](const std::optional<SoundOffset>& o) {
        return o ? fmt::format("{:.1f} ms", o->seconds.to_double() * 1000) : std::string("–");
      };
      out += tile("Sound offset", ms(s.offset_begin), "at the end " + ms(s.offset_end));
    }
    return out + "</div>\n";
  }

  std::vector<Band> bands(bool of_sound) const {
    std::vector<Band> out;
    for (const NamedStretch& s : r_.stretches) {
      if ((s.kind == StretchKind::kSilent) != of_sound) continue;
      out.push_back(
          {s.from.to_double(), s.to.to_double(), s.in_reference ? "both" : "only",
           fmt::format("{}{}", name_of(s.kind),
                       s.in_reference ? ", as the reference" : ", the reference is not")});
    }
    return out;
  }

  std::string plots() const {
    std::string out = "<section>\n";
    if (r_.pictures) out += ssim_plot(*r_.pictures) + psnr_plot(*r_.pictures);
    if (r_.inspected.video) out += rate_plot(r_.inspected.video->timing);
    if (r_.sound && r_.sound->has_output) out += level_plot(*r_.sound);
    return out + "</section>\n";
  }

  std::string ssim_plot(const Pictures& p) const {
    Plot plot{.title = "SSIM", .unit = "of luma, mean of each second", .seconds = seconds_};
    Curve curve{"", "a", {}};
    double least = r_.least_ssim;
    for (const PictureSecond& s : p.seconds) {
      curve.values.push_back(p.ssim(s));
      if (curve.values.back()) least = std::min(least, *curve.values.back());
    }
    plot.low = std::max(-1.0, std::floor(least * 10 - 0.2) / 10);
    plot.digits = 3;
    plot.limit = r_.least_ssim;
    plot.curves = {std::move(curve)};
    plot.bands = bands(false);
    return svg_of(plot, true);
  }

  std::string psnr_plot(const Pictures& p) const {
    // What is the same has none: it is drawn at the top.
    constexpr double kTop = 60;
    Plot plot{.title = "PSNR", .unit = "dB", .seconds = seconds_, .low = 20, .high = kTop};
    static constexpr const char* kNames[] = {"luma", "blue chroma", "red chroma"};
    static constexpr const char* kCss[] = {"a", "c", "b"};
    for (size_t plane = 0; plane < (p.chroma ? 3U : 1U); ++plane) {
      Curve curve{kNames[plane], kCss[plane], {}};
      for (const PictureSecond& s : p.seconds) {
        const double psnr = p.psnr(s, plane).value_or(kTop);
        curve.values.push_back(s.frames > 0 ? std::optional(psnr) : std::nullopt);
        plot.low = std::min(plot.low, std::floor(psnr / 10) * 10);
      }
      plot.curves.push_back(std::move(curve));
    }
    std::ranges::reverse(plot.curves);  // luma on top
    plot.bands = bands(false);
    return svg_of(plot, true);
  }

  std::string rate_plot(const TrackTiming& t) const {
    Plot plot{.title = "Bit rate", .unit = "Mbit/s", .seconds = seconds_, .digits = 1};
    Curve curve{"", "a", {}};
    double most = 0.1;
    for (const uint64_t bytes : t.bytes_of_second) {
      curve.values.emplace_back(static_cast<double>(bytes) * 8 / 1e6);
      most = std::max(most, *curve.values.back());
    }
    plot.high = most < 1 ? std::ceil(most * 10) / 10 : std::ceil(most);
    plot.digits = plot.high < 4 ? 2 : 1;
    plot.curves = {std::move(curve)};
    return svg_of(plot, false);
  }

  std::string level_plot(const SoundFigures& s) const {
    Plot plot{.title = "Sound", .unit = "level, dBFS", .seconds = seconds_, .low = -60, .high = 0};
    Curve output{"output", "a", {}};
    Curve reference{"reference", "b", {}};
    for (const SoundSecond& second : s.seconds) {
      const auto value = [](const Level& level) { return level ? *level / 100.0 : -120.0; };
      output.values.emplace_back(value(second.level));
      if (s.has_reference) reference.values.emplace_back(value(second.reference_level));
    }
    if (s.has_reference) plot.curves.push_back(std::move(reference));
    plot.curves.push_back(std::move(output));
    plot.bands = bands(true);
    return svg_of(plot, true);
  }

  std::string worst() const {
    std::string out = "<section><h2>Worst seconds</h2>";
    if (!r_.pictures) return out + "<p class=\"soft\">Pictures were not compared.</p></section>\n";
    out += "<table><tr><th>at</th><th>SSIM</th><th>PSNR</th><th>worst frame</th></tr>\n";
    constexpr size_t kWorst = 5;
    for (const size_t i : worst_seconds(*r_.pictures, kWorst)) {
      const PictureSecond& s = r_.pictures->seconds[i];
      out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                         time_text(static_cast<double>(i)), number(r_.pictures->ssim(s), 4),
                         number(r_.pictures->psnr(s, 0), 1, " dB"), s.worst_frame);
    }
    return out + "</table></section>\n";
  }

  std::string stretches() const {
    std::string out = "<section><h2>Stretches</h2>";
    if (r_.stretches.empty()) {
      return out + "<p class=\"soft\">None is black, frozen or silent.</p></section>\n";
    }
    out += "<table><tr><th>from</th><th>to</th><th>is</th><th>the reference</th></tr>\n";
    constexpr size_t kMost = 50;
    for (size_t i = 0; i < std::min(kMost, r_.stretches.size()); ++i) {
      const NamedStretch& s = r_.stretches[i];
      out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                         time_text(s.from.to_double()), time_text(s.to.to_double()),
                         name_of(s.kind), s.in_reference ? "too" : "is not");
    }
    if (r_.stretches.size() > kMost) {
      out +=
          fmt::format("<tr><td colspan=\"4\">and {} more</td></tr>", r_.stretches.size() - kMost);
    }
    return out + "</table></section>\n";
  }

  static std::string row(const char* name, const std::string& value) {
    return fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name,
                       value.empty() ? "–" : escaped(value));
  }

  std::string video() const {
    std::string out = "<section><h2>Picture</h2>";
    if (!r_.inspected.video) return out + "<p class=\"soft\">None.</p></section>\n";
    const InspectedVideo& v = *r_.inspected.video;
    const TrackTiming& t = v.timing;
    out += "<table>" + row("codec", v.codec + " " + v.profile) + row("pixels", v.pixel_format) +
           row("size", fmt::format("{}x{}", v.width, v.height)) +
           row("rotation", fmt::format("{}°", v.rotation)) +
           row("matrix, range", v.matrix + (v.range.empty() ? "" : ", " + v.range)) +
           row("primaries, transfer", v.primaries + (v.transfer.empty() ? "" : ", " + v.transfer)) +
           row("bit rate", rates(t)) +
           row("keyframes", fmt::format("{}, {} to {} frames apart", t.keyframes,
                                        t.least_key_distance, t.most_key_distance));
    return out + "</table></section>\n";
  }

  std::string audio() const {
    std::string out = "<section><h2>Sound</h2>";
    if (!r_.inspected.audio) return out + "<p class=\"soft\">None.</p></section>\n";
    const InspectedAudio& a = *r_.inspected.audio;
    out += "<table>" + row("codec", a.codec + " " + a.profile) +
           row("channels", fmt::format("{} ({})", a.channels, a.layout)) +
           row("samples a second", fmt::format("{}", a.sample_rate)) +
           row("bit rate", rates(a.timing));
    if (r_.sound) {
      const SoundFigures& s = *r_.sound;
      out += row("length", time_text(s.length.to_double())) +
             row("loudness range", fmt::format("{:.1f} LU", s.loudness.range_lu)) +
             row("clipped", fmt::format("{} samples", s.clipped));
    }
    return out + "</table></section>\n";
  }

  static std::string rates(const TrackTiming& t) {
    const auto most = std::ranges::max_element(t.bytes_of_second);
    if (most == t.bytes_of_second.end() || t.length <= 0) return "";
    return fmt::format("{}, at most {}",
                       rate_text(static_cast<double>(t.bytes) * 8 / t.length.to_double()),
                       rate_text(static_cast<double>(*most) * 8));
  }

  const Report& r_;
  double seconds_;  // along the plots
};

}  // namespace

std::string page_of(const Report& report) { return Page(report).text(); }

}  // namespace rushes::qc
