/// Both products on a grid of tiles fixed by the shape, each tile one single-threaded oneDNN
/// product, into a dense scratch tile where results are narrower than f32. Processors without
/// products of bf16 multiply in f32.
#include "ops/cpu/backward.h"
#include "ops/cpu/dnnl_gemm.h"
#include "ops/cpu/pieces.h"
#include "ops/cpu/plain_weight.h"
#include "ops/cpu/tiling.h"
#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {
namespace {

/// Tiles are at most so large; they are of even sizes, and there are at least a few where they stay
/// worth a call.
constexpr int64_t kTileRows = 512;
constexpr int64_t kTileColumns = 384;
constexpr int64_t kFewTiles = 8;
constexpr int64_t kLeastSide = 64;

/// `size` in equal steps of at most `most`, a multiple of 16.
int64_t even_step(int64_t size, int64_t most) {
  const int64_t steps = (size + most - 1) / most;
  return ((size + steps - 1) / steps + 15) / 16 * 16;
}

Tiling tiles_of(int64_t rows, int64_t columns) {
  int64_t down = even_step(rows, kTileRows), across = even_step(columns, kTileColumns);
  const auto halved = [](int64_t step) { return (step / 2 + 15) / 16 * 16; };
  while (Tiling(rows, columns, down, across).count() < kFewTiles &&
         std::max(down, across) >= 2 * kLeastSide) {
    int64_t& longer = down >= across ? down : across;
    longer = halved(longer);
  }
  return Tiling(rows, columns, down, across);
}

struct Operand {
  Tensor matrix;
  MatrixLayout layout;

  /// Where row `row` and column `column` begin.
  const std::byte* at(int64_t row, int64_t column) const {
    return address(matrix,
                   layout.turned ? column * layout.stride + row : row * layout.stride + column);
  }
};

/// C = A B, converted to the type of C.
void multiply(Tensor& c, int64_t rows, int64_t columns, int64_t depth, const Operand& a,
              const Operand& b) {
  if (c.numel() == 0) return;
  const Device& device = c.device();
  const Tiling tiles = tiles_of(rows, columns);
  // Results in f32 need no scratch tile: they are written where they belong.
  const bool direct = c.dtype() == DType::f32;
  const auto gemm_of = [&](const Tile& tile) {
    return DnnlGemm::get({tile.rows, tile.columns, depth, a.matrix.dtype(), a.layout, b.layout,
                          false, direct ? columns : 0});
  };
  size_t scratch = 0;
  for (const Tile& tile : tiles.sizes()) {
    scratch = std::max(scratch, gemm_of(tile)->scratch_bytes());
  }
  Layout layout;
  const size_t tile_at = layout.add(
      direct ? 0 : static_cast<size_t>(tiles[0].rows * tiles[0].columns) * sizeof(float));
  const size_t scratch_at = layout.add(scratch);
  Workspaces workspaces(device, layout.bytes());
  if (workspaces.plan(tiles.count())) return;
  const Output out(c);
  const Element type = element_of(c.dtype());
  parallel_for(device.threads(), tiles.count(), [&](int64_t index) {
    device.cancel().throw_if_requested();
    const Tile tile = tiles[index];
    Workspaces::Lease workspace(workspaces);
    std::byte* const to = out.at(tile.row * columns + tile.column);
    auto* sums = reinterpret_cast<float*>(direct ? to : workspace.data() + tile_at);
    gemm_of(tile)->run(a.at(tile.row, 0), b.at(0, tile.column), sums,
                       workspace.data() + scratch_at);
    if (direct) return;
    for (int64_t i = 0; i < tile.rows; ++i) {
      kernels().convert(Element::f32, sums + i * tile.columns, 1.0f, type,
                        out.at((tile.row + i) * columns + tile.column), tile.columns);
    }
  });
}

}  // namespace

void linear_input_gradient(Tensor& dx, const Tensor& dy, const LinearWeights& weights) {
  const int64_t in = weights.in_features(), out = weights.out_features();
  const DType type = gemm_type(dy.dtype());
  const MemoryScope scope(dx.device(), MemoryUse::workspace);
  multiply(dx, dy.shape().rows(), in, out, {cast(dy, type), {out}},
           {plain_weight(weights, type), {in}});
}

void linear_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x) {
  const int64_t out = dw.dim(0), in = dw.dim(1), rows = dy.shape().rows();
  if (rows == 0) return dw.device().clear(dw.mutable_raw(), dw.bytes());
  const DType type = gemm_type(dy.dtype());
  const MemoryScope scope(dw.device(), MemoryUse::workspace);
  multiply(dw, out, in, rows, {cast(dy, type), {out, true}}, {cast(x, type), {in}});
}

}  // namespace newbie::ops::cpu
