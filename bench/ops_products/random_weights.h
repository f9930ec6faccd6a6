#pragma once
/// Networks without files: times do not depend on what their weights are.

#include <cmath>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/parallel.h"
#include "nn/weight_scope.h"
#include "tensor/rng_newbie.h"

namespace newbie::bench {

/// Weights of any name and shape: small normal values, norms of 1.
class RandomWeights final : public nn::WeightProvider {
 public:
  RandomWeights(DType dtype, const Device& device) : dtype_(dtype), device_(device) {}

  Tensor take(const std::string& path, const Shape& shape) override {
    const bool norm = shape.rank() == 1 && path.ends_with("weight");
    const auto fan_in =
        static_cast<float>(std::max<int64_t>(1, shape.numel() / std::max<int64_t>(1, shape[0])));
    const float scale = norm ? 0.02f : 1.0f / std::sqrt(fan_in);
    Tensor tensor = Tensor::empty(shape, dtype_, device_);
    const NoiseKey key{.seed = hash64(path)};
    parallel_ranges(device_.threads(), shape.numel(), 1 << 16, [&](int64_t begin, int64_t end) {
      std::vector<float> values(static_cast<size_t>(end - begin));
      fill_normal(key, static_cast<uint64_t>(begin), values);
      for (int64_t i = begin; i < end; ++i) {
        const float value = values[static_cast<size_t>(i - begin)] * scale + (norm ? 1.0f : 0.0f);
        if (dtype_ == DType::f32) {
          reinterpret_cast<float*>(tensor.mutable_raw())[i] = value;
        } else {
          reinterpret_cast<BFloat16*>(tensor.mutable_raw())[i] = to_bf16(value);
        }
      }
    });
    return tensor;
  }
  bool has(const std::string&) const override { return true; }

 private:
  DType dtype_;
  Device device_;
};

}  // namespace newbie::bench
