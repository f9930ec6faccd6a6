#include "ops/cuda/memory_access.h"
#include "ops/cuda/training.h"
#include "tensor/rng_newbie_math.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;

unsigned blocks_for(int64_t items) { return static_cast<unsigned>(divided_up(items, kThreads)); }

/// A thread per four values, which share their random words.
__global__ void noise_kernel(float* y, int64_t count, uint64_t seed, uint32_t stream,
                             uint32_t draw) {
  const int64_t block = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (4 * block >= count) return;
  const PhiloxWords words = noise::words(seed, stream, draw, static_cast<uint64_t>(block));
  const noise::Pair a = noise::normal_pair(words.word[0], words.word[1]);
  const noise::Pair b = noise::normal_pair(words.word[2], words.word[3]);
  const float values[4] = {a.first, a.second, b.first, b.second};
  for (int k = 0; k < 4; ++k) {
    if (4 * block + k < count) y[4 * block + k] = values[k];
  }
}

__global__ void blend_kernel(float* y, const float* x, const float* z, const float* factors,
                             int64_t rows, int64_t each) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= rows * each) return;
  const int64_t row = i / each;
  y[i] = fmaf(factors[row], x[i], factors[rows + row] * z[i]);
}

}  // namespace

void normal_noise(Tensor& y, const NoiseKey& key) {
  if (y.numel() == 0) return;
  noise_kernel<<<blocks_for(divided_up(y.numel(), 4)), kThreads, 0,
                 newbie::cuda::stream_of(y.device())>>>(data_of<float>(y), y.numel(), key.seed,
                                                        key.stream, key.draw);
  require_launched("normal_noise");
}

void blend_rows(Tensor& y, const Tensor& x, const std::vector<float>& of_x, const Tensor& z,
                const std::vector<float>& of_z) {
  if (y.numel() == 0) return;
  std::vector<float> both(of_x);
  both.insert(both.end(), of_z.begin(), of_z.end());
  const Tensor factors = Tensor::from(both, {static_cast<int64_t>(both.size())}, y.device());
  blend_kernel<<<blocks_for(y.numel()), kThreads, 0, newbie::cuda::stream_of(y.device())>>>(
      data_of<float>(y), data_of<float>(x), data_of<float>(z), data_of<float>(factors), y.dim(0),
      y.numel() / y.dim(0));
  require_launched("blend_rows");
}

}  // namespace newbie::ops::cuda
