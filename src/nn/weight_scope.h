#pragma once
/// How parts of a network take their parameters: by checkpoint path, once, while they are built.

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ops/matmul.h"
#include "tensor/tensor.h"

namespace newbie::nn {

/// What an adapter adds to the product of a Linear: x [...,in] -> [...,out], in the type of x.
class Addition {
 public:
  virtual ~Addition() = default;
  virtual Tensor operator()(const Tensor& x) const = 0;
};

/// Where tensors come from: files, or a test. Names are ours (names.cpp of each model maps
/// layouts).
class WeightProvider {
 public:
  virtual ~WeightProvider() = default;
  /// The tensor under this path. Errors: `weights.missing`, `weights.shape_mismatch`.
  virtual Tensor take(const std::string& path, const Shape& shape) = 0;
  virtual bool has(const std::string& path) const = 0;
  /// What adapters add to the Linear at this path; null without any.
  virtual std::shared_ptr<const Addition> addition(const std::string& /*path*/) { return nullptr; }
};

/// How `Linear` keeps its weights: in the type of the activations, or as f8_e4m3 with a scale per
/// row, for products of 8 bits.
enum class LinearStorage : uint8_t { compute, f8 };

/// How the parameters will be used.
struct WeightUse {
  Device device;
  /// Type of activations and products: f32, bf16 or f16.
  DType compute = DType::f32;
  ops::Residency residency = ops::Residency::packed;
  LinearStorage linear = LinearStorage::compute;
  /// Products read the tensors that the provider gave, at every call, instead of prepared copies:
  /// for parameters that are learned while the network runs.
  bool live = false;
};

/// A place in the tree of names. Cheap to copy; lives only while a network is built.
class WeightScope {
 public:
  WeightScope(WeightProvider& provider, const WeightUse& use, std::string path = "")
      : provider_(&provider), use_(&use), path_(std::move(path)) {}

  /// scope / "attention" / 3
  WeightScope operator/(std::string_view name) const {
    return WeightScope(*provider_, *use_,
                       path_.empty() ? std::string(name) : path_ + "." + std::string(name));
  }
  WeightScope operator/(int64_t index) const { return *this / fmt::to_string(index); }

  Tensor tensor(std::string_view name, const Shape& shape) const {
    return provider_->take((*this / name).path(), shape);
  }
  bool has(std::string_view name) const { return provider_->has((*this / name).path()); }
  std::shared_ptr<const Addition> addition() const { return provider_->addition(path_); }

  const std::string& path() const { return path_; }
  const WeightUse& use() const { return *use_; }

 private:
  WeightProvider* provider_;
  const WeightUse* use_;
  std::string path_;
};

}  // namespace newbie::nn
