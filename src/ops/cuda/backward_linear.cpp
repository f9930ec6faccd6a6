#include "ops/cuda/backward.h"
#include "ops/cuda/matmul.h"
#include "ops/cuda/product.h"

namespace newbie::ops::cuda {

std::string linear_input_gradient_declines(const Tensor&, const LinearWeights& weights) {
  return has_rows(weights) ? "" : "the weight was not prepared on a CUDA device";
}

void linear_input_gradient(Tensor& dx, const Tensor& dy, const LinearWeights& weights) {
  const int64_t rows = dy.shape().rows(), in = weights.in_features(), out = weights.out_features();
  if (rows == 0) return;
  const MemoryScope scope(dy.device(), MemoryUse::workspace);
  const Tensor weight = weights_as_rows(weights, dy.dtype());
  ProductShape shape = ProductShape::dense(rows, in, out, dy.dtype(), dy.dtype());
  shape.w_turned = true;
  shape.w_stride = in;
  product(libraries_of(dy.device()), shape, {dy.raw(), weight.raw(), nullptr, dx.mutable_raw()});
}

void linear_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x) {
  const int64_t rows = dy.shape().rows(), out = dw.dim(0), in = dw.dim(1);
  if (rows == 0) return dw.device().clear(dw.mutable_raw(), dw.bytes());
  ProductShape shape = ProductShape::dense(out, in, rows, dy.dtype(), DType::f32);
  shape.x_turned = shape.w_turned = true;
  shape.x_stride = out;
  shape.w_stride = in;
  product(libraries_of(dy.device()), shape, {dy.raw(), x.raw(), nullptr, dw.mutable_raw()});
}

}  // namespace newbie::ops::cuda
