#include "peak.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/parallel.h"
#include "measure.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace newbie::bench {
namespace {

/// Runs `steps` steps and returns the operations done. Every chain starts at a value of its own
/// from `memory` and ends there: the compiler can neither merge nor drop one.
using Loop = double (*)(int64_t steps, float* memory);

constexpr int kChains = 12;
/// Floats of the widest vectors of all chains.
constexpr size_t kMemory = 16 * kChains;

double plain_loop(int64_t steps, float* memory) {
  typedef float Vector __attribute__((vector_size(16)));
  Vector sums[kChains];
  std::memcpy(sums, memory, sizeof sums);
  Vector x{0.5f, 0.5f, 0.5f, 0.5f};
  for (int64_t step = 0; step < steps; ++step) {
    for (Vector& sum : sums) sum = sum * x + x;
  }
  std::memcpy(memory, sums, sizeof sums);
  return 2.0 * 4 * kChains * static_cast<double>(steps);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) double avx2_loop(int64_t steps, float* memory) {
  __m256 sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = _mm256_loadu_ps(memory + i * 8);
  const __m256 x = _mm256_set1_ps(0.5f);
  for (int64_t step = 0; step < steps; ++step) {
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(sum, x, x);
  }
  for (int i = 0; i < kChains; ++i) _mm256_storeu_ps(memory + i * 8, sums[i]);
  return 2.0 * 8 * kChains * static_cast<double>(steps);
}

__attribute__((target("avx512f"))) double avx512_loop(int64_t steps, float* memory) {
  __m512 sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = _mm512_loadu_ps(memory + i * 16);
  const __m512 x = _mm512_set1_ps(0.5f);
  for (int64_t step = 0; step < steps; ++step) {
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(sum, x, x);
  }
  for (int i = 0; i < kChains; ++i) _mm512_storeu_ps(memory + i * 16, sums[i]);
  return 2.0 * 16 * kChains * static_cast<double>(steps);
}

__attribute__((target("avx512f,avx512bf16"))) double bf16_loop(int64_t steps, float* memory) {
  __m512 sums[kChains];
  for (int i = 0; i < kChains; ++i) sums[i] = _mm512_loadu_ps(memory + i * 16);
  const auto x = (__m512bh)_mm512_set1_epi16(0x3F00);
  for (int64_t step = 0; step < steps; ++step) {
    for (__m512& sum : sums) sum = _mm512_dpbf16_ps(sum, x, x);
  }
  for (int i = 0; i < kChains; ++i) _mm512_storeu_ps(memory + i * 16, sums[i]);
  return 2.0 * 32 * kChains * static_cast<double>(steps);
}
#endif

Loop loop_for(DType dtype) {
#if defined(__x86_64__)
  if (dtype == DType::bf16 && __builtin_cpu_supports("avx512bf16")) return bf16_loop;
  if (__builtin_cpu_supports("avx512f")) return avx512_loop;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2_loop;
#endif
  return plain_loop;
}

}  // namespace

Rate peak_rate(DType dtype, int threads) {
  const Loop loop = loop_for(dtype);
  constexpr int64_t kSteps = 4'000'000;
  Rate best{};
  for (int repeat = 0; repeat < 5; ++repeat) {
    std::vector<float> memory(static_cast<size_t>(threads) * kMemory);
    for (size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<float>(i);
    std::vector<double> operations(static_cast<size_t>(threads));
    const Stopwatch watch;
    parallel_for(threads, threads, [&](int64_t i) {
      operations[static_cast<size_t>(i)] = loop(kSteps, &memory[static_cast<size_t>(i) * kMemory]);
    });
    const Elapsed elapsed = watch.elapsed();
    keep(memory.data());
    double done = 0;
    for (double count : operations) done += count;
    best.wall = std::max(best.wall, done / elapsed.wall * 1e-9);
    best.cpu = std::max(best.cpu, done / elapsed.cpu * threads * 1e-9);
  }
  return best;
}

}  // namespace newbie::bench
