/// Scores of a slice of queries are written out in f32, turned into weights in place and multiplied
/// with the values: 12 bytes of traffic per score, which wide heads (512 in the VAE) hide behind
/// arithmetic and which f32, masks and biases are welcome to.
#include <algorithm>

#include "ops/cuda/product.h"
#include "ops/cuda/sdpa.h"

namespace newbie::ops::cuda {
namespace {

constexpr size_t kMostScratch = size_t{256} << 20;

int64_t padded(int64_t length) { return (length + 15) / 16 * 16; }

/// Bytes of one query's scores in every group of heads that is computed at once.
size_t row_bytes(const SdpaShape& shape) {
  return static_cast<size_t>(shape.kv_heads * padded(shape.length)) * sizeof(float);
}

const std::byte* at(const void* base, int64_t elements, DType type) {
  return static_cast<const std::byte*>(base) + elements * static_cast<int64_t>(size_of(type));
}

/// One sequence's queries first ... first + rows, one query head of each group.
void slice(Libraries& libraries, const SdpaShape& s, const SdpaOperands& operands, float* scores,
           int64_t begin, int64_t first, int64_t rows, int64_t member) {
  const int64_t q_row = s.heads * s.width, kv_row = s.kv_heads * s.width;
  const int64_t group = s.heads / s.kv_heads, stride = padded(s.length);
  const int64_t q_at = (begin + first) * q_row + member * s.width;

  ProductShape score{.rows = rows, .columns = s.length, .depth = s.width, .batch = s.kv_heads};
  score.in = s.type;
  score.x_stride = q_row;
  score.x_step = group * s.width;
  score.w_stride = kv_row;
  score.w_step = s.width;
  score.y_stride = stride;
  score.y_step = rows * stride;
  product(libraries, score,
          {at(operands.q, q_at, s.type), at(operands.k, begin * kv_row, s.type), nullptr, scores,
           operands.scale});

  softmax_rows(libraries.stream(), scores, s.type, s, operands.bias, s.kv_heads, first, rows,
               stride);

  const auto per_score = static_cast<int64_t>(sizeof(float) / size_of(s.type));
  ProductShape value{.rows = rows, .columns = s.width, .depth = s.length, .batch = s.kv_heads};
  value.in = value.out = s.type;
  value.x_stride = stride * per_score;
  value.x_step = rows * stride * per_score;
  value.w_turned = true;
  value.w_stride = kv_row;
  value.w_step = s.width;
  value.y_stride = q_row;
  value.y_step = group * s.width;
  product(libraries, value,
          {scores, at(operands.v, begin * kv_row, s.type), nullptr,
           const_cast<std::byte*>(at(operands.out, q_at, s.type))});
}

}  // namespace

size_t sdpa_by_products_scratch(const SdpaShape& shape) {
  const size_t row = row_bytes(shape);
  const size_t rows = std::clamp<size_t>(kMostScratch / std::max<size_t>(row, 1), 1,
                                         static_cast<size_t>(std::max<int64_t>(shape.length, 1)));
  return row * rows;
}

void sdpa_by_products(Libraries& libraries, const SdpaShape& shape, const SdpaOperands& operands,
                      Scratch scratch) {
  if (shape.length == 0 || shape.batch == 0) return;
  const auto step = static_cast<int64_t>(scratch.bytes / row_bytes(shape));
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t first = 0; first < shape.length; first += step) {
      const int64_t rows = std::min(step, shape.length - first);
      for (int64_t member = 0; member < shape.heads / shape.kv_heads; ++member) {
        slice(libraries, shape, operands, static_cast<float*>(scratch.data), b * shape.length,
              first, rows, member);
      }
    }
  }
}

}  // namespace newbie::ops::cuda
