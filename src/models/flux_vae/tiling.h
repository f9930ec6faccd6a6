#pragma once
/// Working on overlapping tiles, so that memory depends on the tile and not on the picture.

#include <cstdint>
#include <functional>

#include "models/flux_vae/config.h"
#include "tensor/tensor.h"

namespace newbie::flux_vae {

/// Square tiles of `tile_pixels` (0 = the whole picture at once) whose neighbours share `overlap`
/// of their side; seams are blended linearly. Group norms see one tile at a time, so tiled and
/// untiled pictures differ slightly (docs/performance.md states by how much).
struct Tiling {
  int64_t tile_pixels = 0;
  double overlap = 0.25;
};

/// One tile through the network. Channels last.
using TileFunction = std::function<Tensor(const Tensor& tile)>;

/// Cuts `input` [B,h,w,C] into tiles of `tile` rows and columns, maps each with `run` (which scales
/// sizes by `scale_up / scale_down`) and blends the results. Tiles are f32 channels last. Source:
/// diffusers AutoencoderKL.tiled_decode; model specification 11.6.
Tensor run_tiled(const Tensor& input, int64_t tile, double overlap, int64_t scale_up,
                 int64_t scale_down, const TileFunction& run);

/// Bytes of activations at the peak of decoding (or encoding) a picture of this size at once.
uint64_t activation_bytes(const Config& config, int64_t width, int64_t height, DType compute);

/// No tiling when the whole picture fits into `budget_bytes`, else the largest tile that does (at
/// least 256 pixels).
Tiling tiling_for_budget(const Config& config, int64_t width, int64_t height, DType compute,
                         uint64_t budget_bytes);

}  // namespace newbie::flux_vae
