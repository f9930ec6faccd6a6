#include "tensor/rng_newbie.h"

#include <array>

#include "tensor/rng_newbie_math.h"

namespace newbie {
namespace {

using Values = std::array<float, 4>;

Values normals(const PhiloxWords& random) {
  const noise::Pair a = noise::normal_pair(random.word[0], random.word[1]);
  const noise::Pair b = noise::normal_pair(random.word[2], random.word[3]);
  return {a.first, a.second, b.first, b.second};
}

Values uniforms(const PhiloxWords& random) {
  return {noise::uniform(random.word[0]), noise::uniform(random.word[1]),
          noise::uniform(random.word[2]), noise::uniform(random.word[3])};
}

template <class Convert>
void fill(const NoiseKey& key, uint64_t first, std::span<float> out, const Convert& convert) {
  Values values{};
  for (uint64_t i = 0; i < out.size(); ++i) {
    const uint64_t element = first + i;
    if (i == 0 || element % 4 == 0) {
      values = convert(noise::words(key.seed, key.stream, key.draw, element / 4));
    }
    out[i] = values[element % 4];
  }
}

}  // namespace

void fill_normal(const NoiseKey& key, uint64_t first, std::span<float> out) {
  fill(key, first, out, normals);
}

void fill_uniform(const NoiseKey& key, uint64_t first, std::span<float> out) {
  fill(key, first, out, uniforms);
}

void NewbieRng::normal(std::span<float> out) {
  fill_normal(key_, 0, out);
  ++key_.draw;
}

void NewbieRng::uniform(std::span<float> out) {
  fill_uniform(key_, 0, out);
  ++key_.draw;
}

}  // namespace newbie
