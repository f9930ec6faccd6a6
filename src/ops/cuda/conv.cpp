#include "ops/cuda/conv.h"

#include "ops/cuda/convolution.h"
#include "ops/elementwise.h"

namespace newbie::ops::cuda {
namespace {

struct DeviceWeights final : ConvWeights::Prepared {
  Tensor weight;  // [O,kh,kw,I]
};

const DeviceWeights* device_weights(const ConvWeights& weights) {
  return dynamic_cast<const DeviceWeights*>(weights.prepared());
}

ConvolutionShape shape_of(const Tensor& x, const ConvWeights& weights, const ConvGeometry& geometry,
                          bool residual) {
  return {.batch = x.dim(0),
          .height = x.dim(1),
          .width = x.dim(2),
          .inputs = x.dim(3),
          .outputs = weights.shape()[0],
          .kernel_height = weights.shape()[2],
          .kernel_width = weights.shape()[3],
          .stride = geometry.stride,
          .top = geometry.top,
          .left = geometry.left,
          .bottom = geometry.bottom,
          .right = geometry.right,
          .type = x.dtype(),
          .bias = weights.bias().defined(),
          .residual = residual};
}

}  // namespace

std::shared_ptr<const ConvWeights::Prepared> prepare_conv(const Tensor& weight, DType compute) {
  const Shape& shape = weight.shape();
  const Tensor loaded = cast(weight, compute);
  auto made = std::make_shared<DeviceWeights>();
  made->weight =
      Tensor::empty(Shape{shape[0], shape[2], shape[3], shape[1]}, compute, weight.device());
  if (weight.device().plans()) return made;
  turn_kernel(libraries_of(weight.device()).stream(), made->weight.mutable_raw(), compute,
              loaded.raw(), compute, shape[0], shape[1], shape[2], shape[3]);
  return made;
}

std::string conv2d_declines(const Tensor&, const ConvWeights& weights, const ConvGeometry&,
                            const Tensor&) {
  return device_weights(weights) ? "" : "the weight was not prepared on a CUDA device";
}

void conv2d(Tensor& out, const Tensor& x, const ConvWeights& weights, const ConvGeometry& geometry,
            const Tensor& residual) {
  // Plans are chosen that make do with the scratch memory of all libraries.
  if (out.numel() == 0 || out.device().plans()) return;
  Libraries& libraries = libraries_of(x.device());
  const ConvolutionShape shape = shape_of(x, weights, geometry, residual.defined());
  const std::byte* bias = shape.bias ? weights.bias().raw() : nullptr;
  const ConvolutionOperands operands{x.raw(), device_weights(weights)->weight.raw(),
                                     reinterpret_cast<const float*>(bias),
                                     shape.residual ? residual.raw() : nullptr, out.mutable_raw()};
  const size_t bytes = convolution_scratch(libraries, shape);
  if (bytes <= kLibraryScratch) {
    return convolution(libraries, shape, operands, libraries.library_scratch());
  }
  const MemoryScope scope(x.device(), MemoryUse::workspace);
  Tensor block = Tensor::empty(Shape{static_cast<int64_t>(bytes)}, DType::u8, x.device());
  convolution(libraries, shape, operands, {block.mutable_raw(), bytes});
}

}  // namespace newbie::ops::cuda
