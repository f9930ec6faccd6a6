#include "ops/reference/sequences.h"

#include <cstring>
#include <numeric>

#include "base/parallel.h"
#include "ops/reference/access.h"

namespace newbie::ops::reference {
namespace {

/// Rows [from, from + count) of x to rows `to` ... of y, as bytes.
void move_rows(Tensor& y, int64_t to, const Tensor& x, int64_t from, int64_t count) {
  const size_t row = static_cast<size_t>(y.dim(1)) * size_of(y.dtype());
  if (count == 0 || row == 0) return;
  std::memcpy(y.mutable_raw() + static_cast<size_t>(to) * row,
              x.raw() + static_cast<size_t>(from) * row, static_cast<size_t>(count) * row);
}

}  // namespace

void join_sequences(Tensor& y, const Tensor& first, const Packing& first_rows, const Tensor& second,
                    const Packing& second_rows) {
  int64_t to = 0;
  for (int64_t b = 0; b < first_rows.count(); ++b) {
    move_rows(y, to, first, first_rows.begin(b), first_rows.length(b));
    to += first_rows.length(b);
    move_rows(y, to, second, second_rows.begin(b), second_rows.length(b));
    to += second_rows.length(b);
  }
}

void part_sequences(Tensor& y, const Tensor& x, const Packing& first_rows,
                    const Packing& second_rows) {
  int64_t from = 0;
  for (int64_t b = 0; b < first_rows.count(); ++b) {
    move_rows(y, first_rows.begin(b), x, from, first_rows.length(b));
    from += first_rows.length(b);
    move_rows(y, first_rows.rows() + second_rows.begin(b), x, from, second_rows.length(b));
    from += second_rows.length(b);
  }
}

void pad_heads(Tensor& y, const Tensor& x, const Packing& sequences, const HeadPadding& padding) {
  const int64_t heads = x.dim(1), own = x.dim(2);
  for (int64_t b = 0; b < sequences.count(); ++b) {
    for (int64_t i = 0; i < padding.length; ++i) {
      const bool inside = i < sequences.length(b);
      for (int64_t h = 0; h < heads; ++h) {
        const int64_t from = ((sequences.begin(b) + i) * heads + h) * own;
        const int64_t to = ((b * padding.length + i) * heads + h) * padding.width;
        for (int64_t e = 0; e < padding.width; ++e) {
          double value = 0;
          if (e < own && inside) value = at(x, from + e);
          if (e == own) value = static_cast<double>(inside ? padding.row : padding.pad);
          put(y, to + e, value);
        }
      }
    }
  }
}

void unpad_heads(Tensor& x, const Tensor& y, const Packing& sequences, const int64_t& length) {
  const int64_t heads = x.dim(1), own = x.dim(2), width = y.dim(2);
  for (int64_t b = 0; b < sequences.count(); ++b) {
    for (int64_t i = 0; i < sequences.length(b); ++i) {
      for (int64_t h = 0; h < heads; ++h) {
        const int64_t to = ((sequences.begin(b) + i) * heads + h) * own;
        const int64_t from = ((b * length + i) * heads + h) * width;
        for (int64_t e = 0; e < own; ++e) put(x, to + e, at(y, from + e));
      }
    }
  }
}

void rope_rows(Tensor& out, const Tensor& lines, const RopeLines& where,
               const std::span<const int32_t>& positions) {
  const size_t axes = where.pairs.size();
  const int64_t rows = out.dim(1), pairs = out.dim(2);
  const float* from = lines.data<float>();
  float* to = out.mutable_data<float>();
  parallel_ranges(out.device().threads(), rows, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t half = 0; half < 2; ++half) {
      const float* line = from + half * lines.dim(1);
      float* cell = to + (half * rows + begin) * pairs;
      for (int64_t row = begin; row < end; ++row) {
        for (size_t axis = 0; axis < axes; ++axis) {
          const int64_t position = positions[static_cast<size_t>(row) * axes + axis];
          const float* angles = line + where.begins[axis] + position * where.pairs[axis];
          cell = std::copy(angles, angles + where.pairs[axis], cell);
        }
      }
    }
  });
}

}  // namespace newbie::ops::reference
