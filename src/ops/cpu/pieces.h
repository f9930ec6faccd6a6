#pragma once
/// How the vector ops cut their work, and how tensors reach the kernels.

#include <algorithm>
#include <vector>

#include "base/parallel.h"
#include "ops/cpu/vector/kernels.h"
#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::ops::cpu {

/// Elements one thread takes at a time: large against the cost of taking, small against the caches.
inline constexpr int64_t kGrain = int64_t{1} << 16;

inline int64_t grain_rows(int64_t width) { return width < kGrain ? kGrain / width : 1; }

/// Threads worth waking for that many elements.
inline int threads_for(const Tensor& x) { return x.numel() < kGrain ? 1 : x.device().threads(); }

/// Whether the kernels read and write this type.
inline bool has_element(DType dtype) {
  return dtype == DType::f32 || dtype == DType::bf16 || dtype == DType::f16;
}

/// The type as kernels know it; has_element(dtype) is true.
Element element_of(DType dtype);

inline const std::byte* address(const Tensor& x, int64_t index) {
  return x.raw() + static_cast<size_t>(index) * size_of(x.dtype());
}

/// Writable start of a result; threads add their own offsets.
struct Output {
  std::byte* begin;
  size_t element_bytes;

  explicit Output(Tensor& y) : begin(y.mutable_raw()), element_bytes(size_of(y.dtype())) {}
  std::byte* at(int64_t index) const { return begin + static_cast<size_t>(index) * element_bytes; }
};

/// A small tensor of any floating type as f32: the tensor itself, or a copy.
class AsF32 {
 public:
  explicit AsF32(const Tensor& x);
  const float* data() const { return copy_.empty() ? in_place_ : copy_.data(); }

 private:
  const float* in_place_ = nullptr;
  std::vector<float> copy_;
};

/// Every value plus `offset`, in f32: norm weights, and the 1 + scale of modulations.
std::vector<float> f32_plus(const Tensor& x, float offset);

/// body(b, first, last) for the part of every sequence b inside rows [begin, end).
template <class Body>
void for_sequences(const Packing& sequences, int64_t begin, int64_t end, const Body& body) {
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t first = std::max(begin, sequences.begin(b));
    const int64_t last = std::min(end, sequences.end(b));
    if (first < last) body(b, first, last);
  }
}

}  // namespace newbie::ops::cpu
