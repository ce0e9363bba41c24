// A minute of an ad: music at 44.1 kHz ducked under a voice, and an effect, as mix and as master.

#include <benchmark/benchmark.h>

#include "audio/fake_source.h"
#include "audio/master.h"
#include "audio/mixer.h"
#include "audio/resample.h"

namespace rushes::audio {
namespace {

// What a source costs is not ours: one second of noise is made once and given out again and again.
Wave canned(double amplitude) {
  std::vector<float> second;
  for (int64_t n = 0; n < 96000; ++n) second.push_back(noise(amplitude)(n / 2, n % 2 == 1));
  return [second = std::move(second)](int64_t n, int channel) {
    return second[static_cast<size_t>(n % 48000 * 2 + channel)];
  };
}

schema::AudioMix ad(Library& library) {
  schema::AudioMix mix;
  mix.sounds.push_back(sound(library.add({.wave = canned(0.3), .rate = 44100}), 0, 60));
  mix.sounds.push_back(sound(library.add({.wave = canned(0.2), .channels = 1}), 1, 50));
  mix.sounds.push_back(sound(library.add({.wave = canned(0.1)}), 2, 58));
  mix.sounds[0].role = "music";
  mix.sounds[1].role = "voice";
  mix.ducks.push_back({"music", "voice", -12, Rational(1, 10), Rational(1, 2)});
  return mix;
}

template <class Reader>
void read_all(Reader& reader) {
  while (true) {
    auto block = reader.read(4096);
    if (!block.ok() || block->samples.empty()) break;
    benchmark::DoNotOptimize(block->samples.data());
  }
}

void BM_Sources(benchmark::State& state) {
  for (auto _ : state) {
    Library library;
    const schema::AudioMix mix = ad(library);
    for (const schema::Sound& s : mix.sounds) {
      auto source = library.inputs().open(s).value();
      for (int64_t left = 60 * int64_t{source->sample_rate()}; left > 0; left -= 1000) {
        benchmark::DoNotOptimize(source->read());
      }
    }
  }
}
BENCHMARK(BM_Sources)->Unit(benchmark::kMillisecond);

void BM_Mix(benchmark::State& state) {
  for (auto _ : state) {
    Library library;
    const schema::AudioMix mix = ad(library);
    auto mixer = Mixer::open(mix, 60, library.inputs());
    read_all(mixer.value());
  }
}
BENCHMARK(BM_Mix)->Unit(benchmark::kMillisecond);

void BM_Master(benchmark::State& state) {
  for (auto _ : state) {
    Library library;
    schema::AudioMix mix = ad(library);
    mix.loudness = schema::Loudness{-14, -1};
    auto master = Master::open(mix, 60, library.inputs());
    read_all(master.value());
  }
}
BENCHMARK(BM_Master)->Unit(benchmark::kMillisecond);

void BM_Stretched(benchmark::State& state) {
  for (auto _ : state) {
    Library library;
    schema::AudioMix mix;
    mix.sounds.push_back(sound(library.add({.wave = canned(0.3)}), 0, 60));
    mix.sounds[0].speed = Rational(5, 4);
    mix.sounds[0].source_duration = 75;
    auto mixer = Mixer::open(mix, 60, library.inputs());
    read_all(mixer.value());
  }
}
BENCHMARK(BM_Stretched)->Unit(benchmark::kMillisecond);

void BM_Resample(benchmark::State& state) {
  const auto table = ResampleTable::make(44100, 48000).value();
  std::vector<float> out(2 * 4800);
  for (auto _ : state) {
    Resampler resampler(table, 2, 0);
    for (int i = 0; i < 600; ++i) {
      resampler.push(std::vector<float>(resampler.needed(4800) * 2, 0.5F));
      resampler.pull(out);
    }
  }
}
BENCHMARK(BM_Resample)->Unit(benchmark::kMillisecond);

void BM_Table(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ResampleTable::make(44100, 48000));
}
BENCHMARK(BM_Table)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rushes::audio
