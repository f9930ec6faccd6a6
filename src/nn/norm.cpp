#include "nn/norm.h"

#include "ops/elementwise.h"

namespace newbie::nn {
namespace {

Tensor small_weight(const WeightScope& scope, std::string_view name, int64_t width) {
  const MemoryScope memory(scope.use().device, MemoryUse::weights);
  const Tensor given = scope.tensor(name, {width});
  return scope.use().live ? given : ops::cast(given, DType::f32);
}

}  // namespace

RMSNorm::RMSNorm(const WeightScope& scope, int64_t width, float epsilon, ops::RmsWeight how)
    : weight(small_weight(scope, "weight", width)), eps(epsilon), kind(how) {}

LayerNorm::LayerNorm(const WeightScope& scope, int64_t width, float epsilon)
    : weight(small_weight(scope, "weight", width)),
      bias(small_weight(scope, "bias", width)),
      eps(epsilon) {}

GroupNorm::GroupNorm(const WeightScope& scope, int64_t channels, int64_t group_count, float epsilon)
    : weight(small_weight(scope, "weight", channels)),
      bias(small_weight(scope, "bias", channels)),
      groups(group_count),
      eps(epsilon) {}

}  // namespace newbie::nn
