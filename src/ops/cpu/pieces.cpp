#include "ops/cpu/pieces.h"

namespace newbie::ops::cpu {

Element element_of(DType dtype) {
  check(has_element(dtype), "vector kernels know f32, bf16 and f16");
  return dtype == DType::f32 ? Element::f32 : dtype == DType::bf16 ? Element::bf16 : Element::f16;
}

AsF32::AsF32(const Tensor& x) {
  if (x.dtype() == DType::f32) {
    in_place_ = x.data<float>();
  } else if (has_element(x.dtype())) {
    copy_.resize(static_cast<size_t>(x.numel()));
    kernels().convert(element_of(x.dtype()), x.raw(), 1.0f, Element::f32, copy_.data(), x.numel());
  } else {
    copy_ = x.to_floats();
  }
}

std::vector<float> f32_plus(const Tensor& x, float offset) {
  const AsF32 plain(x);
  std::vector<float> values(static_cast<size_t>(x.numel()));
  kernels().affine(Element::f32, plain.data(), 1.0f, offset, values.data(), x.numel());
  return values;
}

}  // namespace newbie::ops::cpu
