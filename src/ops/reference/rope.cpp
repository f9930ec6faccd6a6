#include "ops/reference/rope.h"

#include "ops/reference/access.h"
#include "ops/reference/norm.h"
#include "ops/reference/shape.h"

namespace newbie::ops::reference {

void rope(Tensor& y, const Tensor& x, const RopeTable& table, const RopeLayout& layout) {
  const int64_t heads = x.dim(1), width = x.dim(2), half = width / 2;
  for (int64_t s = 0; s < x.dim(0); ++s) {
    for (int64_t head = 0; head < heads; ++head) {
      const int64_t first = (s * heads + head) * width;
      for (int64_t k = 0; k < half; ++k) {
        const bool interleaved = layout == RopeLayout::interleaved;
        const int64_t i = first + (interleaved ? 2 * k : k);
        const int64_t j = interleaved ? i + 1 : i + half;
        const double cos = at(table.cos, s * half + k), sin = at(table.sin, s * half + k);
        put(y, i, at(x, i) * cos - at(x, j) * sin);
        put(y, j, at(x, i) * sin + at(x, j) * cos);
      }
    }
  }
}

void rms_norm_rope(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                   const RmsWeight& kind, const RopeTable& table, const RopeLayout& layout) {
  Tensor normed = between(x);
  rms_norm(normed, x, weight, eps, kind);
  rope(y, normed, table, layout);
}

void split_heads_norm_rope(Tensor& out, const Tensor& qkv, const int64_t& heads,
                           const int64_t& kv_heads, const Tensor& q_weight, const Tensor& k_weight,
                           const float& eps, const RopeTable& table, const RopeLayout& layout) {
  const int64_t rows = qkv.dim(0), width = q_weight.dim(0);
  int64_t column = 0;
  const auto next = [&](int64_t count) {
    const int64_t first = column * rows;
    Tensor part = out.slice(first, first + rows * count * width).view({rows, count, width});
    Tensor taken = part.view({rows, count * width});
    take_columns(taken, qkv, column);
    column += count * width;
    return part;
  };
  for (const auto& [count, weight] : {std::pair{heads, q_weight}, {kv_heads, k_weight}}) {
    Tensor part = next(count);
    Tensor plain = between(part);
    rms_norm(plain, part, weight, eps, RmsWeight::plain);
    rope(part, plain, table, layout);
  }
  next(kv_heads);
}

}  // namespace newbie::ops::reference
