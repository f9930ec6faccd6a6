/// Groups of 4 x 4 output tiles go through three steps: transform the inputs, 36 products with the
/// transformed weights, transform back. Weights are transformed anew by every call, which costs a
/// few percent and keeps only one layer's at a time; the VAE's together would take a gigabyte.
/// oneDNN's own version wants another memory layout.
#include "ops/cpu/conv_winograd.h"

#include "ops/cpu/conv.h"
#include "ops/cpu/pieces.h"
#include "ops/cpu/product/kernels.h"
#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {
namespace {

constexpr int64_t kValues = 36;
constexpr int64_t kOut = 4;
/// Below, the transforms cost more than the products they save.
constexpr int64_t kFewestChannels = 64;
/// Tiles of a group; fewer where there are few, so that every thread gets some.
constexpr int64_t kManyTiles = 84;
constexpr int64_t kFewTiles = 28;
constexpr int64_t kSmallImage = 1024;  // tiles

/// Rows an odd number of cache lines apart do not compete for the same cache sets.
int64_t spread(int64_t channels) { return ((channels + 15) / 16 | 1) * 16; }

/// Tiles as the kernel takes them, a few rows at a time.
int64_t whole_rows(int64_t tiles) {
  const int64_t rows = product_kernels().rows;
  return (tiles + rows - 1) / rows * rows;
}

/// The weights as 36 right operands, [value][panel of outputs][inputs][columns of the panel].
class TransformedWeights {
 public:
  TransformedWeights(const Tensor& weight, int64_t columns)
      : inputs_(weight.dim(1)),
        columns_(columns),
        panels_((weight.dim(0) + columns - 1) / columns) {
    const Device& device = weight.device();
    const MemoryScope scope(device, MemoryUse::workspace);
    values_ = Tensor::empty(Shape{kValues, panels_, inputs_, columns}, DType::f32, device);
    if (device.plans()) return;
    float* values = values_.mutable_data<float>();
    base_ = values;
    parallel_for(device.threads(), panels_, [&](int64_t panel) {
      device.cancel().throw_if_requested();
      const int64_t first = panel * columns;
      product_kernels().winograd_weights({.weights = weight.data<float>() + first * inputs_ * 9,
                                          .inputs = inputs_,
                                          .outputs = std::min(columns, weight.dim(0) - first),
                                          .panels = values + panel * inputs_ * columns,
                                          .step = panels_ * inputs_ * columns});
    });
  }

  int64_t panels() const { return panels_; }
  const float* panel(int64_t value, int64_t index) const {
    return base_ + (value * panels_ + index) * inputs_ * columns_;
  }

 private:
  int64_t inputs_, columns_, panels_;
  Tensor values_;
  const float* base_ = nullptr;
};

/// One convolution: what its groups of tiles share.
class Winograd {
 public:
  Winograd(Tensor& out, const Tensor& x, const ConvWeights& weights, const ConvGeometry& geometry,
           const Tensor& residual)
      : x_(x),
        residual_(residual),
        shape_(out.shape()),
        y_(out.mutable_data<float>()),
        bias_(weights.bias().defined() ? weights.bias().data<float>() : nullptr),
        geometry_(geometry),
        columns_(2 * product_kernels().lanes),
        weights_(loaded_weight(weights), columns_),
        zeros_(static_cast<size_t>(x.dim(3))),
        tiles_wide_((out.dim(2) + kOut - 1) / kOut),
        tiles_((out.dim(1) + kOut - 1) / kOut * tiles_wide_),
        group_(tiles_ > kSmallImage ? kManyTiles : kFewTiles),
        in_stride_(spread(x.dim(3))),
        out_stride_(spread(weights_.panels() * columns_)) {
    const int64_t values = kValues * whole_rows(group_);
    inputs_at_ = layout_.add(static_cast<size_t>(values * in_stride_) * sizeof(float));
    sums_at_ = layout_.add(static_cast<size_t>(values * out_stride_) * sizeof(float));
  }

  int64_t groups() const { return (tiles_ + group_ - 1) / group_; }
  size_t scratch_bytes() const { return layout_.bytes(); }

  void run(int64_t image, int64_t group, std::byte* scratch) const {
    auto* inputs = reinterpret_cast<float*>(scratch + inputs_at_);
    auto* sums = reinterpret_cast<float*>(scratch + sums_at_);
    const int64_t first = group * group_, count = std::min(group_, tiles_ - first);
    for (int64_t i = 0; i < count; ++i) read(image, first + i, inputs + i * kValues * in_stride_);
    const int64_t used = whole_rows(count);
    std::fill(inputs + count * kValues * in_stride_, inputs + used * kValues * in_stride_, 0.0f);
    for (int64_t value = 0; value < kValues; ++value) multiply(value, used, inputs, sums);
    for (int64_t i = 0; i < count; ++i) write(image, first + i, sums + i * kValues * out_stride_);
  }

 private:
  void read(int64_t image, int64_t tile, float* transformed) const {
    WinogradTile job{.channels = x_.dim(3),
                     .transformed = transformed,
                     .step = in_stride_,
                     .in = {},
                     .out = {},
                     .residual = {},
                     .bias = nullptr};
    const int64_t top = tile / tiles_wide_ * kOut - geometry_.top;
    const int64_t left = tile % tiles_wide_ * kOut - geometry_.left;
    const float* pixels = x_.data<float>();
    for (int64_t i = 0; i < 36; ++i) {
      const int64_t row = top + i / 6, column = left + i % 6;
      const bool inside = row >= 0 && row < x_.dim(1) && column >= 0 && column < x_.dim(2);
      const int64_t at = ((image * x_.dim(1) + row) * x_.dim(2) + column) * x_.dim(3);
      job.in[i] = inside ? pixels + at : zeros_.data();
    }
    product_kernels().winograd_input(job);
  }

  void multiply(int64_t value, int64_t rows, const float* inputs, float* sums) const {
    const ProductKernels& kernels = product_kernels();
    for (int64_t panel = 0; panel < weights_.panels(); ++panel) {
      for (int64_t i = 0; i < rows; i += kernels.rows) {
        const int64_t row = i * kValues + value;
        kernels.multiply({.units = x_.dim(3),
                          .a = inputs + row * in_stride_,
                          .a_stride = kValues * in_stride_,
                          .b = weights_.panel(value, panel),
                          .columns = columns_,
                          .c = sums + row * out_stride_ + panel * columns_,
                          .c_stride = kValues * out_stride_,
                          .accumulate = false});
      }
    }
  }

  void write(int64_t image, int64_t tile, float* transformed) const {
    WinogradTile job{.channels = shape_[3],
                     .transformed = transformed,
                     .step = out_stride_,
                     .in = {},
                     .out = {},
                     .residual = {},
                     .bias = bias_};
    const int64_t top = tile / tiles_wide_ * kOut, left = tile % tiles_wide_ * kOut;
    const float* residual = residual_.defined() ? residual_.data<float>() : nullptr;
    for (int64_t i = 0; i < 16; ++i) {
      const int64_t row = top + i / 4, column = left + i % 4;
      if (row >= shape_[1] || column >= shape_[2]) continue;
      const int64_t at = ((image * shape_[1] + row) * shape_[2] + column) * shape_[3];
      job.out[i] = y_ + at;
      if (residual) job.residual[i] = residual + at;
    }
    product_kernels().winograd_output(job);
  }

  const Tensor& x_;
  const Tensor& residual_;
  Shape shape_;
  float* y_;
  const float* bias_;
  ConvGeometry geometry_;
  int64_t columns_;
  TransformedWeights weights_;
  std::vector<float> zeros_;
  int64_t tiles_wide_, tiles_, group_, in_stride_, out_stride_;
  Layout layout_;
  size_t inputs_at_ = 0, sums_at_ = 0;
};

}  // namespace

std::string conv2d_winograd_declines(const Tensor& x, const ConvWeights& weights,
                                     const ConvGeometry& geometry, const Tensor&) {
  const Shape& shape = weights.shape();
  if (x.dtype() != DType::f32) return "the type is not f32";
  if (shape[2] != 3 || shape[3] != 3 || geometry.stride != 1) return "not 3x3 with stride 1";
  if (std::min(shape[0], shape[1]) < kFewestChannels) return "too few channels";
  return loaded_weight(weights).defined() ? "" : "the weight was packed";
}

void conv2d_winograd(Tensor& out, const Tensor& x, const ConvWeights& weights,
                     const ConvGeometry& geometry, const Tensor& residual) {
  if (out.numel() == 0) return;
  const Device& device = out.device();
  const Winograd conv(out, x, weights, geometry, residual);
  Workspaces workspaces(device, conv.scratch_bytes());
  if (workspaces.plan(x.dim(0) * conv.groups())) return;
  parallel_for(device.threads(), x.dim(0) * conv.groups(), [&](int64_t index) {
    device.cancel().throw_if_requested();
    Workspaces::Lease workspace(workspaces);
    conv.run(index / conv.groups(), index % conv.groups(), workspace.data());
  });
}

}  // namespace newbie::ops::cpu
