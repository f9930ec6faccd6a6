#include "ops/cpu/optimizer.h"

#include <cmath>

#include "ops/cpu/pieces.h"

// One pass in pieces that any thread may take; an element's result depends on nothing around it.
// Bound by memory: AdamW reads and writes 28 bytes per f32 parameter. Plain loops that the compiler
// vectorises keep up with that.

namespace newbie::ops::cpu {
namespace {

inline float wide(float x) { return x; }
inline float wide(BFloat16 x) { return to_float(x); }
inline void store(float& to, float x) { to = x; }
inline void store(BFloat16& to, float x) { to = to_bf16(x); }

/// Calls body with a value of the tensor's element type: f32 or bf16.
template <class Body>
void with_type(const Tensor& x, const Body& body) {
  x.dtype() == DType::f32 ? body(float{}) : body(BFloat16{});
}

template <class Body>
void for_pieces(const Tensor& x, const Body& body) {
  parallel_ranges(threads_for(x), x.numel(), kGrain, body);
}

/// The precise values of a parameter: its own, or the master's.
float* precise_values(Tensor& parameter, const Tensor& master) {
  Tensor precise = master.defined() ? master : parameter;
  return precise.mutable_data<float>();
}

/// Rounds the master's values in [begin, end) to the parameter, if there is a master.
void publish(Tensor& parameter, const Tensor& master, int64_t begin, int64_t end) {
  if (!master.defined()) return;
  const float* from = master.data<float>();
  auto* to = reinterpret_cast<BFloat16*>(parameter.mutable_raw());
  for (int64_t i = begin; i < end; ++i) to[i] = to_bf16(from[i]);
}

}  // namespace

void adamw_step(Tensor& parameter, const AdamWState& state, const Tensor& gradient,
                const AdamWStep& step) {
  // Scalars are rounded once: 1 - beta2 in f32 would be off in its fifth digit.
  const auto count = static_cast<double>(step.step);
  const auto c1 = static_cast<float>(1 / (1 - std::pow(step.beta1, count)));
  const auto c2 = static_cast<float>(1 / (1 - std::pow(step.beta2, count)));
  const auto b1 = static_cast<float>(step.beta1), n1 = static_cast<float>(1 - step.beta1);
  const auto b2 = static_cast<float>(step.beta2), n2 = static_cast<float>(1 - step.beta2);
  const auto rate = static_cast<float>(step.learning_rate);
  const auto keep = static_cast<float>(1 - step.learning_rate * step.weight_decay);
  const auto epsilon = static_cast<float>(step.epsilon);
  const auto scale = static_cast<float>(step.gradient_scale);
  Tensor first = state.first, second = state.second;
  float* m = first.mutable_data<float>();
  float* v = second.mutable_data<float>();
  float* w = precise_values(parameter, state.master);
  with_type(gradient, [&]<class G>(G) {
    const G* gradients = reinterpret_cast<const G*>(gradient.raw());
    for_pieces(parameter, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const float g = wide(gradients[i]) * scale;
        m[i] = b1 * m[i] + n1 * g;
        v[i] = b2 * v[i] + n2 * g * g;
        w[i] = w[i] * keep - rate * (m[i] * c1) / (std::sqrt(v[i] * c2) + epsilon);
      }
      publish(parameter, state.master, begin, end);
    });
  });
}

void update_step(Tensor& parameter, const Tensor& master, const Tensor& direction,
                 const float& decay, const float& scale) {
  float* w = precise_values(parameter, master);
  const float keep = 1 - decay;
  with_type(direction, [&]<class T>(T) {
    const T* directions = reinterpret_cast<const T*>(direction.raw());
    for_pieces(parameter, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) w[i] = w[i] * keep + scale * wide(directions[i]);
      publish(parameter, master, begin, end);
    });
  });
}

void average_step(Tensor& average, const Tensor& x, const float& weight) {
  float* mean = average.mutable_data<float>();
  with_type(x, [&]<class T>(T) {
    const T* values = reinterpret_cast<const T*>(x.raw());
    for_pieces(average, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) mean[i] += weight * (wide(values[i]) - mean[i]);
    });
  });
}

void accumulate_step(Tensor& sum, const Tensor& x, const float& scale) {
  float* sums = sum.mutable_data<float>();
  with_type(x, [&]<class T>(T) {
    const T* values = reinterpret_cast<const T*>(x.raw());
    for_pieces(sum, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) sums[i] += scale * wide(values[i]);
    });
  });
}

void sum_of_squares(Tensor& sums, const std::vector<Tensor>& tensors) {
  double* out = sums.mutable_data<double>();
  for (const Tensor& x : tensors) {
    const int64_t pieces = (x.numel() + kGrain - 1) / kGrain;
    std::vector<double> parts(static_cast<size_t>(pieces));
    for_pieces(x, [&](int64_t begin, int64_t end) {
      parts[static_cast<size_t>(begin / kGrain)] =
          kernels().sum_of_squares(element_of(x.dtype()), address(x, begin), end - begin);
    });
    *out = 0;
    for (const double part : parts) *out += part;
    ++out;
  }
}

}  // namespace newbie::ops::cpu
