#pragma once
/// How parts of a network take their parameters: by checkpoint path, once, while they are built.

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ops/matmul.h"
#include "tensor/absent_weights.h"
#include "tensor/tensor.h"

namespace newbie::nn {

/// What an adapter adds to the product of a Linear: x [...,in] -> [...,out], in the type of x.
class Addition {
 public:
  virtual ~Addition() = default;
  virtual Tensor operator()(const Tensor& x) const = 0;
  /// The product and what is added to it, for those that can make both at once.
  virtual Tensor with_product(const Tensor& x, const ops::LinearWeights& weights) const {
    return ops::add(ops::linear(x, weights), (*this)(x));
  }
};

/// Where tensors come from: files, or a test. Names are ours (names.cpp of each model maps
/// layouts).
class WeightProvider {
 public:
  virtual ~WeightProvider() = default;
  /// The tensor under this path. Errors: `weights.missing`, `weights.shape_mismatch`.
  virtual Tensor take(const std::string& path, const Shape& shape) = 0;
  /// The same where the files lie, for tables of which only some rows are ever read. On the
  /// device when the provider has it nowhere else.
  virtual Tensor take_on_host(const std::string& path, const Shape& shape) {
    return take(path, shape);
  }
  virtual bool has(const std::string& path) const = 0;
  /// What adapters add to the Linear at this path; null without any.
  virtual std::shared_ptr<const Addition> addition(const std::string& /*path*/) { return nullptr; }
};

using ops::LinearStorage;

/// How the parameters will be used.
struct WeightUse {
  Device device;
  /// Type of activations and products: f32, bf16 or f16.
  DType compute = DType::f32;
  ops::Residency residency = ops::Residency::packed;
  /// How `Linear` keeps its weights, but for those that a network asks to be precise.
  LinearStorage linear = LinearStorage::compute;
  /// Where the blocks of a network leave the device to, which the network holds while it uses
  /// them; null keeps all of them there.
  std::shared_ptr<StreamedWeights> stream = nullptr;
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
    WeightScope part = *this;
    part.path_ = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
    return part;
  }
  WeightScope operator/(int64_t index) const { return *this / fmt::to_string(index); }

  /// The same place, whose Linears keep the type that computes: what is small and worth it.
  WeightScope precise() const {
    WeightScope same = *this;
    same.precise_ = true;
    return same;
  }
  LinearStorage linear_storage() const { return precise_ ? LinearStorage::compute : use_->linear; }

  Tensor tensor(std::string_view name, const Shape& shape) const {
    return provider_->take((*this / name).path(), shape);
  }
  Tensor tensor_on_host(std::string_view name, const Shape& shape) const {
    return provider_->take_on_host((*this / name).path(), shape);
  }
  bool has(std::string_view name) const { return provider_->has((*this / name).path()); }
  std::shared_ptr<const Addition> addition() const { return provider_->addition(path_); }

  const std::string& path() const { return path_; }
  const WeightUse& use() const { return *use_; }

 private:
  WeightProvider* provider_;
  const WeightUse* use_;
  std::string path_;
  bool precise_ = false;
};

}  // namespace newbie::nn
