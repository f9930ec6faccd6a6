#include "ops/cuda/backward.h"
#include "ops/cuda/matmul.h"
#include "ops/cuda/product.h"

namespace newbie::ops::cuda {
namespace {

/// Products do not split their depth. Where a small weight saw many rows, these many at a time make
/// products of their own, which are added up in order: a handful of blocks would leave the device
/// idle. A fixed number, so that batches of all sizes share a plan.
constexpr int64_t kPieceRows = 4096;
constexpr int64_t kTile = 128;
/// Tiles of a result that keep a device busy without that.
constexpr int64_t kEnoughTiles = 64;

/// Whole pieces of `rows`; 0 where it is one product.
int64_t pieces_of(int64_t out, int64_t in, int64_t rows) {
  const int64_t tiles = (out + kTile - 1) / kTile * ((in + kTile - 1) / kTile);
  return tiles < kEnoughTiles && rows >= 2 * kPieceRows ? rows / kPieceRows : 0;
}

constexpr const char* kNotPrepared = "the weight was not prepared on a CUDA device";

/// dx = dy W, onto a sum where one is given.
void back_to_input(Tensor& dx, const Tensor& sum, const Tensor& dy, const LinearWeights& weights) {
  const int64_t rows = dy.shape().rows(), in = weights.in_features(), out = weights.out_features();
  if (rows == 0) return;
  const MemoryScope scope(dy.device(), MemoryUse::workspace);
  const Tensor weight = weights_as_rows(weights, dy.dtype());
  ProductShape shape = ProductShape::dense(rows, in, out, dy.dtype(), dy.dtype());
  shape.w_turned = true;
  shape.w_stride = in;
  shape.adds = sum.defined();
  product(libraries_of(dy.device()), shape,
          {.x = dy.raw(),
           .w = weight.raw(),
           .y = dx.mutable_raw(),
           .added = sum.defined() ? sum.raw() : nullptr});
}

}  // namespace

std::string linear_input_gradient_declines(const Tensor&, const LinearWeights& weights) {
  return has_rows(weights) ? "" : kNotPrepared;
}

void linear_input_gradient(Tensor& dx, const Tensor& dy, const LinearWeights& weights) {
  back_to_input(dx, {}, dy, weights);
}

std::string linear_input_gradient_onto_declines(const Tensor&, const Tensor&,
                                                const LinearWeights& weights) {
  return has_rows(weights) ? "" : kNotPrepared;
}

void linear_input_gradient_onto(Tensor& dx, const Tensor& sum, const Tensor& dy,
                                const LinearWeights& weights) {
  back_to_input(dx, sum, dy, weights);
}

void linear_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x) {
  const int64_t rows = dy.shape().rows(), out = dw.dim(0), in = dw.dim(1);
  if (rows == 0) return dw.device().clear(dw.mutable_raw(), dw.bytes());
  ProductShape shape = ProductShape::dense(out, in, rows, dy.dtype(), DType::f32);
  shape.x_turned = shape.w_turned = true;
  shape.x_stride = out;
  shape.w_stride = in;
  const auto multiply = [&](int64_t first, std::byte* to) {
    const auto size = static_cast<int64_t>(size_of(dy.dtype()));
    product(libraries_of(dy.device()), shape,
            {dy.raw() + first * out * size, x.raw() + first * in * size, nullptr, to});
  };
  const int64_t pieces = pieces_of(out, in, rows), rest = rows - pieces * kPieceRows;
  if (pieces == 0) {
    if (!dw.device().plans()) multiply(0, dw.mutable_raw());
    return;
  }
  const MemoryScope scope(dw.device(), MemoryUse::workspace);
  Tensor parts = Tensor::empty({pieces + (rest > 0 ? 1 : 0), out * in}, DType::f32, dw.device());
  if (dw.device().plans()) return;
  shape.depth = kPieceRows;
  shape.batch = pieces;
  shape.x_step = kPieceRows * out;
  shape.w_step = kPieceRows * in;
  shape.y_step = out * in;
  multiply(0, parts.mutable_raw());
  if (rest > 0) {
    shape.depth = rest;
    shape.batch = 1;
    shape.x_step = shape.w_step = shape.y_step = 0;
    multiply(pieces * kPieceRows, parts.slice(pieces, pieces + 1).mutable_raw());
  }
  sum_rows(dw, parts);
}

}  // namespace newbie::ops::cuda
