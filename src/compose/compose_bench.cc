// What composing one frame costs, encoding left out: CPU time per frame of 1080 x 1920.

#include <benchmark/benchmark.h>

#include "compose/composer.h"
#include "compose/test_program.h"
#include "text/font_finder.h"

namespace rushes::compose {
namespace {

constexpr int64_t kFrames = 120;

schema::Program ken_burns(bool cross_fade, bool captions) {
  schema::Program p = empty_program(1080, 1920, kFrames);
  add_input(p, 1620, 2880);
  add_input(p, 1620, 2880);
  schema::Clip a = full_clip(p, schema::ImageContent{0}, 0, kFrames);
  zoom(a, 1, 1.18);
  p.tracks = {{{a}}};
  if (cross_fade) {
    schema::Clip b = full_clip(p, schema::ImageContent{1}, 0, kFrames);
    zoom(b, 1, 1.18);
    b.transition = schema::Transition{.duration = b.duration};
    p.tracks[0].clips.push_back(b);
  }
  if (captions) {
    schema::CaptionsContent c;
    c.effect = schema::CaptionEffect::kKaraoke;
    c.style.families = {"DejaVu Sans"};
    c.style.weight = 700;
    c.style.size = 84;
    c.style.outline_width = 5;
    c.active_color = schema::Color{255, 255, 0, 255};
    c.max_words = 4;
    c.max_width = 960;
    schema::Cue cue{.start = 0, .end = base::Rational(24, 5), .text = "", .words = {}};
    for (int i = 0; i < 10; ++i) {
      cue.words.push_back({"Words", base::Rational(i * 12, 25), base::Rational(i * 12 + 11, 25)});
    }
    c.cues = {cue};
    p.tracks.push_back({{full_clip(p, c, 0, kFrames)}});
  }
  return p;
}

void run(benchmark::State& state, const schema::Program& p) {
  MadeSources sources(p);
  Composer composer(p, sources, [](const std::string&, const std::string&) {});
  int64_t n = 1;
  benchmark::DoNotOptimize(composer.picture(0));  // opens the clips
  for (auto _ : state) {
    benchmark::DoNotOptimize(composer.picture(n));
    n = n % (kFrames - 1) + 1;
  }
}

void BM_KenBurns(benchmark::State& state) { run(state, ken_burns(false, false)); }
void BM_KenBurnsCaptions(benchmark::State& state) { run(state, ken_burns(false, true)); }
void BM_CrossFade(benchmark::State& state) { run(state, ken_burns(true, false)); }
void BM_CrossFadeCaptions(benchmark::State& state) { run(state, ken_burns(true, true)); }

BENCHMARK(BM_KenBurns)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_KenBurnsCaptions)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_CrossFade)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_CrossFadeCaptions)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rushes::compose
