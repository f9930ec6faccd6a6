/// An image is cut into strips of output rows whose height depends on its width alone; a strip
/// reads the rows around it in place, so nothing is copied. Weights are read once per strip, from
/// the last cache. Processors without products of bf16 compute bf16 images in f32 and round the
/// result.
#include "ops/cpu/conv.h"

#include <cstring>

#include "ops/cpu/dnnl_conv.h"
#include "ops/cpu/pieces.h"
#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {
namespace {

/// Output pixels per strip, about: enough for each read of the weights, few enough for many
/// threads.
constexpr int64_t kStripPixels = 512;

const DnnlConvWeights* dnnl_weights(const ConvWeights& weights) {
  return dynamic_cast<const DnnlConvWeights*>(weights.prepared());
}

/// One strip: which output rows it makes, from which input rows.
struct Strip {
  int64_t out_row;
  int64_t in_row;
  StripShape shape;
};

class Strips {
 public:
  Strips(const Tensor& out, const Tensor& x, const ConvWeights& weights,
         const ConvGeometry& geometry, bool residual)
      : in_height_(x.dim(1)),
        out_height_(out.dim(1)),
        step_(std::clamp<int64_t>(kStripPixels / out.dim(2), 1, out.dim(1))),
        geometry_(geometry),
        whole_{.inputs = x.dim(3),
               .outputs = out.dim(3),
               .kernel_height = weights.shape()[2],
               .kernel_width = weights.shape()[3],
               .in_height = 0,
               .in_width = x.dim(2),
               .out_height = 0,
               .out_width = out.dim(2),
               .stride = geometry.stride,
               .top = 0,
               .left = geometry.left,
               .bottom = 0,
               .right = geometry.right,
               .type = x.dtype(),
               .bias = weights.bias().defined(),
               .residual = residual} {}

  int64_t count() const { return (out_height_ + step_ - 1) / step_; }

  Strip operator[](int64_t index) const {
    const int64_t first = index * step_, last = std::min(first + step_, out_height_) - 1;
    const int64_t begin = first * geometry_.stride - geometry_.top;
    const int64_t end = last * geometry_.stride - geometry_.top + whole_.kernel_height;
    Strip strip{first, std::max<int64_t>(begin, 0), whole_};
    strip.shape.out_height = last - first + 1;
    strip.shape.in_height = std::min(end, in_height_) - strip.in_row;
    strip.shape.top = strip.in_row - begin;
    strip.shape.bottom = std::max<int64_t>(end - in_height_, 0);
    return strip;
  }

 private:
  int64_t in_height_, out_height_, step_;
  ConvGeometry geometry_;
  StripShape whole_;
};

/// Convolution in the type of the weights, which is that of x and out.
void convolve(Tensor& out, const Tensor& x, const ConvWeights& weights,
              const ConvGeometry& geometry, const Tensor& residual) {
  const Device& device = out.device();
  const Strips strips(out, x, weights, geometry, residual.defined());
  std::vector<std::shared_ptr<const DnnlConv>> convs;
  std::vector<const void*> packed;
  size_t scratch = 0;
  for (int64_t i = 0; i < strips.count(); ++i) {
    convs.push_back(DnnlConv::get(strips[i].shape));
    packed.push_back(dnnl_weights(weights)->in_layout(convs.back()->weights_desc()));
    scratch = std::max(scratch, convs.back()->scratch_bytes());
  }
  Workspaces workspaces(device, scratch);
  if (workspaces.plan(x.dim(0) * strips.count())) return;
  const Output to(out);
  const void* bias = weights.bias().defined() ? weights.bias().raw() : nullptr;
  const int64_t in_row = x.dim(2) * x.dim(3), out_row = out.dim(2) * out.dim(3);

  parallel_for(device.threads(), x.dim(0) * strips.count(), [&](int64_t index) {
    device.cancel().throw_if_requested();
    const int64_t image = index / strips.count(), i = index % strips.count();
    const Strip strip = strips[i];
    const int64_t at = (image * out.dim(1) + strip.out_row) * out_row;
    std::byte* y = to.at(at);
    if (residual.defined()) {
      std::memcpy(y, address(residual, at),
                  static_cast<size_t>(strip.shape.out_height * out_row) * size_of(out.dtype()));
    }
    Workspaces::Lease workspace(workspaces);
    convs[static_cast<size_t>(i)]->run(address(x, (image * x.dim(1) + strip.in_row) * in_row),
                                       packed[static_cast<size_t>(i)], bias, y, workspace.data());
  });
}

}  // namespace

std::shared_ptr<const ConvWeights::Prepared> prepare_conv(const Tensor& weight, DType compute) {
  const Shape& shape = weight.shape();
  const StripShape typical{.inputs = shape[1],
                           .outputs = shape[0],
                           .kernel_height = shape[2],
                           .kernel_width = shape[3],
                           .in_height = shape[2] + 7,
                           .in_width = shape[3] + 63,
                           .out_height = 8,
                           .out_width = 64,
                           .stride = 1,
                           .top = 0,
                           .left = 0,
                           .bottom = 0,
                           .right = 0,
                           .type = compute,
                           .bias = false,
                           .residual = false};
  const DType type = DnnlConv::supports(typical) ? compute : DType::f32;
  const Tensor kept = cast(weight, type);
  return std::make_shared<DnnlConvWeights>(kept);
}

Tensor loaded_weight(const ConvWeights& weights) {
  return dnnl_weights(weights) ? dnnl_weights(weights)->loaded() : Tensor();
}

std::string conv2d_dnnl_declines(const Tensor&, const ConvWeights& weights, const ConvGeometry&,
                                 const Tensor&) {
  return dnnl_weights(weights) ? "" : "the weight was not prepared for oneDNN";
}

void conv2d_dnnl(Tensor& out, const Tensor& x, const ConvWeights& weights,
                 const ConvGeometry& geometry, const Tensor& residual) {
  if (out.numel() == 0) return;
  const DType type = dnnl_weights(weights)->type();
  if (type == x.dtype()) return convolve(out, x, weights, geometry, residual);
  const MemoryScope scope(out.device(), MemoryUse::workspace);
  Tensor wide = Tensor::empty(out.shape(), type, out.device());
  convolve(wide, cast(x, type), weights, geometry,
           residual.defined() ? cast(residual, type) : residual);
  const Tensor rounded = cast(wide, out.dtype());
  if (out.device().plans()) return;
  std::memcpy(out.mutable_raw(), rounded.raw(), out.bytes());
}

}  // namespace newbie::ops::cpu
