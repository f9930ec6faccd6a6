#include "ops/cpu/dnnl_weights.h"

#include "ops/cpu/tiling.h"

namespace newbie::ops::cpu {
namespace {

/// The layout of a strip depends on its width and depth only: any number of rows will do.
std::shared_ptr<const DnnlProduct> packer(int64_t columns, int64_t depth, DType compute) {
  return DnnlProduct::get(
      {128, columns, depth, compute, compute, WeightLayout::blocked, false, Activation::none});
}

}  // namespace

std::shared_ptr<const DnnlWeights> DnnlWeights::blocked(const Tensor& weight, DType compute) {
  const int64_t depth = weight.dim(1);
  const Tiling strips(1, weight.dim(0), 1, kStripColumns);
  auto made = std::make_shared<DnnlWeights>();
  made->compute_ = compute;
  made->layout_ = WeightLayout::blocked;
  size_t bytes = 0;
  for (int64_t i = 0; i < strips.count(); ++i) {
    made->starts_.push_back(bytes);
    bytes += (packer(strips[i].columns, depth, compute)->weight_bytes() + 63) / 64 * 64;
  }
  const Device& device = weight.device();
  made->blocks_ = Tensor::empty(Shape{static_cast<int64_t>(bytes)}, DType::u8, device);
  if (device.plans()) return made;
  std::byte* blocks = made->blocks_.mutable_raw();
  const MemoryScope scope(device, MemoryUse::workspace);
  parallel_for(device.threads(), strips.count(), [&](int64_t i) {
    device.cancel().throw_if_requested();
    const Tile at = strips[i];
    const Tensor part = weight.slice(at.column, at.column + at.columns);
    packer(at.columns, depth, compute)
        ->pack(cast(part, compute).raw(), blocks + made->starts_[static_cast<size_t>(i)]);
    part.release_pages();
  });
  return made;
}

std::shared_ptr<const DnnlWeights> DnnlWeights::mapped(const Tensor& weight, DType compute) {
  auto made = std::make_shared<DnnlWeights>();
  made->compute_ = compute;
  made->rows_ = weight;
  return made;
}

Tensor DnnlWeights::rows(int64_t out, int64_t in) const {
  if (layout_ != WeightLayout::blocked) return cast(rows_, compute_);
  Tensor rows = Tensor::empty({out, in}, compute_, blocks_.device());
  std::byte* to = rows.mutable_raw();
  const Tiling strips(1, out, 1, kStripColumns);
  parallel_for(rows.device().threads(), strips.count(), [&](int64_t i) {
    const Tile at = strips[i];
    packer(at.columns, in, compute_)
        ->unpack(blocks_.raw() + starts_[static_cast<size_t>(i)],
                 to + static_cast<size_t>(at.column * in) * size_of(compute_));
  });
  return rows;
}

DnnlWeights::Strip DnnlWeights::strip(int64_t column, int64_t columns) const {
  if (layout_ == WeightLayout::blocked) {
    return {blocks_.raw() + starts_[static_cast<size_t>(column / kStripColumns)], {}};
  }
  Tensor rows = cast(rows_.slice(column, column + columns), compute_);
  const void* data = rows.raw();
  return {data, std::move(rows)};
}

}  // namespace newbie::ops::cpu
