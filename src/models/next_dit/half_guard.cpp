#include "models/next_dit/model.h"
#include "ops/elementwise.h"

namespace newbie::next_dit {

Tensor HalfGuard::run(const JointBlock& block, const Tensor& x, const Tensor& silu_c,
                      const BlockRun& run) {
  const Precision precision = precision_[&block];
  const bool wide = x.dtype() == DType::bf16 || precision != Precision::f16;
  const DType inside = wide ? DType::bf16 : DType::f16;
  const Residual out = block(ops::cast(x, inside), ops::cast(silu_c, inside), run);
  const bool stays = x.dtype() == DType::bf16 || precision == Precision::bf16;
  const Tensor sum = ops::cast(out.sum(run.sequences), stays ? DType::bf16 : DType::f16);
  checks_.push_back({&block, ops::FiniteCheck(sum)});
  return sum;
}

bool HalfGuard::stands() {
  const std::vector<Check> checks = std::move(checks_);
  checks_.clear();
  for (const Check& check : checks) {
    if (!check.result.first_non_finite()) continue;
    Precision& precision = precision_[check.block];
    // In bf16 already: that is not f16's doing, and whoever reads the velocity will see it.
    if (precision == Precision::bf16) return true;
    precision = precision == Precision::f16 ? Precision::bf16_inside : Precision::bf16;
    if (on_retry) on_retry(check.block->path());
    return false;
  }
  return true;
}

}  // namespace newbie::next_dit
