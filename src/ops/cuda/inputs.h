#pragma once
/// Maps of several inputs of one type; see map.h.

#include "ops/cuda/map.h"

namespace newbie::ops::cuda {

/// f of the elements at the same place in kInputs tensors.
template <class T, int kInputs, class Function>
struct Inputs {
  const T* x[kInputs];
  Function f;

  template <int kWidth>
  struct Packs {
    Pack<T, kWidth> of[kInputs];
  };
  template <int kWidth>
  __device__ Packs<kWidth> read(int64_t i, int64_t n) const {
    Packs<kWidth> packs;
#pragma unroll
    for (int k = 0; k < kInputs; ++k) packs.of[k] = cuda::read<kWidth>(x[k] + i, n);
    return packs;
  }
  template <int kWidth>
  __device__ Pack<T, kWidth> apply(const Packs<kWidth>& in) const {
    Pack<T, kWidth> out;
#pragma unroll
    for (int k = 0; k < kWidth; ++k) {
      float values[kInputs];
#pragma unroll
      for (int i = 0; i < kInputs; ++i) values[i] = wide(in.of[i].value[k]);
      out.value[k] = narrow<T>(f(values));
    }
    return out;
  }
};

/// y = f(values of the inputs), all of one type. Handles share their memory: y may be const.
template <class T, int kInputs, class Function>
void map_inputs(const Tensor& y, const Tensor* const (&inputs)[kInputs], const Function& f,
                std::string_view name) {
  Tensor writable = y;
  Inputs<T, kInputs, Function> op{{}, f};
  bool packs = aligned({y.raw()});
  for (int i = 0; i < kInputs; ++i) {
    op.x[i] = data_of<T>(*inputs[i]);
    packs = packs && aligned({inputs[i]->raw()});
  }
  map<T>(writable, packs, op, name);
}

}  // namespace newbie::ops::cuda
