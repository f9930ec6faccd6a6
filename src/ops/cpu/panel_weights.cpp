/// Tiles of fixed size again, computed in f32 by the kernels that attention uses. A task packs a
/// block of the weights' columns, then streams its rows past it in small groups; the sums of the
/// tile stay in the second cache. Packing costs a twentieth of the products, as tiles are tall.
#include "ops/cpu/panel_weights.h"

#include "ops/cpu/pieces.h"
#include "ops/cpu/product/kernels.h"
#include "ops/cpu/tiling.h"
#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {
namespace {

constexpr int64_t kTileRows = 512;
constexpr int64_t kTileColumns = 256;
/// Summed elements per block: a panel of that depth fits the first cache.
constexpr int64_t kDepth = 256;
constexpr int64_t kGroupRows = 84;  // a multiple of every kernel's rows: 14, 6, 4
// Odd numbers of cache lines, so that rows do not compete for the same cache sets.
constexpr int64_t kGroupStride = kDepth + 16;
constexpr int64_t kSumStride = kTileColumns + 16;

constexpr size_t bytes_of(int64_t floats) { return static_cast<size_t>(floats) * sizeof(float); }

/// Where the parts of a task's scratch memory lie.
struct Scratch {
  float* group;   // [kGroupRows][kGroupStride]: a few rows of x
  float* panels;  // [kTileColumns][kDepth]: a block of the weights
  float* sums;    // [kTileRows + kGroupRows][kSumStride]
  float* second;  // likewise, for gated_linear

  static size_t bytes(int64_t tiles) { return parts(nullptr, tiles).second; }
  static Scratch at(std::byte* base, int64_t tiles) { return parts(base, tiles).first; }

 private:
  static std::pair<Scratch, size_t> parts(std::byte* base, int64_t tiles) {
    Layout layout;
    const auto part = [&](int64_t floats) {
      const size_t offset = layout.add(bytes_of(floats));
      return base ? reinterpret_cast<float*>(base + offset) : nullptr;
    };
    Scratch scratch{};
    scratch.group = part(kGroupRows * kGroupStride);
    scratch.panels = part(kTileColumns * kDepth);
    scratch.sums = part((kTileRows + kGroupRows) * kSumStride);
    if (tiles == 2) scratch.second = part((kTileRows + kGroupRows) * kSumStride);
    return {scratch, layout.bytes()};
  }
};

const PanelWeights* panel_weights(const LinearWeights& weights) {
  return dynamic_cast<const PanelWeights*>(weights.prepared());
}

/// Columns [begin, begin + depth) of some rows of x in f32, zero behind the last row.
void read_group(const Tensor& x, int64_t row, int64_t rows, int64_t begin, int64_t depth,
                float* group) {
  for (int64_t i = 0; i < kGroupRows; ++i, group += kGroupStride) {
    if (i < rows) {
      kernels().convert(element_of(x.dtype()), address(x, (row + i) * x.dim(-1) + begin), 1.0f,
                        Element::f32, group, depth);
    } else {
      std::fill(group, group + depth, 0.0f);
    }
  }
}

/// sums += the group times the panels of one block of the weights.
void multiply_group(const Scratch& scratch, int64_t rows, int64_t columns, int64_t depth,
                    bool accumulate, float* sums) {
  const ProductKernels& product = product_kernels();
  const int64_t panel = 2 * product.lanes;
  for (int64_t column = 0; column < columns; column += panel) {
    for (int64_t i = 0; i < rows; i += product.rows) {
      product.multiply({.units = depth,
                        .a = scratch.group + i * kGroupStride,
                        .a_stride = kGroupStride,
                        .b = scratch.panels + column * depth,
                        .columns = panel,
                        .c = sums + i * kSumStride + column,
                        .c_stride = kSumStride,
                        .accumulate = accumulate});
    }
  }
}

/// sums = the tile's part of x W^T.
void multiply_tile(const Tensor& x, const LinearWeights& weights, const Tile& tile,
                   const Scratch& scratch, float* sums) {
  const Tensor rows = panel_weights(weights)->rows(tile.column, tile.column + tile.columns);
  const int64_t width = weights.in_features();
  for (int64_t begin = 0; begin < width; begin += kDepth) {
    const int64_t depth = std::min(kDepth, width - begin);
    product_kernels().pack_keys({.element = element_of(rows.dtype()),
                                 .x = address(rows, begin),
                                 .stride = width,
                                 .begin = 0,
                                 .end = tile.columns,
                                 .count = tile.columns,
                                 .width = depth,
                                 .packed = scratch.panels});
    for (int64_t i = 0; i < tile.rows; i += kGroupRows) {
      const int64_t group = std::min(kGroupRows, tile.rows - i);
      read_group(x, tile.row + i, group, begin, depth, scratch.group);
      multiply_group(scratch, group, tile.columns, depth, begin > 0, sums + i * kSumStride);
    }
  }
}

}  // namespace

PanelWeights::PanelWeights(const Tensor& weight, DType compute, Residency residency)
    : compute_(compute), rows_(weight) {
  if (residency == Residency::mapped) return;
  const Device& device = weight.device();
  rows_ = Tensor::empty(weight.shape(), compute, device);
  if (device.plans()) return;
  const Output to(rows_);
  const MemoryScope scope(device, MemoryUse::workspace);
  parallel_ranges(device.threads(), weight.dim(0), kTileColumns, [&](int64_t begin, int64_t end) {
    device.cancel().throw_if_requested();
    const Tensor part = weight.slice(begin, end), converted = cast(part, compute);
    std::copy_n(converted.raw(), converted.bytes(), to.at(begin * weight.dim(1)));
    part.release_pages();
  });
}

Tensor PanelWeights::rows(int64_t begin, int64_t end) const {
  return cast(rows_.slice(begin, end), compute_);
}

std::string linear_panels_declines(const Tensor&, const LinearWeights& weights, const Activation&) {
  return panel_weights(weights) ? "" : "the weight was not prepared for panels";
}

std::string gated_linear_panels_declines(const Tensor&, const LinearWeights& gate,
                                         const LinearWeights& up, const Activation&) {
  return panel_weights(gate) && panel_weights(up) ? "" : "the weights were not prepared for panels";
}

void linear_panels(Tensor& out, const Tensor& x, const LinearWeights& weights,
                   const Activation& activation) {
  if (out.numel() == 0) return;
  const Device& device = out.device();
  const int64_t width = weights.out_features();
  const Tiling tiles(x.shape().rows(), width, kTileRows, kTileColumns);
  Workspaces workspaces(device, Scratch::bytes(1));
  if (workspaces.plan(tiles.count())) return;
  const Output to(out);
  const float* bias = weights.bias().defined() ? weights.bias().data<float>() : nullptr;

  parallel_for(device.threads(), tiles.count(), [&](int64_t index) {
    device.cancel().throw_if_requested();
    const Tile tile = tiles[index];
    Workspaces::Lease workspace(workspaces);
    const Scratch scratch = Scratch::at(workspace.data(), 1);
    multiply_tile(x, weights, tile, scratch, scratch.sums);
    for (int64_t i = 0; i < tile.rows; ++i) {
      float* row = scratch.sums + i * kSumStride;
      if (bias) kernels().add(Element::f32, row, bias + tile.column, row, tile.columns);
      if (activation != Activation::none) {
        kernels().activate(Element::f32, activation, row, row, tile.columns);
      }
      kernels().convert(Element::f32, row, 1.0f, element_of(out.dtype()),
                        to.at((tile.row + i) * width + tile.column), tile.columns);
    }
  });
}

void gated_linear_panels(Tensor& out, const Tensor& x, const LinearWeights& gate,
                         const LinearWeights& up, const Activation& activation) {
  if (out.numel() == 0) return;
  const Device& device = out.device();
  const int64_t width = gate.out_features();
  const Tiling tiles(x.shape().rows(), width, kTileRows, kTileColumns);
  Workspaces workspaces(device, Scratch::bytes(2));
  if (workspaces.plan(tiles.count())) return;
  const Output to(out);

  parallel_for(device.threads(), tiles.count(), [&](int64_t index) {
    device.cancel().throw_if_requested();
    const Tile tile = tiles[index];
    Workspaces::Lease workspace(workspaces);
    const Scratch scratch = Scratch::at(workspace.data(), 2);
    multiply_tile(x, gate, tile, scratch, scratch.sums);
    multiply_tile(x, up, tile, scratch, scratch.second);
    for (int64_t i = 0; i < tile.rows; ++i) {
      float* row = scratch.sums + i * kSumStride;
      kernels().gated(Element::f32, activation, row, scratch.second + i * kSumStride, row,
                      tile.columns);
      kernels().convert(Element::f32, row, 1.0f, element_of(out.dtype()),
                        to.at((tile.row + i) * width + tile.column), tile.columns);
    }
  });
}

}  // namespace newbie::ops::cpu
