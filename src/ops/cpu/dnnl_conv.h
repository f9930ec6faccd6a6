#pragma once
/// One single-threaded oneDNN convolution of some rows of an image, made once per shape and kept;
/// and weights in the layouts that such convolutions ask for.

#include <compare>
#include <memory>
#include <mutex>
#include <vector>

#include "ops/conv.h"
#include "ops/cpu/dnnl.h"

namespace newbie::ops::cpu {

/// Some rows in, some rows out, with what is left of the padding.
struct StripShape {
  int64_t inputs, outputs, kernel_height, kernel_width;
  int64_t in_height, in_width, out_height, out_width;
  int64_t stride, top, left, bottom, right;
  DType type;
  bool bias;
  bool residual;  ///< adds to what the output holds

  auto operator<=>(const StripShape&) const = default;
  std::string str() const;
};

class DnnlConv {
 public:
  /// From a bounded cache. Errors: `ops.library`, `memory.exhausted`.
  static std::shared_ptr<const DnnlConv> get(const StripShape& shape);
  /// Whether oneDNN has a compiled convolution for the shape.
  static bool supports(const StripShape& shape);

  dnnl::memory::desc weights_desc() const { return descriptor_.weights_desc(); }
  size_t scratch_bytes() const { return descriptor_.scratchpad_desc().get_size(); }

  /// Called inside a parallel_for.
  void run(const void* x, const void* weights, const void* bias, void* y, void* scratch) const;

  explicit DnnlConv(const StripShape& shape);

 private:
  dnnl::convolution_forward::primitive_desc descriptor_;
  dnnl::convolution_forward primitive_;
  bool bias_;
  std::string name_;
};

/// The weight of one layer, as loaded until the first convolution that goes to oneDNN decides on
/// the layout; should another image size ask for another one, that is kept as well. Thread-safe.
class DnnlConvWeights final : public ConvWeights::Prepared {
 public:
  /// `weight` [O,I,kh,kw] of type f32 or bf16.
  explicit DnnlConvWeights(const Tensor& weight);

  DType type() const { return type_; }
  const void* in_layout(const dnnl::memory::desc& layout) const;
  /// [O,I,kh,kw], or undefined once it was packed.
  Tensor loaded() const;

 private:
  struct Copy {
    dnnl::memory::desc layout;
    Tensor bytes;
  };

  DType type_;
  mutable std::mutex mutex_;
  mutable std::vector<Copy> copies_;
  mutable bool as_loaded_ = true;
};

}  // namespace newbie::ops::cpu
