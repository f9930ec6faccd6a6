#include "train/data/random.h"

#include <numeric>
#include <utility>

#include "ops/training.h"
#include "tensor/rng_newbie.h"
#include "tensor/rng_philox.h"

namespace newbie::train {
namespace {

NoiseKey key_of(uint64_t seed, Purpose purpose, uint32_t number) {
  return {seed, static_cast<uint32_t>(purpose), number};
}

}  // namespace

uint32_t random_word(uint64_t seed, Purpose purpose, uint32_t number, uint64_t index) {
  const uint64_t block = index / 4;
  const PhiloxWords words =
      philox({{static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), number,
               static_cast<uint32_t>(purpose) ^ 0x80000000u}},
             seed);
  return words.word[index % 4];
}

std::vector<float> random_uniform(uint64_t seed, Purpose purpose, uint32_t number, size_t count) {
  std::vector<float> values(count);
  fill_uniform(key_of(seed, purpose, number), 0, values);
  return values;
}

std::vector<float> random_normal(uint64_t seed, Purpose purpose, uint32_t number, size_t count) {
  std::vector<float> values(count);
  fill_normal(key_of(seed, purpose, number), 0, values);
  return values;
}

Tensor random_normal(uint64_t seed, Purpose purpose, uint32_t number, const Shape& shape,
                     const Device& device) {
  return ops::normal_noise(key_of(seed, purpose, number), shape, device);
}

std::vector<int64_t> random_order(uint64_t seed, Purpose purpose, uint32_t round, int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (uint64_t i = order.size(); i > 1; --i) {
    // The high half of the product is uniform enough: the bias is below count / 2^32.
    const uint64_t pick = (random_word(seed, purpose, round, i) * i) >> 32;
    std::swap(order[i - 1], order[pick]);
  }
  return order;
}

}  // namespace newbie::train
