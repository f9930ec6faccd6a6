#pragma once
/// What the processor could do at most, measured.

#include "tensor/dtype.h"

namespace newbie::bench {

/// 10^9 operations per second.
struct Rate {
  double wall;
  double cpu;  ///< per second of processor time, times the threads
};

/// A loop of independent products on registers on `threads` threads: best of a few short runs. For
/// bf16 the product of pairs where the processor has one, else f32.
Rate peak_rate(DType dtype, int threads);

}  // namespace newbie::bench
