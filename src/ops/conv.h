#pragma once
/// Two-dimensional convolution, channels last.

#include <memory>
#include <optional>

#include "ops/elementwise.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// Weights of a convolution prepared for one device and input type; see LinearWeights.
class ConvWeights {
 public:
  struct Prepared {
    virtual ~Prepared() = default;
  };

  ConvWeights() = default;
  ConvWeights(Shape shape, DType compute, Tensor weight, Tensor bias,
              std::shared_ptr<const Prepared> prepared)
      : shape_(shape),
        compute_(compute),
        weight_(std::move(weight)),
        bias_(std::move(bias)),
        prepared_(std::move(prepared)) {}

  /// [O,I,kh,kw]
  const Shape& shape() const { return shape_; }
  DType compute() const { return compute_; }
  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }
  const Prepared* prepared() const { return prepared_.get(); }

 private:
  Shape shape_;
  DType compute_ = DType::f32;
  Tensor weight_;
  Tensor bias_;
  std::shared_ptr<const Prepared> prepared_;
};

/// Prepares weight [O,I,kh,kw] (any floating type) and an optional bias [O] for inputs of type
/// `compute`.
ConvWeights prepare_conv(const Tensor& weight, const std::optional<Tensor>& bias, DType compute);

/// Zeros added around the image, fewer than the kernel is wide, and the step between outputs.
struct ConvGeometry {
  int64_t stride = 1;
  int64_t top = 0, left = 0, bottom = 0, right = 0;

  static ConvGeometry same(int64_t kernel) {
    return {1, kernel / 2, kernel / 2, kernel / 2, kernel / 2};
  }
};

/// y = conv(x, W) + b (+ residual, added in f32 before rounding). Shapes: x [B,h,w,I] ->
/// [B,h',w',O] with h' = (h + top + bottom - kh) / stride + 1; residual like y or undefined. The
/// same bytes for any thread count.
Tensor conv2d(const Tensor& x, const ConvWeights& weights, const ConvGeometry& geometry,
              const Tensor& residual = {});

}  // namespace newbie::ops
