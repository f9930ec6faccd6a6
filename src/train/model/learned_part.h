#pragma once
/// The weights of one network as parameters of a run.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nn/weight_scope.h"
#include "train/optim/parameter.h"

namespace newbie::train {

/// How the optimiser treats a tensor, by the network and the tensor's path.
Role role_of(std::string_view network, std::string_view path, const Shape& shape);

/// Makes a parameter of every tensor that a network asks for, from stored weights or from starting
/// values, and keeps it: a network that is built again gets the same ones. The network must be
/// built with WeightUse::live.
class LearnedPart final : public nn::WeightProvider {
 public:
  /// Values to start from, f32 of the given shape.
  using Start = std::function<Tensor(const std::string& path, const Shape& shape)>;

  /// `part` comes before every name ("transformer."). Parameters are added to `parameters`, which
  /// outlives this.
  LearnedPart(std::string part, std::string network, const nn::WeightUse& use, Start start,
              std::vector<Parameter>& parameters)
      : part_(std::move(part)),
        network_(std::move(network)),
        device_(use.device),
        compute_(use.compute),
        start_(std::move(start)),
        parameters_(&parameters) {}

  Tensor take(const std::string& path, const Shape& shape) override;
  bool has(const std::string&) const override { return true; }

 private:
  std::string part_, network_;
  Device device_;
  DType compute_;
  Start start_;
  std::vector<Parameter>* parameters_;
  std::map<std::string, size_t> known_;
};

}  // namespace newbie::train
