/// Every product is cut into tiles of fixed size, and each tile is one single-threaded oneDNN
/// product into a dense scratch tile: oneDNN's best kernels refuse strided results. Tiles of one
/// strip of weights run one after another, so the strip is read from memory once. Tried and left:
/// oneDNN's own threads (they split by the batch, and wait for the slowest).
#include "ops/cpu/matmul.h"

#include <algorithm>
#include <cstring>

#include "ops/cpu/dnnl_weights.h"
#include "ops/cpu/panel_weights.h"
#include "ops/cpu/tiling.h"
#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {
namespace {

/// Rows per tile. Where the strip must be laid out anew by every tile, tiles are as tall as leaves
/// a few of them.
constexpr int64_t kTileRows = 128;
constexpr int64_t kTallTileRows = 1024;
constexpr int64_t kLeastTallTileRows = 64;
constexpr int64_t kFewTiles = 4;

const DnnlWeights* dnnl_weights(const LinearWeights& weights) {
  return dynamic_cast<const DnnlWeights*>(weights.prepared());
}

Tiling tiles_of(const Tensor& x, const LinearWeights& weights) {
  const int64_t rows = x.shape().rows(), columns = weights.out_features();
  const bool blocked = dnnl_weights(weights)->layout() == WeightLayout::blocked;
  const int64_t strips = Tiling(rows, columns, kTileRows, kStripColumns).strips();
  const int64_t tall = (rows * strips / kFewTiles + 15) / 16 * 16;
  return {rows, columns, blocked ? kTileRows : std::clamp(tall, kLeastTallTileRows, kTallTileRows),
          kStripColumns};
}

ProductShape shape_of(const Tile& tile, const LinearWeights& weights, DType result,
                      Activation activation) {
  return {tile.rows,
          tile.columns,
          weights.in_features(),
          weights.compute(),
          result,
          dnnl_weights(weights)->layout(),
          weights.bias().defined(),
          activation};
}

size_t scratch_bytes(const Tiling& tiles, const LinearWeights& weights, DType result,
                     Activation activation) {
  size_t bytes = 0;
  for (const Tile& tile : tiles.sizes()) {
    const auto product = DnnlProduct::get(shape_of(tile, weights, result, activation));
    bytes = std::max(bytes, product->scratch_bytes());
  }
  return bytes;
}

DnnlWeights::Strip strip_of(const LinearWeights& weights, const Tile& tile) {
  return dnnl_weights(weights)->strip(tile.column, tile.columns);
}

/// The tile's part of x W^T + b, through act, into `y`.
void multiply(const Tensor& x, const LinearWeights& weights, const Tile& tile, DType result,
              Activation activation, void* y, void* scratch) {
  const auto product = DnnlProduct::get(shape_of(tile, weights, result, activation));
  const auto strip = strip_of(weights, tile);
  const std::byte* rows =
      x.raw() + static_cast<size_t>(tile.row * weights.in_features()) * size_of(x.dtype());
  const float* bias =
      weights.bias().defined() ? weights.bias().data<float>() + tile.column : nullptr;
  product->run(rows, strip.data, bias, y, scratch);
}

/// Where row i of the tile goes in the output of `width` columns.
std::byte* row_of(Tensor& out, const Tile& tile, int64_t i, int64_t width) {
  return out.mutable_raw() +
         static_cast<size_t>((tile.row + i) * width + tile.column) * size_of(out.dtype());
}

/// Whether oneDNN multiplies with every strip of this weight the same way for any number of rows.
bool exact_rows(const Tensor& weight, DType compute) {
  const Tiling tiles(kTileRows, weight.dim(0), kTileRows, kStripColumns);
  for (const Tile& tile : tiles.sizes()) {
    for (const int64_t rows : {int64_t{1}, tile.rows}) {
      for (const WeightLayout layout : {WeightLayout::rows, WeightLayout::blocked}) {
        if (!DnnlProduct::exact_rows({rows, tile.columns, weight.dim(1), compute, DType::f32,
                                      layout, false, Activation::none})) {
          return false;
        }
      }
    }
  }
  return true;
}

template <class T>
void multiply_row(const float* gate, const float* up, int64_t count, T* y) {
  for (int64_t i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<T, BFloat16>) {
      y[i] = to_bf16(gate[i] * up[i]);
    } else {
      y[i] = gate[i] * up[i];
    }
  }
}

}  // namespace

std::shared_ptr<const LinearWeights::Prepared> prepare_linear(const Tensor& weight, DType compute,
                                                              Residency residency) {
  if (!exact_rows(weight, compute)) {
    return std::make_shared<PanelWeights>(weight, compute, residency);
  }
  return residency == Residency::packed ? DnnlWeights::blocked(weight, compute)
                                        : DnnlWeights::mapped(weight, compute);
}

std::string linear_dnnl_declines(const Tensor&, const LinearWeights& weights, const Activation&) {
  return dnnl_weights(weights) ? "" : "the weight was not prepared for oneDNN";
}

void linear_dnnl(Tensor& out, const Tensor& x, const LinearWeights& weights,
                 const Activation& activation) {
  if (out.numel() == 0) return;
  const Tiling tiles = tiles_of(x, weights);
  const size_t element = size_of(out.dtype());
  const Tile largest = tiles[0];
  Layout layout;
  const size_t tile_at = layout.add(static_cast<size_t>(largest.rows * largest.columns) * element);
  const size_t scratch_at = layout.add(scratch_bytes(tiles, weights, out.dtype(), activation));
  Workspaces workspaces(out.device(), layout.bytes());
  if (workspaces.plan(tiles.count(), [&] { return strip_of(weights, largest); })) return;
  const int64_t width = weights.out_features();

  parallel_for(out.device().threads(), tiles.count(), [&](int64_t index) {
    out.device().cancel().throw_if_requested();
    const Tile tile = tiles[index];
    Workspaces::Lease workspace(workspaces);
    std::byte* scratch = workspace.data() + scratch_at;
    if (tile.columns == width) {
      multiply(x, weights, tile, out.dtype(), activation, row_of(out, tile, 0, width), scratch);
      return;
    }
    const std::byte* y = workspace.data() + tile_at;
    multiply(x, weights, tile, out.dtype(), activation, workspace.data() + tile_at, scratch);
    const size_t row_bytes = static_cast<size_t>(tile.columns) * element;
    for (int64_t i = 0; i < tile.rows; ++i, y += row_bytes) {
      std::memcpy(row_of(out, tile, i, width), y, row_bytes);
    }
  });
}

std::string gated_linear_dnnl_declines(const Tensor&, const LinearWeights& gate,
                                       const LinearWeights& up, const Activation&) {
  if (!dnnl_weights(gate) || !dnnl_weights(up)) return "the weights were not prepared for oneDNN";
  const bool alike = dnnl_weights(gate)->layout() == dnnl_weights(up)->layout();
  return alike ? "" : "one weight is packed, the other mapped";
}

void gated_linear_dnnl(Tensor& out, const Tensor& x, const LinearWeights& gate,
                       const LinearWeights& up, const Activation& activation) {
  if (out.numel() == 0) return;
  const Tiling tiles = tiles_of(x, gate);
  const auto half = static_cast<size_t>(tiles[0].rows * tiles[0].columns) * sizeof(float);
  Layout layout;
  const size_t gate_at = layout.add(half), up_at = layout.add(half);
  const size_t scratch_at =
      layout.add(std::max(scratch_bytes(tiles, gate, DType::f32, activation),
                          scratch_bytes(tiles, up, DType::f32, Activation::none)));
  Workspaces workspaces(out.device(), layout.bytes());
  if (workspaces.plan(tiles.count(), [&] { return strip_of(gate, tiles[0]); })) return;
  const int64_t width = gate.out_features();

  parallel_for(out.device().threads(), tiles.count(), [&](int64_t index) {
    out.device().cancel().throw_if_requested();
    const Tile tile = tiles[index];
    Workspaces::Lease workspace(workspaces);
    auto* gates = reinterpret_cast<float*>(workspace.data() + gate_at);
    auto* ups = reinterpret_cast<float*>(workspace.data() + up_at);
    std::byte* scratch = workspace.data() + scratch_at;
    multiply(x, gate, tile, DType::f32, activation, gates, scratch);
    multiply(x, up, tile, DType::f32, Activation::none, ups, scratch);
    for (int64_t i = 0; i < tile.rows; ++i) {
      const float* g = gates + i * tile.columns;
      const float* u = ups + i * tile.columns;
      std::byte* y = row_of(out, tile, i, width);
      if (out.dtype() == DType::bf16) {
        multiply_row(g, u, tile.columns, reinterpret_cast<BFloat16*>(y));
      } else {
        multiply_row(g, u, tile.columns, reinterpret_cast<float*>(y));
      }
    }
  });
}

}  // namespace newbie::ops::cpu
