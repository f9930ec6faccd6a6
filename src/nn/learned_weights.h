#pragma once
/// The weights of a network as parameters.

#include <functional>

#include "grad/parameter.h"
#include "nn/weight_scope.h"

namespace newbie::nn {

/// Hands a network the tensors of another provider; those that `learns` chooses are copied to the
/// device of `use` and added to `parameters`, the others stay constant. The network must be built
/// with WeightUse::live, so that it reads parameters as they change. Types: vectors (norms, biases)
/// are kept in f32, matrices, tables and kernels in `matrices`.
class LearnedWeights final : public WeightProvider {
 public:
  using Choice = std::function<bool(const std::string& path)>;

  LearnedWeights(WeightProvider& from, const WeightUse& use, DType matrices, Choice learns,
                 std::vector<grad::Parameter>& parameters);

  Tensor take(const std::string& path, const Shape& shape) override;
  bool has(const std::string& path) const override { return from_->has(path); }
  std::shared_ptr<const Addition> addition(const std::string& path) override {
    return from_->addition(path);
  }

 private:
  WeightProvider* from_;
  Device device_;
  DType matrices_;
  Choice learns_;
  std::vector<grad::Parameter>* parameters_;
};

}  // namespace newbie::nn
