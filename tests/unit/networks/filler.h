#pragma once
/// Deterministic weights and inputs that every implementation can make from names alone.
/// Source: model specification, appendix A.1.

#include <cmath>
#include <string_view>

#include "nn/weight_scope.h"

namespace newbie::test {

/// g of element i of the tensor called `name`, in [-0.5, 0.5).
inline double filler(std::string_view name, uint32_t i) {
  uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  uint32_t x = hash + i * 0x9E3779B9u;
  x = (x ^ x >> 16) * 0x85EBCA6Bu;
  x = (x ^ x >> 13) * 0xC2B2AE35u;
  x ^= x >> 16;
  return static_cast<double>(x >> 8) / 16777216.0 - 0.5;
}

/// 2 g.
inline Tensor filler_input(std::string_view name, const Shape& shape, const Device& device) {
  std::vector<float> values(static_cast<size_t>(shape.numel()));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(2 * filler(name, static_cast<uint32_t>(i)));
  }
  return Tensor::from(values, shape, device);
}

/// Weights by the rule of A.1; `gemma` norms hang around 0 instead of 1.
class FillerWeights final : public nn::WeightProvider {
 public:
  FillerWeights(const Device& device, bool gemma) : device_(device), gemma_(gemma) {}

  Tensor take(const std::string& path, const Shape& shape) override {
    std::vector<float> values(static_cast<size_t>(shape.numel()));
    const double fan_in = static_cast<double>(shape.numel()) / static_cast<double>(shape[0]);
    for (size_t i = 0; i < values.size(); ++i) {
      const double g = filler(path, static_cast<uint32_t>(i));
      values[i] = static_cast<float>(path.ends_with("bias") ? 0.2 * g
                                     : shape.rank() == 1    ? (gemma_ ? 0.2 * g : 1 + 0.2 * g)
                                     : path.find("embed_tokens") != std::string::npos
                                         ? 0.5 * g
                                         : 3 * g / std::sqrt(fan_in));
    }
    return Tensor::from(values, shape, device_);
  }
  bool has(const std::string&) const override { return true; }

 private:
  Device device_;
  bool gemma_;
};

}  // namespace newbie::test
