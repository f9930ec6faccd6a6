#pragma once
/// From a weight set to a network: everything is checked before anything is built.

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "io/load_report.h"
#include "io/names.h"
#include "io/weight_set.h"
#include "nn/weight_scope.h"

namespace newbie {

/// Bytes of weights taken so far, of all that will be.
using LoadProgress = std::function<void(uint64_t done, uint64_t total)>;

/// Compares what a network expects with what the weights hold.
io::LoadReport compare(const io::WeightSet& weights, const std::vector<io::TensorSpec>& expected);

/// Hands checked tensors to a network under construction.
class CheckedWeights final : public nn::WeightProvider {
 public:
  /// Errors: those of LoadReport::error, all problems in one.
  CheckedWeights(std::shared_ptr<const io::WeightSet> weights,
                 const std::vector<io::TensorSpec>& expected, const Device& device,
                 LoadProgress progress = {});

  Tensor take(const std::string& path, const Shape& shape) override;
  Tensor take_on_host(const std::string& path, const Shape& shape) override;
  bool has(const std::string& path) const override { return weights_->has(path); }

  const io::LoadReport& report() const { return report_; }

 private:
  std::shared_ptr<const io::WeightSet> weights_;
  Device device_;
  Device host_;  ///< where files are read: the device itself when it is the host
  LoadProgress progress_;
  io::LoadReport report_;
  uint64_t taken_ = 0;
  uint64_t total_ = 0;
};

}  // namespace newbie
