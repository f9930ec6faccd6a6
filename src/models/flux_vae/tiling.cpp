#include "models/flux_vae/tiling.h"

#include <algorithm>
#include <vector>

#include "ops/elementwise.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"

namespace newbie::flux_vae {
namespace {

/// Adds a linear ramp from `before` (its last rows or columns) into the first `extent` of `tile`.
/// Both are f32 [B,h,w,C].
void blend(const Tensor& before, Tensor& tile, int64_t extent, bool vertical) {
  const int axis = vertical ? 1 : 2;
  extent = std::min({extent, before.dim(axis), tile.dim(axis)});
  const int64_t channels = tile.dim(3);
  const int64_t rows = vertical ? extent : std::min(before.dim(1), tile.dim(1));
  const int64_t columns = vertical ? std::min(before.dim(2), tile.dim(2)) : extent;
  const int64_t shift_y = vertical ? before.dim(1) - extent : 0;
  const int64_t shift_x = vertical ? 0 : before.dim(2) - extent;
  const float* from = before.data<float>();
  float* to = tile.mutable_data<float>();
  for (int64_t b = 0; b < tile.dim(0); ++b) {
    for (int64_t y = 0; y < rows; ++y) {
      for (int64_t x = 0; x < columns; ++x) {
        const float w = static_cast<float>(vertical ? y : x) / static_cast<float>(extent);
        const float* a =
            from + (((b * before.dim(1) + y + shift_y) * before.dim(2)) + x + shift_x) * channels;
        float* t = to + ((b * tile.dim(1) + y) * tile.dim(2) + x) * channels;
        for (int64_t c = 0; c < channels; ++c) t[c] = a[c] * (1.0f - w) + t[c] * w;
      }
    }
  }
}

void paste(const Tensor& tile, Tensor& picture, int64_t y0, int64_t x0, int64_t limit) {
  const int64_t rows = std::min(limit, tile.dim(1)), columns = std::min(limit, tile.dim(2));
  const int64_t channels = tile.dim(3);
  const float* from = tile.data<float>();
  float* to = picture.mutable_data<float>();
  for (int64_t b = 0; b < tile.dim(0); ++b) {
    for (int64_t y = 0; y < rows; ++y) {
      const float* row = from + (b * tile.dim(1) + y) * tile.dim(2) * channels;
      std::copy(row, row + columns * channels,
                to + ((b * picture.dim(1) + y0 + y) * picture.dim(2) + x0) * channels);
    }
  }
}

}  // namespace

Tensor run_tiled(const Tensor& input, int64_t tile, double overlap, int64_t scale_up,
                 int64_t scale_down, const TileFunction& run) {
  const int64_t stride =
      std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(tile) * (1.0 - overlap)));
  const int64_t out_tile = tile * scale_up / scale_down;
  const auto extent = static_cast<int64_t>(static_cast<double>(out_tile) * overlap);
  const int64_t limit = out_tile - extent;
  const int64_t height = input.dim(1), width = input.dim(2);
  Tensor picture;
  std::vector<Tensor> above, current;  // blended, uncropped tiles of the row before and of this one
  for (int64_t y = 0, i = 0; y < height; y += stride, ++i) {
    current.clear();
    for (int64_t x = 0, j = 0; x < width; x += stride, ++j) {
      const Tensor made =
          run(ops::crop(input, y, x, std::min(tile, height - y), std::min(tile, width - x)));
      require_not_recording("a VAE in tiles", made);  // tiles are joined on the host
      Tensor out = ops::to_host(ops::cast(made, DType::f32));
      if (!picture.defined()) {
        picture = Tensor::empty({input.dim(0), height * scale_up / scale_down,
                                 width * scale_up / scale_down, out.dim(3)},
                                DType::f32, out.device());
      }
      if (i > 0) blend(above[static_cast<size_t>(j)], out, extent, true);
      if (j > 0) blend(current.back(), out, extent, false);
      paste(out, picture, i * limit, j * limit, limit);
      current.push_back(std::move(out));
    }
    std::swap(above, current);
  }
  return ops::to_device(picture, input.device());
}

uint64_t activation_bytes(const Config& config, int64_t width, int64_t height, DType compute) {
  // The widest place is the first resnet at full size: its input, the normalised copy and the
  // output of the convolution before it are alive together, at the width of the stage above.
  const auto& widths = config.block_out_channels;
  const int64_t full = widths.size() > 1 ? std::max(widths[0], widths[1]) : widths[0];
  const auto pixels = static_cast<uint64_t>(width) * static_cast<uint64_t>(height);
  return pixels * (3 * static_cast<uint64_t>(full) * size_of(compute) + 2 * 3 * sizeof(float));
}

Tiling tiling_for_budget(const Config& config, int64_t width, int64_t height, DType compute,
                         uint64_t budget_bytes) {
  if (activation_bytes(config, width, height, compute) <= budget_bytes) return {};
  int64_t tile = 256;
  while (activation_bytes(config, tile + 64, tile + 64, compute) <= budget_bytes) tile += 64;
  return {.tile_pixels = tile};
}

}  // namespace newbie::flux_vae
