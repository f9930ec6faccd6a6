#pragma once
/// Rows of many packed sequences moved at once: a batch of hundreds costs as many launches as one.

#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::ops {

struct JoinedParts {
  Tensor first;
  Tensor second;
};

/// Of every sequence its rows of `first`, then its rows of `second`. Shapes: [S,D], [T,D] ->
/// [S+T,D]; the packings have as many sequences. Gradient: both.
Tensor join_sequences(const Tensor& first, const Packing& first_rows, const Tensor& second,
                      const Packing& second_rows);
/// The inverse. Gradient: x.
JoinedParts part_sequences(const Tensor& x, const Packing& first_rows, const Packing& second_rows);

/// Heads of packed sequences in boxes of one length. Columns behind the head's own are zeros, but
/// that the first of them holds a mark.
struct HeadPadding {
  int64_t length = 0;  ///< rows of every sequence, at least those of the longest
  int64_t width = 0;   ///< columns of every head, at least its own
  float row = 0;       ///< mark of rows of the sequence; nothing without more columns
  float pad = 0;       ///< of rows behind them, which are zeros otherwise
};

/// Shapes: x [S,H,E] -> [B*length,H,width]. Gradient: x.
Tensor pad_heads(const Tensor& x, const Packing& sequences, const HeadPadding& padding);
/// The inverse, which forgets marks. Shapes: y [B*length,H,width] -> [S,H,E]. Gradient: y.
Tensor unpad_heads(const Tensor& y, const Packing& sequences, int64_t length, int64_t width);

}  // namespace newbie::ops
