#pragma once
/// The default generator: every value is a function of (seed, stream, draw, element index) alone.

#include <cstdint>
#include <span>

namespace newbie {

/// Names one array of random numbers; nothing else takes part in its values.
struct NoiseKey {
  uint64_t seed = 0;
  uint32_t stream = 0;  ///< purpose, so that one seed serves several
  uint32_t draw = 0;    ///< zero-based number of the call
};

/// Elements first, first + 1, ... of the normal array of `key`. Specification:
/// docs/explain/noise.md
void fill_normal(const NoiseKey& key, uint64_t first, std::span<float> out);

/// The same for uniform values in [0,1): multiples of 2^-24.
void fill_uniform(const NoiseKey& key, uint64_t first, std::span<float> out);

/// A sequence of draws; `key.draw` counts them, and setting it resumes a run.
class NewbieRng {
 public:
  explicit NewbieRng(uint64_t seed, uint32_t stream = 0) : key_{seed, stream, 0} {}

  void normal(std::span<float> out);
  void uniform(std::span<float> out);

 private:
  NoiseKey key_;
};

}  // namespace newbie
