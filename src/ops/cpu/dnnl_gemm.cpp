#include "ops/cpu/dnnl_gemm.h"

#include <fmt/format.h>

#include "ops/cpu/product/kernels.h"
#include "ops/cpu/shape_cache.h"

namespace newbie::ops::cpu {
namespace {

using Desc = dnnl::memory::desc;

Desc matrix(int64_t rows, int64_t columns, DType type, const MatrixLayout& layout) {
  const dnnl::memory::dims strides =
      layout.turned ? dnnl::memory::dims{1, layout.stride} : dnnl::memory::dims{layout.stride, 1};
  return Desc({rows, columns}, dnnl_type(type), strides);
}

dnnl::matmul::primitive_desc descriptor(const GemmShape& s) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (s.accumulate) {
    dnnl::post_ops ops;
    ops.append_sum(1);
    attr.set_post_ops(ops);
  }
  const dnnl::matmul::desc desc(
      matrix(s.rows, s.depth, s.type, s.a), matrix(s.depth, s.columns, s.type, s.b),
      matrix(s.rows, s.columns, DType::f32, {s.c_stride ? s.c_stride : s.columns}));
  return {desc, attr, dnnl_engine()};
}

}  // namespace

std::string GemmShape::str() const {
  return fmt::format("product {} [{},{}] x [{},{}]", name_of(type), rows, depth, depth, columns);
}

DnnlGemm::DnnlGemm(const GemmShape& shape)
    : descriptor_(descriptor(shape)),
      primitive_(descriptor_),
      scratch_bytes_(descriptor_.scratchpad_desc().get_size()),
      name_(shape.str()) {}

std::shared_ptr<const DnnlGemm> DnnlGemm::get(const GemmShape& shape) {
  static ShapeCache<GemmShape, DnnlGemm> cache;
  return cache.get(shape);
}

void DnnlGemm::run(const void* a, const void* b, float* c, void* scratch) const {
  const auto memory = [](const Desc& desc, const void* data) {
    return dnnl::memory(desc, dnnl_engine(), const_cast<void*>(data));
  };
  with_dnnl([&] { return name_; },
            [&] {
              dnnl::stream stream(dnnl_engine());
              primitive_.execute(
                  stream, {{DNNL_ARG_SRC, memory(descriptor_.src_desc(), a)},
                           {DNNL_ARG_WEIGHTS, memory(descriptor_.weights_desc(), b)},
                           {DNNL_ARG_DST, memory(descriptor_.dst_desc(), c)},
                           {DNNL_ARG_SCRATCHPAD, memory(descriptor_.scratchpad_desc(), scratch)}});
            });
}

DType gemm_type(DType dtype) {
  return dtype == DType::bf16 && bf16_product_kernels() ? DType::bf16 : DType::f32;
}

}  // namespace newbie::ops::cpu
