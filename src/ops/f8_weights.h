#pragma once
/// Weights of 8 bits, the same on every device.

#include "ops/matmul.h"

namespace newbie::ops {

/// quantize_rows of the weight.
struct F8Weights final : LinearWeights::Prepared {
  Tensor codes;   ///< [out,in] f8_e4m3
  Tensor scales;  ///< [out] f32
};

/// The codes of weights whose storage is f8.
inline const F8Weights& f8_weights(const LinearWeights& weights) {
  check(weights.storage() == LinearStorage::f8, "weights are not stored as f8");
  return static_cast<const F8Weights&>(*weights.prepared());
}

}  // namespace newbie::ops
