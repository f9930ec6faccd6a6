#pragma once
/// One single-threaded oneDNN product, y = act(x W^T + b), made once per shape and kept.

#include <compare>
#include <memory>

#include "ops/cpu/dnnl.h"
#include "ops/elementwise.h"

namespace newbie::ops::cpu {

/// How a chunk of weights lies in memory: rows [out,in], or the layout oneDNN asked for.
enum class WeightLayout : uint8_t { rows, blocked };

struct ProductShape {
  int64_t rows, columns, depth;
  DType type;    ///< of x and W
  DType result;  ///< of y
  WeightLayout layout;
  bool bias;
  Activation activation;

  auto operator<=>(const ProductShape&) const = default;
  std::string str() const;
};

class DnnlProduct {
 public:
  /// From a bounded cache. Errors: `ops.library`, `memory.exhausted`.
  static std::shared_ptr<const DnnlProduct> get(const ProductShape& shape);

  /// Whether a row's bytes depend on the row and the weights alone. True of the kernels with
  /// AVX-512 (a single chain of fused additions per element, in the order of depth, for either
  /// layout); others choose by the number of rows.
  static bool exact_rows(const ProductShape& shape);

  size_t weight_bytes() const { return weight_bytes_; }
  size_t scratch_bytes() const { return scratch_bytes_; }

  /// y [rows,columns] dense, bias [columns] f32. Called inside a parallel_for.
  void run(const void* x, const void* weights, const void* bias, void* y, void* scratch) const;
  /// From rows [columns,depth] to the blocked layout.
  void pack(const void* rows, void* blocked) const;
  void unpack(const void* blocked, void* rows) const;

  explicit DnnlProduct(const ProductShape& shape);

 private:
  dnnl::matmul::primitive_desc descriptor_;
  dnnl::matmul primitive_;
  dnnl::memory::desc rows_;
  size_t weight_bytes_;
  size_t scratch_bytes_;
  bool bias_;
  std::string name_;
};

}  // namespace newbie::ops::cpu
