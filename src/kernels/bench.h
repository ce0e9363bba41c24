#pragma once

// How the benchmarks of this layer measure: bytes a second and bytes a cycle.
//
// A cycle is one of the time-stamp counter, which runs at the processor's nominal frequency (cycles
// of the core itself cannot be counted without privileges). Other architectures give bytes a second
// alone.

#include <benchmark/benchmark.h>

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace rushes::kernels {

// Calls f for as long as the benchmark wishes. `bytes`: what a call writes.
template <class F>
void measure(benchmark::State& state, int64_t bytes, F f) {
#if defined(__x86_64__)
  const uint64_t start = __rdtsc();
#endif
  for (auto _ : state) f();
  const int64_t all = state.iterations() * bytes;
#if defined(__x86_64__)
  const uint64_t cycles = __rdtsc() - start;
  state.counters["bytes/cycle"] = static_cast<double>(all) / static_cast<double>(cycles);
#endif
  state.SetBytesProcessed(all);
}

}  // namespace rushes::kernels
