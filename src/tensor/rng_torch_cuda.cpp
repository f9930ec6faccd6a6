#include "tensor/rng_torch_cuda.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "tensor/rng_philox.h"

namespace newbie {
namespace {

constexpr uint64_t kBlockThreads = 256;
constexpr uint64_t kValuesPerCall = 4;

using Values = std::array<float, kValuesPerCall>;

float to_unit(uint32_t word) { return std::fma(static_cast<float>(word), 0x1p-32f, 0x1p-33f); }

/// Values in (0,1].
Values uniforms(const PhiloxWords& random) {
  Values values;
  for (size_t i = 0; i < values.size(); ++i) values[i] = to_unit(random.word[i]);
  return values;
}

/// Box-Muller on words (0,1) and (2,3). The GPU's fast sine and cosine first turn the angle into
/// turns, in f32; what its approximate instructions make of the turns is not known, so the nearest
/// f32 of the true value stands in.
Values normals(const PhiloxWords& random) {
  constexpr float kTurn = static_cast<float>(2 * std::numbers::pi * 0x1p-32);
  constexpr float kHalfStep = static_cast<float>(std::numbers::pi * 0x1p-32);
  constexpr float kTurnsPerRadian = static_cast<float>(0.5 * std::numbers::inv_pi);
  Values values;
  for (size_t i = 0; i < values.size(); i += 2) {
    const double u = to_unit(random.word[i]);
    const float angle = std::fma(static_cast<float>(random.word[i + 1]), kTurn, kHalfStep);
    const float turns = angle * kTurnsPerRadian;
    const double exact = 2 * std::numbers::pi * static_cast<double>(turns);
    const float radius = std::sqrt(-2.0f * static_cast<float>(std::log(u)));
    values[i] = radius * static_cast<float>(std::sin(exact)) + 0.0f;
    values[i + 1] = radius * static_cast<float>(std::cos(exact)) + 0.0f;
  }
  return values;
}

}  // namespace

TorchCudaRng::TorchCudaRng(uint64_t seed, CudaLayout layout) : seed_(seed), layout_(layout) {}

template <class Convert>
void TorchCudaRng::fill(std::span<float> out, const Convert& convert) {
  const uint64_t n = out.size();
  if (n == 0) return;
  const uint64_t resident =
      static_cast<uint64_t>(layout_.multiprocessors) *
      (static_cast<uint64_t>(layout_.threads_per_multiprocessor) / kBlockThreads);
  const uint64_t blocks = std::min((n + kBlockThreads - 1) / kBlockThreads, resident);
  const uint64_t threads = blocks * kBlockThreads;
  const uint64_t calls = (n - 1) / (threads * kValuesPerCall) + 1;
  for (uint64_t call = 0; call < calls; ++call) {
    const uint64_t position = offset_ / kValuesPerCall + call;
    const uint64_t first = call * kValuesPerCall * threads;
    for (uint64_t thread = 0; thread < threads && first + thread < n; ++thread) {
      const PhiloxWords random =
          philox({{static_cast<uint32_t>(position), static_cast<uint32_t>(position >> 32),
                   static_cast<uint32_t>(thread), static_cast<uint32_t>(thread >> 32)}},
                 seed_);
      const Values values = convert(random);
      for (uint64_t i = 0; i < kValuesPerCall && first + thread + i * threads < n; ++i) {
        out[first + thread + i * threads] = values[i];
      }
    }
  }
  offset_ += calls * kValuesPerCall;
}

void TorchCudaRng::normal(std::span<float> out) { fill(out, normals); }
void TorchCudaRng::uniform(std::span<float> out) { fill(out, uniforms); }

}  // namespace newbie
