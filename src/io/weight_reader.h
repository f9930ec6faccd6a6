#pragma once
/// Taking tensors out of a weight set while a network is built, and the account at the end.

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "io/weight_set.h"

namespace newbie::io {

/// Collects every problem instead of stopping at the first: take() returns nothing for a tensor
/// that is missing or has another shape, construction goes on, and finish() throws once. Drives one
/// load on one thread; `device` is a CPU device.
class WeightReader {
 public:
  WeightReader(std::shared_ptr<const WeightSet> weights, Device device);

  const WeightSet& weights() const { return *weights_; }
  const Device& device() const { return device_; }

  /// The tensor, if it is there with this shape; else the problem is noted.
  std::optional<Tensor> take(std::string_view name, const Shape& expected);
  /// As take, but absence is fine.
  std::optional<Tensor> take_optional(std::string_view name, const Shape& expected);
  /// Marks a tensor (or all under a path ending in '.') as known and not needed.
  void skip(std::string_view name);
  bool has(std::string_view name) const { return weights_->has(name); }

  /// The account; throws LoadReport::error when it is not acceptable.
  LoadReport finish(Strictness strictness = Strictness::strict);
  /// The account so far, without judging it.
  LoadReport report() const;

 private:
  std::shared_ptr<const WeightSet> weights_;
  Device device_;
  LoadReport report_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace newbie::io
