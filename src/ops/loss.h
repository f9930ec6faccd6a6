#pragma once
/// Losses: one number in f32 (f64 for f64), shape [1], and their gradients. Sums in double where
/// the device has them; fixed order.

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::ops {

/// rho(d) = d^2; |d|; or d^2/2 up to `delta` and delta (|d| - delta/2) beyond.
enum class Distance : uint8_t { squared, absolute, huber };

/// mean of rho(x - target) over all elements. Shapes: equal. Types: x and target alike. Gradient:
/// x, target.
Tensor mean_distance(const Tensor& x, const Tensor& target, Distance distance, float delta = 1.0f);

/// mean of -log softmax(x)[label] over the rows whose label is not negative; 0 when all are.
/// Shapes: x [S,C], one label per row. Gradient: x.
Tensor cross_entropy(const Tensor& x, const std::vector<int32_t>& labels);

/// mean of (mean^2 + exp(logvar) - 1 - logvar) / 2: how far a normal distribution is from the
/// standard one. Shapes: equal. Gradient: both.
Tensor normal_divergence(const Tensor& mean, const Tensor& logvar);

/// mean + exp(logvar / 2) * noise. Shapes: equal. Gradient: mean, logvar.
Tensor sample_normal(const Tensor& mean, const Tensor& logvar, const Tensor& noise);

}  // namespace newbie::ops
