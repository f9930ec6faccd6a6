#pragma once
/// Every random choice of a run is a function of (seed, purpose, number): nothing is carried from
/// step to step, so a run that resumes makes the choices that it would have made.

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::train {

/// What random numbers are for. Values are part of what a seed means: never renumber.
enum class Purpose : uint32_t {
  order = 0x7200,      ///< which example comes when
  noise = 0x7201,      ///< the noise that pictures are mixed with
  time = 0x7202,       ///< how much of it
  time_kind = 0x7203,  ///< whether a time is uniform instead
  caption = 0x7204,    ///< which of several captions
  caption_drop = 0x7205,
  latent_noise = 0x7206,
  latent_level = 0x7207,
  posterior = 0x7208,   ///< of the VAE's latents
  parameters = 0x7209,  ///< starting values
  adapter_drop = 0x720a,
  grouping = 0x720b,  ///< order of batches that were sorted by length
};

/// Word `index` of the endless list (seed, purpose, number).
uint32_t random_word(uint64_t seed, Purpose purpose, uint32_t number, uint64_t index);

/// `count` numbers of [0, 1), multiples of 2^-24.
std::vector<float> random_uniform(uint64_t seed, Purpose purpose, uint32_t number, size_t count);
/// `count` numbers of the standard normal distribution.
std::vector<float> random_normal(uint64_t seed, Purpose purpose, uint32_t number, size_t count);
/// The same numbers as a tensor, f32 on `device`.
Tensor random_normal(uint64_t seed, Purpose purpose, uint32_t number, const Shape& shape,
                     const Device& device);

/// 0 ... count-1 in random order. `round` names one of many orders.
std::vector<int64_t> random_order(uint64_t seed, Purpose purpose, uint32_t round, int64_t count);

}  // namespace newbie::train
