#pragma once
/// Running what oneDNN computes from an input and weights: products and convolutions.

#include <unordered_map>

#include "ops/cpu/dnnl.h"

namespace newbie::ops::cpu {

/// Where the operands of one call lie; `bias` is nullptr where the primitive was made without one.
struct WeightedOperands {
  const void* x;
  const void* weights;
  const void* bias;
  void* y;
  void* scratch;
};

/// `descriptor` is the primitive's own; `describe` names op and shapes when oneDNN fails.
template <class Descriptor, class Describe>
void run_weighted(const dnnl::primitive& primitive, const Descriptor& descriptor,
                  const WeightedOperands& on, const Describe& describe) {
  const auto memory = [](const dnnl::memory::desc& desc, const void* data) {
    return dnnl::memory(desc, dnnl_engine(), const_cast<void*>(data));
  };
  with_dnnl(describe, [&] {
    dnnl::stream stream(dnnl_engine());
    std::unordered_map<int, dnnl::memory> args{
        {DNNL_ARG_SRC, memory(descriptor.src_desc(), on.x)},
        {DNNL_ARG_WEIGHTS, memory(descriptor.weights_desc(), on.weights)},
        {DNNL_ARG_DST, memory(descriptor.dst_desc(), on.y)},
        {DNNL_ARG_SCRATCHPAD, memory(descriptor.scratchpad_desc(), on.scratch)}};
    if (on.bias) args.emplace(DNNL_ARG_BIAS, memory(descriptor.bias_desc(), on.bias));
    primitive.execute(stream, args);
  });
}

}  // namespace newbie::ops::cpu
