#pragma once
/// Gradients of the norm family. All row norms are x_hat times a row of factors per sequence (plus
/// something that passes gradients on): one op serves them all.

#include "ops/norm.h"

namespace newbie::ops {

/// x_hat = x * rsqrt(mean(x^2) + eps), or (x - mean) * rsqrt(var + eps).
enum class RowStatistic : uint8_t { rms, moments };

/// What multiplies x_hat * w: nothing, 1 + m, or tanh(m).
enum class Modulation : uint8_t { none, scale, gate };

/// The sums that gradients of weights are made of; f32 [B,D] (f64 for f64).
struct RowSums {
  Tensor products;  ///< of dy * x_hat over the rows of each sequence
  Tensor plain;     ///< of dy; undefined for RMS norms, which have no bias
};

/// dx of y = x_hat * factor[b], and the sums. Shapes: dy, x [S,D] of one type, factor [B,D] f32
/// (f64) -> dx [S,D].
std::pair<Tensor, RowSums> row_norm_backward(const Tensor& dy, const Tensor& x,
                                             const Tensor& factor, RowStatistic statistic,
                                             float eps, const Packing& sequences);

/// factor[b] = w (or 1 + w) times the modulation of sequence b. Shapes: w [D] or undefined (ones),
/// m [count,D] or undefined -> [count,D] f32 (f64 for f64).
Tensor row_factors(const Tensor& weight, RmsWeight kind, const Tensor& modulation, Modulation how,
                   int64_t count, const Tensor& like);

struct FactorGradients {
  Tensor weight;      ///< [D]
  Tensor modulation;  ///< [count,D], undefined without one
};

/// Gradients of what row_factors multiplied, from the products of RowSums.
FactorGradients row_factors_backward(const Tensor& products, const Tensor& weight, RmsWeight kind,
                                     const Tensor& modulation, Modulation how);

struct GroupNormGradients {
  Tensor x;
  Tensor weight;  ///< [C] f32 (f64 for f64), as bias
  Tensor bias;
};

/// Of y = act(group_norm(x) * w + b). Shapes: dy, x [B,h,w,C].
GroupNormGradients group_norm_backward(const Tensor& dy, const Tensor& x, int64_t groups,
                                       const Tensor& weight, const Tensor& bias, float eps,
                                       Activation activation);

}  // namespace newbie::ops
