#pragma once
/// Sums over parts of a tensor. Fixed order of additions: the same bytes for any thread count.
/// Answers that are numbers of the host wait for the device, but for FiniteCheck.

#include <memory>
#include <optional>
#include <vector>

#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// Mean of each sequence's rows. Shapes: x [S,D] -> [B,D]. Accumulates in f32 or better.
Tensor mean_rows(const Tensor& x, const Packing& sequences);

/// Mean of every 2 x 2 pixels. Shapes: [B,h,w,C] of even sizes -> [B,h/2,w/2,C].
Tensor average_2x2(const Tensor& image);

/// sqrt(sum of squares) of every item of the first axis, in double. Shapes: x [B,...] -> B numbers.
std::vector<double> norms(const Tensor& x);

/// Index of the first NaN or infinity in row-major order, if any.
std::optional<int64_t> first_non_finite(const Tensor& x);

/// first_non_finite of a tensor, asked now and answered later: the device and its caller go on.
class FiniteCheck {
 public:
  /// How a backend keeps an answer on its way.
  struct Answer {
    virtual ~Answer() = default;
    virtual bool ready() = 0;
    virtual int64_t wait() = 0;  ///< -1 when all is finite
  };

  explicit FiniteCheck(const Tensor& x);
  /// Whether the answer has arrived.
  bool ready() const { return !answer_ || answer_->ready(); }
  /// Waits for it.
  std::optional<int64_t> first_non_finite() const;

 private:
  std::shared_ptr<Answer> answer_;  // null where answers are immediate
  int64_t index_ = -1;
};

/// What match_norms makes of each item of the first axis, given another of the same shape; |.| is
/// the square root of the sum of squares.
enum class NormMatch : uint8_t {
  at_most,  ///< y *= min(1, amount |reference| / |y|)
  equal,    ///< y *= |reference| / |y|
  spread    ///< y *= amount s(reference) / s(y) + 1 - amount, s = |. - mean|
};

/// y, each item of its first axis scaled as `kind` says; an item of norm zero stays. Norms in
/// double. Shapes: y, reference [B,...].
Tensor match_norms(const Tensor& y, const Tensor& reference, NormMatch kind, float amount);

}  // namespace newbie::ops
