#pragma once
/// Steps of training that write parameters in place. The exception to the rule that ops never write
/// to their inputs: what is named first is changed, and belongs to whoever trains it.

#include <vector>

#include "tensor/tensor.h"

namespace newbie::ops {

/// What AdamW remembers of one parameter. Shapes: like the parameter. Types: f32.
struct AdamWState {
  Tensor first;   ///< running mean of the gradient
  Tensor second;  ///< running mean of its square
  Tensor master;  ///< the parameter in f32; undefined when the parameter is f32 itself
};

struct AdamWStep {
  double learning_rate = 0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  double gradient_scale = 1;  ///< multiplied into the gradient first (clipping)
  int64_t step = 1;           ///< counts from one, for the bias correction
};

/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w = w (1 - lr wd) - lr (m / c1) / (sqrt(v / c2)
/// + eps) with c = 1 - beta^step. Types: parameter f32 or bf16, gradient f32 or bf16; computed in
/// f32. Source: Loshchilov and Hutter 2019.
void adamw_step(Tensor& parameter, AdamWState& state, const Tensor& gradient,
                const AdamWStep& step);

/// w = w (1 - decay) + scale * direction. `master` as in AdamWState. Types: as adamw_step.
void update_step(Tensor& parameter, Tensor& master, const Tensor& direction, float decay,
                 float scale);

/// average = average + weight * (x - average). Types: average f32, x f32 or bf16.
void average_step(Tensor& average, const Tensor& x, float weight);

/// sum = sum + scale * x. Types: sum f32, x f32 or bf16.
void accumulate_step(Tensor& sum, const Tensor& x, float scale);

/// Sum of the squares of all elements of all tensors, in double and in a fixed order; not finite
/// exactly when an element is not. Types: f32, bf16, f16. Waits for the device once.
double sum_of_squares(const std::vector<Tensor>& tensors);

}  // namespace newbie::ops
