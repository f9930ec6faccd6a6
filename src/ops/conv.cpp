#include "ops/conv.h"

#include <algorithm>

#include "ops/backward/conv.h"
#include "ops/backward/elementwise.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

void require_geometry(std::string_view op, const ConvGeometry& geometry, const Shape& kernel) {
  if (geometry.stride < 1) {
    refuse_shape(op, "stride", fmt::format("{}", geometry.stride), "at least 1");
  }
  if (std::min({geometry.top, geometry.left, geometry.bottom, geometry.right}) < 0) {
    refuse_shape(op, "padding", "negative", "at least 0 on each side");
  }
  if (std::max(geometry.top, geometry.bottom) >= kernel[2] ||
      std::max(geometry.left, geometry.right) >= kernel[3]) {
    refuse_shape(op, "padding", "as wide as the kernel", "less than the kernel on each side");
  }
}

/// Outputs along one axis. Error: `ops.shape` when the kernel does not fit.
int64_t outputs(std::string_view op, const Tensor& x, int64_t padded, int64_t kernel,
                int64_t stride) {
  if (padded < kernel) {
    refuse_shape(op, "x", x.str(),
                 fmt::format("at least {} rows and columns with padding", kernel));
  }
  return (padded - kernel) / stride + 1;
}

void record_conv(Tensor& out, const Tensor& x, const ConvWeights& weights,
                 const ConvGeometry& geometry, const Tensor& residual) {
  const Tensor &weight = weights.weight(), &bias = weights.bias();
  const bool dx = x.requires_gradient();
  if (dx && !weight.defined()) {
    throw Error("grad.unsupported", "[conv2d] passes no gradient through a weight that was packed")
        .hint("load the network with live weights");
  }
  record(out, "conv2d", {x, weight, bias, residual},
         [dx, x = x.detached(), weight = dx ? weight.detached() : Tensor(), geometry,
          dw = weight.requires_gradient(), db = bias.requires_gradient(),
          kernel = weights.shape()](const Tensor& dy) -> std::vector<Tensor> {
           return {dx ? conv2d_input_gradient(dy, weight, geometry, x.dim(1), x.dim(2)) : Tensor(),
                   dw ? conv2d_weight_gradient(dy, x, geometry, kernel[2], kernel[3]) : Tensor(),
                   db ? sum_rows(dy) : Tensor(), dy};
         });
}

}  // namespace

ConvWeights prepare_conv(const Tensor& weight, const std::optional<Tensor>& bias, DType compute) {
  constexpr std::string_view kOp = "prepare_conv";
  const bool doubles = compute == DType::f64 && weight.device().kind() == DeviceKind::cpu;
  if (compute != DType::f32 && compute != DType::bf16 && !doubles) {
    refuse_dtype(kOp, "compute", name_of(compute), "f32 or bf16");
  }
  require_rank(kOp, "weight", weight, 4, "[O,I,kh,kw]");
  require_floating(kOp, "weight", weight);
  if (weight.numel() == 0) refuse_shape(kOp, "weight", weight.str(), "no empty axis");
  const MemoryScope scope(weight.device(), MemoryUse::weights);
  Tensor bias_f32;
  if (bias) {
    require_shape(kOp, "bias", *bias, Shape{weight.dim(0)});
    require_floating(kOp, "bias", *bias);
    bias_f32 = cast(*bias, doubles ? compute : DType::f32);
  }
  auto prepared = doubles ? nullptr : prepare_conv_there(weight.detached(), compute);
  const bool keep = !prepared || weight.requires_gradient();
  return ConvWeights(weight.shape(), compute, keep ? weight : Tensor(), bias_f32,
                     std::move(prepared));
}

Tensor conv2d(const Tensor& x, const ConvWeights& weights, const ConvGeometry& geometry,
              const Tensor& residual) {
  constexpr std::string_view kOp = "conv2d";
  if (weights.shape().rank() != 4) refuse_shape(kOp, "weights", "not prepared", "prepare_conv");
  require_rank(kOp, "x", x, 4, "[B,h,w,I]");
  const Shape& shape = weights.shape();
  if (x.dim(3) != shape[1]) refuse_shape(kOp, "x", x.str(), fmt::format("[B,h,w,{}]", shape[1]));
  if (x.dtype() != weights.compute()) {
    refuse_dtype(kOp, "x", x.str(), name_of(weights.compute()));
  }
  require_geometry(kOp, geometry, shape);
  const int64_t height =
      outputs(kOp, x, x.dim(1) + geometry.top + geometry.bottom, shape[2], geometry.stride);
  const int64_t width =
      outputs(kOp, x, x.dim(2) + geometry.left + geometry.right, shape[3], geometry.stride);
  Tensor out = Tensor::empty(Shape{x.dim(0), height, width, shape[0]}, x.dtype(), x.device());
  if (residual.defined()) {
    require_shape(kOp, "residual", residual, out.shape());
    require_type_of(kOp, "residual", residual, x);
  }
  run_candidates(kOp, conv2d_candidates(), out, x, weights, geometry, residual);
  if (recording(x, weights.weight(), weights.bias(), residual)) {
    record_conv(out, x, weights, geometry, residual);
  }
  return out;
}

}  // namespace newbie::ops
