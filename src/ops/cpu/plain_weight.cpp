#include "ops/cpu/plain_weight.h"

#include "ops/cpu/dnnl_weights.h"
#include "ops/cpu/panel_weights.h"
#include "ops/cpu/pieces.h"
#include "ops/f8_weights.h"

namespace newbie::ops::cpu {
namespace {

Tensor decoded(const F8Weights& weights, DType type) {
  Tensor rows = cast(weights.codes, type);
  const int64_t width = rows.dim(1);
  const float* scales = weights.scales.data<float>();
  const Output out(rows);
  const Element element = element_of(type);
  parallel_ranges(threads_for(rows), rows.dim(0), grain_rows(width),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t row = begin; row < end; ++row) {
                      std::byte* at = out.at(row * width);
                      kernels().convert(element, at, scales[row], element, at, width);
                    }
                  });
  return rows;
}

}  // namespace

Tensor plain_weight(const LinearWeights& weights, DType type) {
  if (weights.weight().defined()) return cast(weights.weight(), type);
  if (weights.storage() == LinearStorage::f8) return decoded(f8_weights(weights), type);
  if (const auto* panels = dynamic_cast<const PanelWeights*>(weights.prepared())) {
    return cast(panels->rows(0, weights.out_features()), type);
  }
  if (const auto* blocks = dynamic_cast<const DnnlWeights*>(weights.prepared())) {
    return cast(blocks->rows(weights.out_features(), weights.in_features()), type);
  }
  throw Error("grad.unsupported", "[linear] passes no gradient through weights of this storage");
}

}  // namespace newbie::ops::cpu
