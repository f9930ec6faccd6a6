#include "ops/cuda/backward.h"
#include "ops/cuda/convolution_backward.h"
#include "ops/elementwise.h"
#include "ops/shape.h"

namespace newbie::ops::cuda {
namespace {

ConvolutionShape shape_of(const Tensor& image, const Shape& kernel, const ConvGeometry& geometry,
                          DType type) {
  return {.batch = image.dim(0),
          .height = image.dim(1),
          .width = image.dim(2),
          .inputs = kernel[1],
          .outputs = kernel[0],
          .kernel_height = kernel[2],
          .kernel_width = kernel[3],
          .stride = geometry.stride,
          .top = geometry.top,
          .left = geometry.left,
          .bottom = geometry.bottom,
          .right = geometry.right,
          .type = type};
}

void run(const Device& device, ConvolutionSide side, const ConvolutionShape& shape,
         const ConvolutionBackward& operands) {
  Libraries& libraries = libraries_of(device);
  const auto bytes = static_cast<int64_t>(convolution_backward_scratch(libraries, side, shape));
  Tensor block = Tensor::empty(Shape{bytes}, DType::u8, device);
  convolution_backward(libraries, side, shape, operands,
                       {block.mutable_raw(), static_cast<size_t>(bytes)});
}

}  // namespace

void conv2d_input_gradient(Tensor& dx, const Tensor& dy, const Tensor& weight,
                           const ConvGeometry& geometry) {
  if (dx.numel() == 0) return;
  const Device& device = dx.device();
  const MemoryScope scope(device, MemoryUse::workspace);
  const Shape& kernel = weight.shape();
  Tensor turned =
      Tensor::empty(Shape{kernel[0], kernel[2], kernel[3], kernel[1]}, dy.dtype(), device);
  const Tensor typed = cast(weight, dy.dtype());
  turn_kernel(libraries_of(device).stream(), turned.mutable_raw(), dy.dtype(), typed.raw(),
              dy.dtype(), kernel[0], kernel[1], kernel[2], kernel[3]);
  run(device, ConvolutionSide::data, shape_of(dx, kernel, geometry, dy.dtype()),
      {dx.mutable_raw(), turned.mutable_raw(), dy.raw()});
}

void conv2d_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x,
                            const ConvGeometry& geometry) {
  const Device& device = dw.device();
  if (dy.numel() == 0) return device.clear(dw.mutable_raw(), dw.bytes());
  const MemoryScope scope(device, MemoryUse::workspace);
  const Shape& kernel = dw.shape();
  const int64_t taps = kernel[2] * kernel[3];
  Tensor turned = Tensor::empty(Shape{kernel[0], taps, 1, kernel[1]}, x.dtype(), device);
  Tensor image = x;  // read only, through a pointer that both sides share
  run(device, ConvolutionSide::filter, shape_of(x, kernel, geometry, x.dtype()),
      {const_cast<std::byte*>(image.raw()), turned.mutable_raw(), dy.raw()});
  // [O,kh,kw,I] -> [O,I,kh,kw]
  dw = cast(to_channels_first(turned).view(kernel), dw.dtype());
}

}  // namespace newbie::ops::cuda
