#include "nn/learned_weights.h"

#include "ops/elementwise.h"
#include "ops/shape.h"
#include "ops/transfer.h"

namespace newbie::nn {
namespace {

/// The values in memory of our own, which may be written to.
Tensor owned(const Tensor& values, DType dtype, const Device& device) {
  const Tensor typed = ops::cast(ops::to_device(values, device), dtype);
  return ops::concat_rows({typed});
}

}  // namespace

LearnedWeights::LearnedWeights(WeightProvider& from, const WeightUse& use, DType matrices,
                               Choice learns, std::vector<grad::Parameter>& parameters)
    : from_(&from),
      device_(use.device),
      matrices_(matrices),
      learns_(std::move(learns)),
      parameters_(&parameters) {}

Tensor LearnedWeights::take(const std::string& path, const Shape& shape) {
  const Tensor given = from_->take(path, shape);
  if (!learns_(path)) return given;
  const MemoryScope scope(device_, MemoryUse::weights);
  const bool matrix = given.rank() > 1 || matrices_ == DType::f64;
  parameters_->emplace_back(path, owned(given, matrix ? matrices_ : DType::f32, device_));
  return parameters_->back().tensor();
}

}  // namespace newbie::nn
