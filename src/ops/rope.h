#pragma once
/// Rotary position embedding, and the q/k norm that precedes it.

#include <span>
#include <vector>

#include "ops/norm.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// Which elements form a pair: (2k, 2k+1) in NextDiT, (k, k + E/2) in Gemma and Jina.
enum class RopeLayout : uint8_t { interleaved, half_split };

/// Angles of every row. Shapes: cos, sin [S, E/2] f32.
struct RopeTable {
  Tensor cos;
  Tensor sin;
};

/// Positions along several axes: axis a turns axes_dims[a]/2 pairs with frequencies
/// theta^(-2j/axes_dims[a]), computed in f64. Shapes: positions [S*axes] (row-major).
/// Source: model specification 4.4.
RopeTable rope_axes(std::span<const int32_t> positions, std::span<const int64_t> axes_dims,
                    double theta, const Device& device);

/// Positions along one line with frequencies theta^(-2j/E) / factor, computed in f32 as upstream
/// does. Source: model specification 9.3 and 10.2.
RopeTable rope_line(std::span<const int32_t> positions, int64_t head_width, float theta,
                    float factor, const Device& device);

/// Rotates every head. Shapes: x [S,H,E], table of S rows. Computed in f32, rounded to the type of
/// x.
Tensor rope(const Tensor& x, const RopeTable& table, RopeLayout layout);

/// rope(rms_norm(x, weight, eps, kind)) over each head; rounds between the two as the plain ops do.
/// Shapes: x [S,H,E], weight [E].
Tensor rms_norm_rope(const Tensor& x, const Tensor& weight, float eps, RmsWeight kind,
                     const RopeTable& table, RopeLayout layout);

struct Heads {
  Tensor q;  ///< [S,H,E]
  Tensor k;  ///< [S,K,E]
  Tensor v;  ///< [S,K,E]
};

/// Splits a fused projection into heads, without norm or rotation. Shapes: qkv [S, (H+2K)*E].
Heads split_heads(const Tensor& qkv, int64_t heads, int64_t kv_heads);

/// split_heads, then rms_norm_rope on q and k: one pass over memory.
Heads split_heads_norm_rope(const Tensor& qkv, int64_t heads, int64_t kv_heads,
                            const Tensor& q_weight, const Tensor& k_weight, float eps,
                            const RopeTable& table, RopeLayout layout);

}  // namespace newbie::ops
