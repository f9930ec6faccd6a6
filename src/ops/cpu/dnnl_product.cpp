#include "ops/cpu/dnnl_product.h"

#include <fmt/format.h>

#include <string_view>

#include "ops/cpu/dnnl_weighted.h"
#include "ops/cpu/shape_cache.h"

namespace newbie::ops::cpu {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

dnnl::primitive_attr attributes(Activation activation) {
  using dnnl::algorithm;
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops ops;
  if (activation == Activation::silu) ops.append_eltwise(1, algorithm::eltwise_swish, 1, 0);
  if (activation == Activation::gelu_tanh) {
    ops.append_eltwise(1, algorithm::eltwise_gelu_tanh, 0, 0);
  }
  if (activation == Activation::gelu_erf) ops.append_eltwise(1, algorithm::eltwise_gelu_erf, 0, 0);
  attr.set_post_ops(ops);
  return attr;
}

dnnl::matmul::primitive_desc descriptor(const ProductShape& s) {
  const Desc x({s.rows, s.depth}, dnnl_type(s.type), Tag::ab);
  const Desc w({s.depth, s.columns}, dnnl_type(s.type),
               s.layout == WeightLayout::rows ? Tag::ba : Tag::any);
  const Desc y({s.rows, s.columns}, dnnl_type(s.result), Tag::ab);
  const Desc b({1, s.columns}, dnnl_type(DType::f32), Tag::ab);
  const dnnl::matmul::desc desc =
      s.bias ? dnnl::matmul::desc(x, w, b, y) : dnnl::matmul::desc(x, w, y);
  return {desc, attributes(s.activation), dnnl_engine()};
}

/// What the name of the kernel tells.
struct Exactness {
  explicit Exactness(const ProductShape& shape) {
    try {
      const std::string_view kernel = descriptor(shape).impl_info_str();
      exact = kernel.starts_with("brg:");
    } catch (const dnnl::error& error) {
      if (error.status != dnnl_unimplemented) throw;
    }
  }

  bool exact = false;
};

}  // namespace

std::string ProductShape::str() const {
  return fmt::format("linear {} [{},{}] x [{},{}]", name_of(type), rows, depth, columns, depth);
}

DnnlProduct::DnnlProduct(const ProductShape& shape)
    : descriptor_(descriptor(shape)),
      primitive_(descriptor_),
      rows_({shape.depth, shape.columns}, dnnl_type(shape.type), Tag::ba),
      weight_bytes_(descriptor_.weights_desc().get_size()),
      scratch_bytes_(descriptor_.scratchpad_desc().get_size()),
      bias_(shape.bias),
      name_(shape.str()) {}

std::shared_ptr<const DnnlProduct> DnnlProduct::get(const ProductShape& shape) {
  static ShapeCache<ProductShape, DnnlProduct> cache;
  return cache.get(shape);
}

bool DnnlProduct::exact_rows(const ProductShape& shape) {
  static ShapeCache<ProductShape, Exactness> cache;
  return cache.get(shape)->exact;
}

void DnnlProduct::run(const void* x, const void* weights, const void* bias, void* y,
                      void* scratch) const {
  const WeightedOperands operands{x, weights, bias_ ? bias : nullptr, y, scratch};
  run_weighted(primitive_, descriptor_, operands, [&] { return name_; });
}

void DnnlProduct::pack(const void* rows, void* blocked) const {
  with_dnnl([&] { return name_; },
            [&] {
              dnnl::stream stream(dnnl_engine());
              dnnl::memory from(rows_, dnnl_engine(), const_cast<void*>(rows));
              dnnl::memory to(descriptor_.weights_desc(), dnnl_engine(), blocked);
              dnnl::reorder(from, to).execute(stream, from, to);
            });
}

void DnnlProduct::unpack(const void* blocked, void* rows) const {
  with_dnnl([&] { return name_; },
            [&] {
              dnnl::stream stream(dnnl_engine());
              dnnl::memory from(descriptor_.weights_desc(), dnnl_engine(),
                                const_cast<void*>(blocked));
              dnnl::memory to(rows_, dnnl_engine(), rows);
              dnnl::reorder(from, to).execute(stream, from, to);
            });
}

}  // namespace newbie::ops::cpu
