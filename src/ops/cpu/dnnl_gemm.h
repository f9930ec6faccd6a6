#pragma once
/// One single-threaded oneDNN product of matrices in any orientation, made once per shape and kept:
/// what gradients are made of.

#include <compare>
#include <memory>

#include "ops/cpu/dnnl.h"
#include "tensor/dtype.h"

namespace newbie::ops::cpu {

/// How a matrix lies in memory: `stride` elements between its rows, or, turned, between its
/// columns.
struct MatrixLayout {
  int64_t stride;
  bool turned = false;

  auto operator<=>(const MatrixLayout&) const = default;
};

/// C [rows,columns] (+)= A [rows,depth] B [depth,columns], C in f32.
struct GemmShape {
  int64_t rows, columns, depth;
  DType type;  ///< of A and B
  MatrixLayout a, b;
  bool accumulate = false;
  int64_t c_stride = 0;  ///< elements between rows of C; 0 for a dense one

  auto operator<=>(const GemmShape&) const = default;
  std::string str() const;
};

class DnnlGemm {
 public:
  /// From a bounded cache. Errors: `ops.library`, `memory.exhausted`.
  static std::shared_ptr<const DnnlGemm> get(const GemmShape& shape);

  size_t scratch_bytes() const { return scratch_bytes_; }
  /// Called inside a parallel_for.
  void run(const void* a, const void* b, float* c, void* scratch) const;

  explicit DnnlGemm(const GemmShape& shape);

 private:
  dnnl::matmul::primitive_desc descriptor_;
  dnnl::matmul primitive_;
  size_t scratch_bytes_;
  std::string name_;
};

/// The type to multiply in: bf16 where the processor has products of it, else f32.
DType gemm_type(DType dtype);

}  // namespace newbie::ops::cpu
