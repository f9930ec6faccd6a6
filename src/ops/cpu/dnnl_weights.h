#pragma once
/// Weights as oneDNN multiplies with them, in strips of output columns.

#include <memory>
#include <vector>

#include "ops/cpu/dnnl_product.h"
#include "ops/matmul.h"

namespace newbie::ops::cpu {

/// Output columns per task. Three quarters of the layers' widths are multiples of it, and a strip
/// of the deepest layer still fits the caches.
inline constexpr int64_t kStripColumns = 256;

class DnnlWeights final : public LinearWeights::Prepared {
 public:
  /// Copies every strip to the layout oneDNN likes best, letting go of a mapped weight's pages on
  /// the way: at no time are there two copies.
  static std::shared_ptr<const DnnlWeights> blocked(const Tensor& weight, DType compute);
  /// Leaves the weight where it is.
  static std::shared_ptr<const DnnlWeights> mapped(const Tensor& weight, DType compute);

  /// One strip, ready for oneDNN; converted just now when the weight is of another type.
  struct Strip {
    const void* data;
    Tensor converted;
  };
  Strip strip(int64_t column, int64_t columns) const;

  /// All of it as rows [out,in] in the compute type: in place, or copied from the strips.
  Tensor rows(int64_t out, int64_t in) const;

  WeightLayout layout() const { return layout_; }

 private:
  DType compute_;
  WeightLayout layout_ = WeightLayout::rows;
  Tensor rows_;                 // mapped: [out,in]
  Tensor blocks_;               // blocked: all strips
  std::vector<size_t> starts_;  // of each strip in blocks_
};

}  // namespace newbie::ops::cpu
