#include "model_tools/synth_values.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/hash.h"
#include "base/parallel.h"
#include "io/element_cast.h"

namespace newbie::model_tools {
namespace {

/// The finalizer of MurmurHash3 (public domain): every input bit reaches every output bit.
uint32_t scramble(uint32_t x) {
  x ^= x >> 16;
  x *= 0x85EBCA6B;
  x ^= x >> 13;
  x *= 0xC2B2AE35;
  return x ^ x >> 16;
}

}  // namespace

ValueRule value_rule(std::string_view network, const io::TensorSpec& spec) {
  const std::string_view name = spec.name;
  const bool vector = spec.shape.rank() <= 1;
  if (name.ends_with(".bias")) return {0, 0.02f};
  if (vector) return {network == "gemma3" ? 0.0f : 1.0f, 0.05f};
  double fan_in = 1;
  for (int axis = 1; axis < spec.shape.rank(); ++axis) {
    fan_in *= static_cast<double>(spec.shape[axis]);
  }
  const auto unit = static_cast<float>(1 / std::sqrt(std::max(1.0, fan_in)));
  if (name.find("adaLN_modulation") != std::string_view::npos) return {0, 0.1f * unit};
  // Embeddings are looked up, not summed over: Gemma multiplies its own by sqrt(width), Jina
  // normalises them.
  if (name.find("embeddings.") != std::string_view::npos) return {0, 1.0f};
  return {0, unit};
}

void fill_values(uint64_t seed, const io::TensorSpec& spec, const ValueRule& rule, DType dtype,
                 uint64_t begin, std::span<std::byte> out, int threads) {
  constexpr int64_t kGrain = 1 << 16;
  constexpr size_t kChunk = 2048;
  const uint64_t key = hash64(spec.name) ^ seed * 0x9E3779B97F4A7C15;
  const size_t each = size_of(dtype);
  // Uniform over [-a, a) has standard deviation a / sqrt(3).
  const float scale = rule.deviation * std::sqrt(3.0f) * 0x1p-31f;
  parallel_ranges(
      threads, static_cast<int64_t>(out.size() / each), kGrain, [&](int64_t from, int64_t to) {
        std::array<float, kChunk> chunk;
        for (auto at = static_cast<size_t>(from); at < static_cast<size_t>(to); at += kChunk) {
          const size_t count = std::min(kChunk, static_cast<size_t>(to) - at);
          const uint64_t first = begin + at;
          const auto low = static_cast<uint32_t>(first);
          const auto high =
              scramble(static_cast<uint32_t>(key) + static_cast<uint32_t>(first >> 32));
          const auto salt = static_cast<uint32_t>(key >> 32);
          for (size_t i = 0; i < count; ++i) {
            const uint32_t bits = scramble(scramble(low + static_cast<uint32_t>(i) + salt) ^ high);
            chunk[i] = rule.mean + scale * static_cast<float>(static_cast<int32_t>(bits));
          }
          io::from_f32({chunk.data(), count}, dtype, out.data() + at * each);
        }
      });
}

}  // namespace newbie::model_tools
