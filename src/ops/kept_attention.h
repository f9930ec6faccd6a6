#pragma once
/// What attention knew of its rows and the way back asks for: whoever finds it here need not run
/// the way there once more.

#include <vector>

#include "tensor/tensor.h"

namespace newbie::ops {

/// Written by kernels that know it at no cost; the others leave it empty.
struct KeptAttention {
  /// The result itself, [S, H*E].
  Tensor out;
  /// For each row and head the natural logarithm of the sum of the exponentials of its scores,
  /// scaled and with their bias; -inf for a row that sees no key. One [n,H,L] for n sequences that
  /// follow one another; empty sequences do not count, none is longer than L, and what lies behind
  /// the end of a sequence is undefined. Type: f32 (f64 beside f64).
  std::vector<Tensor> log_sums;

  /// [count,H,L] of `count` sequences from the `first` on; undefined when they are not kept, or not
  /// together.
  Tensor log_sums_of(int64_t first, int64_t count) const;
};

/// Where a forward keeps it, if it can; nullptr when nobody will go back.
struct KeepAttention {
  KeptAttention* to = nullptr;
};

}  // namespace newbie::ops
