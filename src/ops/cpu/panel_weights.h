#pragma once
/// Weights and products for processors on which oneDNN's products depend on the batch.

#include "ops/matmul.h"

namespace newbie::ops::cpu {

/// Rows [out,in]; every task packs the part it multiplies with.
class PanelWeights final : public LinearWeights::Prepared {
 public:
  /// `packed` copies the rows in the compute type, unless they are that already and in memory of
  /// ours; `mapped` leaves them where they are.
  PanelWeights(const Tensor& weight, DType compute, Residency residency);

  /// Rows [begin, end) in the compute type, in place or converted just now.
  Tensor rows(int64_t begin, int64_t end) const;

 private:
  DType compute_;
  Tensor rows_;
};

std::string linear_panels_declines(const Tensor& x, const LinearWeights& weights,
                                   const Activation& activation);
void linear_panels(Tensor& out, const Tensor& x, const LinearWeights& weights,
                   const Activation& activation);
std::string gated_linear_panels_declines(const Tensor& x, const LinearWeights& gate,
                                         const LinearWeights& up, const Activation& activation);
void gated_linear_panels(Tensor& out, const Tensor& x, const LinearWeights& gate,
                         const LinearWeights& up, const Activation& activation);

}  // namespace newbie::ops::cpu
