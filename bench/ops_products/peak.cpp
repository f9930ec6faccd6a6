#include "peak.h"

#include <algorithm>

#include "base/parallel.h"
#include "measure.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace newbie::bench {
namespace {

/// Runs `steps` steps and returns the operations done. The result is stored where the compiler
/// cannot see that nobody reads it.
using Loop = double (*)(int64_t steps, float* result);

constexpr int kChains = 12;

double plain_loop(int64_t steps, float* result) {
  typedef float Vector __attribute__((vector_size(16)));
  Vector sums[kChains] = {};
  Vector x{0.5f, 0.5f, 0.5f, 0.5f};
  for (int64_t step = 0; step < steps; ++step) {
    for (Vector& sum : sums) sum = sum * x + x;
  }
  for (const Vector& sum : sums) *result += sum[0];
  return 2.0 * 4 * kChains * static_cast<double>(steps);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) double avx2_loop(int64_t steps, float* result) {
  __m256 sums[kChains] = {};
  const __m256 x = _mm256_set1_ps(0.5f);
  for (int64_t step = 0; step < steps; ++step) {
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(sum, x, x);
  }
  for (const __m256& sum : sums) *result += sum[0];
  return 2.0 * 8 * kChains * static_cast<double>(steps);
}

__attribute__((target("avx512f"))) double avx512_loop(int64_t steps, float* result) {
  __m512 sums[kChains] = {};
  const __m512 x = _mm512_set1_ps(0.5f);
  for (int64_t step = 0; step < steps; ++step) {
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(sum, x, x);
  }
  for (const __m512& sum : sums) *result += sum[0];
  return 2.0 * 16 * kChains * static_cast<double>(steps);
}

__attribute__((target("avx512f,avx512bf16"))) double bf16_loop(int64_t steps, float* result) {
  __m512 sums[kChains] = {};
  const auto x = (__m512bh)_mm512_set1_epi16(0x3F00);
  for (int64_t step = 0; step < steps; ++step) {
    for (__m512& sum : sums) sum = _mm512_dpbf16_ps(sum, x, x);
  }
  for (const __m512& sum : sums) *result += sum[0];
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
    std::vector<float> results(static_cast<size_t>(threads) * 64);
    std::vector<double> operations(static_cast<size_t>(threads));
    const Stopwatch watch;
    parallel_for(threads, threads, [&](int64_t i) {
      operations[static_cast<size_t>(i)] = loop(kSteps, &results[static_cast<size_t>(i) * 64]);
    });
    const Elapsed elapsed = watch.elapsed();
    keep(results.data());
    double done = 0;
    for (double count : operations) done += count;
    best.wall = std::max(best.wall, done / elapsed.wall * 1e-9);
    best.cpu = std::max(best.cpu, done / elapsed.cpu * threads * 1e-9);
  }
  return best;
}

}  // namespace newbie::bench
