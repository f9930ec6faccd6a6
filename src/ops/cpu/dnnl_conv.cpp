#include "ops/cpu/dnnl_conv.h"

#include <fmt/format.h>

#include <string_view>

#include "ops/cpu/dnnl_weighted.h"
#include "ops/cpu/shape_cache.h"

namespace newbie::ops::cpu {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

dnnl::convolution_forward::primitive_desc descriptor(const StripShape& s) {
  const auto type = dnnl_type(s.type);
  const Desc x({1, s.inputs, s.in_height, s.in_width}, type, Tag::nhwc);
  const Desc w({s.outputs, s.inputs, s.kernel_height, s.kernel_width}, type, Tag::any);
  const Desc y({1, s.outputs, s.out_height, s.out_width}, type, Tag::nhwc);
  const Desc b({s.outputs}, dnnl_type(DType::f32), Tag::a);
  const auto kind = dnnl::prop_kind::forward_inference;
  const auto direct = dnnl::algorithm::convolution_direct;
  const dnnl::memory::dims strides{s.stride, s.stride}, before{s.top, s.left},
      after{s.bottom, s.right};
  const dnnl::convolution_forward::desc desc =
      s.bias ? dnnl::convolution_forward::desc(kind, direct, x, w, b, y, strides, before, after)
             : dnnl::convolution_forward::desc(kind, direct, x, w, y, strides, before, after);
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (s.residual) {
    dnnl::post_ops ops;
    ops.append_sum(1);
    attr.set_post_ops(ops);
  }
  return {desc, attr, dnnl_engine()};
}

}  // namespace

std::string StripShape::str() const {
  return fmt::format("conv2d {} {}x{} of {} channels to {}x{} of {}, kernel {}x{}", name_of(type),
                     in_height, in_width, inputs, out_height, out_width, outputs, kernel_height,
                     kernel_width);
}

DnnlConv::DnnlConv(const StripShape& shape)
    : descriptor_(descriptor(shape)),
      primitive_(descriptor_),
      bias_(shape.bias),
      name_(shape.str()) {}

std::shared_ptr<const DnnlConv> DnnlConv::get(const StripShape& shape) {
  static ShapeCache<StripShape, DnnlConv> cache;
  return cache.get(shape);
}

bool DnnlConv::supports(const StripShape& shape) {
  bool supported = false;
  with_dnnl([&] { return shape.str(); },
            [&] {
              try {
                const std::string_view kernel = descriptor(shape).impl_info_str();
                supported = !kernel.starts_with("ref");
              } catch (const dnnl::error& error) {
                if (error.status != dnnl_unimplemented) throw;
              }
            });
  return supported;
}

void DnnlConv::run(const void* x, const void* weights, const void* bias, void* y,
                   void* scratch) const {
  const WeightedOperands operands{x, weights, bias_ ? bias : nullptr, y, scratch};
  run_weighted(primitive_, descriptor_, operands, [&] { return name_; });
}

DnnlConvWeights::DnnlConvWeights(const Tensor& weight) : type_(weight.dtype()) {
  const dnnl::memory::dims dims(weight.shape().sizes().begin(), weight.shape().sizes().end());
  copies_.push_back({Desc(dims, dnnl_type(type_), Tag::oihw), weight});
}

Tensor DnnlConvWeights::loaded() const {
  const std::lock_guard lock(mutex_);
  return as_loaded_ ? copies_.front().bytes : Tensor();
}

const void* DnnlConvWeights::in_layout(const dnnl::memory::desc& layout) const {
  const std::lock_guard lock(mutex_);
  for (const Copy& copy : copies_) {
    if (copy.layout == layout) return copy.bytes.raw();
  }
  const Copy& source = copies_.front();
  const Device& device = source.bytes.device();
  const MemoryScope scope(device, MemoryUse::weights);
  Copy made{layout,
            Tensor::empty(Shape{static_cast<int64_t>(layout.get_size())}, DType::u8, device)};
  with_dnnl([&] { return "conv2d weights " + source.bytes.str(); },
            [&] {
              if (device.plans()) return;
              dnnl::stream stream(dnnl_engine());
              dnnl::memory from(source.layout, dnnl_engine(),
                                const_cast<std::byte*>(source.bytes.raw()));
              dnnl::memory to(layout, dnnl_engine(), made.bytes.mutable_raw());
              dnnl::reorder(from, to).execute(stream, from, to);
            });
  // The layout as loaded serves no convolution; others may be in use.
  if (as_loaded_) copies_.clear();
  as_loaded_ = false;
  copies_.push_back(std::move(made));
  return copies_.back().bytes.raw();
}

}  // namespace newbie::ops::cpu
