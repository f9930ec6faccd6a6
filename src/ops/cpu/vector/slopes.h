#pragma once
/// Loops of gradients: elementwise, row norms, columns of an image, softmax rows.

#include "ops/cpu/vector/elementwise.h"
#include "ops/cpu/vector/rows.h"
#include "ops/cpu/vector/sums.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

template <Activation kActivation>
inline Floats slope(Floats x) {
  if constexpr (kActivation == Activation::silu) {
    const Floats s = sigmoid(x);
    return s * fma(x, 1.0f - s, splat(1.0f));
  }
  if constexpr (kActivation == Activation::gelu_tanh) {
    const Floats square = x * x;
    const Floats s = sigmoid(x * fma(square, splat(0.0713548163f), splat(1.59576912f)));
    const Floats inner = fma(square, splat(0.2140644489f), splat(1.59576912f));
    return fma(x * s * (1.0f - s), inner, s);
  }
  if constexpr (kActivation == Activation::gelu_erf) {
    return fma(x * exp(x * x * -0.5f), splat(0.398942280f), normal_cdf(x));
  }
  return splat(1.0f);
}

inline void activate_backward(Element element, Activation activation, const void* dy, const void* x,
                              void* dx, int64_t n) {
  with_element(element, [&](auto type) {
    with_activation(activation, [&](auto act) {
      map<decltype(type)>(
          dx, n, [](Floats g, Floats v) { return g * slope<decltype(act)::value>(v); }, dy, x);
    });
  });
}

inline void gated_backward(Element element, Activation activation, const void* dy, const void* gate,
                           const void* up, void* d_gate, void* d_up, int64_t n) {
  with_element(element, [&](auto type) {
    with_activation(activation, [&](auto act) {
      using Type = decltype(type);
      for_vectors(n, [&](int64_t i, auto size) {
        const Floats g = load(static_cast<const Type*>(dy) + i, size);
        const Floats v = load(static_cast<const Type*>(gate) + i, size);
        const Floats u = load(static_cast<const Type*>(up) + i, size);
        store(static_cast<Type*>(d_gate) + i, g * u * slope<decltype(act)::value>(v), size);
        store(static_cast<Type*>(d_up) + i, g * activated<decltype(act)::value>(v), size);
      });
    });
  });
}

template <class Type>
inline void row_slopes_of(const RowSlopes& job) {
  const int64_t width = job.width;
  const float* factor = job.factor;
  const auto inverse_width = 1.0f / static_cast<float>(width);
  for (int64_t row = 0; row < job.rows; ++row) {
    const Type* dy = static_cast<const Type*>(job.dy) + row * width;
    const Type* x = static_cast<const Type*>(job.x) + row * width;
    Type* dx = static_cast<Type*>(job.dx) + row * width;
    float mean = 0;
    if (job.centred) {
      mean = row_sum(x, width, [](Floats sum, Floats v, auto) { return sum + v; }) * inverse_width;
    }
    const float squares = row_sum(x, width, [&](Floats sum, Floats v, auto size) {
      return sum + squared_distance(v, mean, size);
    });
    const float root = inverse_root(squares, width, job.eps);
    // Lanes behind the end have dy = 0.
    Floats sum{}, product{};
    for_vectors(width, [&](int64_t i, auto size) {
      const Floats g = load(dy + i, size) * load(factor + i, size);
      sum += g;
      product = fma(g, (load(x + i, size) - mean) * root, product);
    });
    const float mean_slope = job.centred ? lane_sum(sum) * inverse_width : 0.0f;
    const float mean_product = lane_sum(product) * inverse_width;
    for_vectors(width, [&](int64_t i, auto size) {
      const Floats slope = load(dy + i, size), x_hat = (load(x + i, size) - mean) * root;
      const Floats g = slope * load(factor + i, size) - mean_slope;
      store(dx + i, fma(-x_hat, splat(mean_product), g) * root, size);
      store(job.products + i, fma(slope, x_hat, load(job.products + i, size)), size);
      store(job.plain + i, slope + load(job.plain + i, size), size);
    });
  }
}

inline void row_slopes(const RowSlopes& job) {
  with_element(job.element, [&](auto type) { row_slopes_of<decltype(type)>(job); });
}

/// visit(column, size, slope through the activation, x - mean) for a row of the image.
template <class Type, Activation kActivation, class Visit>
inline void each_column_slope(const ColumnSlopes& job, int64_t row, const Visit& visit) {
  const Type* dy = static_cast<const Type*>(job.dy) + row * job.columns;
  const Type* x = static_cast<const Type*>(job.x) + row * job.columns;
  for_vectors(job.columns, [&](int64_t c, auto size) {
    const Floats centred = load(x + c, size) - load(job.affine.mean + c, size);
    const Floats inner =
        fma(centred, load(job.affine.scale + c, size), load(job.affine.bias + c, size));
    visit(c, size, load(dy + c, size) * slope<kActivation>(inner), centred);
  });
}

inline void column_slope_sums(const ColumnSlopes& job, float* plain, float* products) {
  with_element(job.element, [&](auto type) {
    with_activation(job.affine.activation, [&](auto act) {
      for (int64_t row = 0; row < job.rows; ++row) {
        each_column_slope<decltype(type), decltype(act)::value>(
            job, row, [&](int64_t c, auto size, Floats g, Floats centred) {
              store(plain + c, g + load(plain + c, size), size);
              store(products + c, fma(g, centred, load(products + c, size)), size);
            });
      }
    });
  });
}

inline void column_slopes(const ColumnSlopes& job, const float* of_slope, const float* of_centred,
                          const float* shift, void* dx) {
  with_element(job.element, [&](auto type) {
    with_activation(job.affine.activation, [&](auto act) {
      for (int64_t row = 0; row < job.rows; ++row) {
        auto* to = static_cast<decltype(type)*>(dx) + row * job.columns;
        each_column_slope<decltype(type), decltype(act)::value>(
            job, row, [&](int64_t c, auto size, Floats g, Floats centred) {
              const Floats rest = fma(centred, load(of_centred + c, size), load(shift + c, size));
              store(to + c, fma(g, load(of_slope + c, size), rest), size);
            });
      }
    });
  });
}

/// The lanes behind the end take `value`.
inline Floats filled(Floats x, float, Whole) { return x; }
inline Floats filled(Floats x, float value, Part part) {
  Ints lane;
  for (int i = 0; i < kLanes; ++i) lane[i] = i;
  return lane < static_cast<int32_t>(part.count) ? x : splat(value);
}

inline Floats larger(Floats a, Floats b) { return a < b ? b : a; }

inline void softmax_row(float* scores, int64_t n, float scale, const float* bias,
                        int64_t bias_count) {
  constexpr float kNone = -__builtin_inff();
  for_vectors(
      n, [&](int64_t i, auto size) { store(scores + i, load(scores + i, size) * scale, size); });
  for_vectors(bias_count < n ? bias_count : n, [&](int64_t i, auto size) {
    store(scores + i, load(scores + i, size) + load(bias + i, size), size);
  });
  Floats highest = splat(kNone);
  for_vectors(n, [&](int64_t i, auto size) {
    highest = larger(highest, filled(load(scores + i, size), kNone, size));
  });
  float top = kNone;
  for (int i = 0; i < kLanes; ++i) top = highest[i] > top ? highest[i] : top;
  if (top == kNone) {
    for_vectors(n, [&](int64_t i, auto size) { store(scores + i, Floats{}, size); });
    return;
  }
  Floats total{};
  for_vectors(n, [&](int64_t i, auto size) {
    const Floats weight = exp(load(scores + i, size) - top);
    store(scores + i, weight, size);
    total += filled(weight, 0.0f, size);
  });
  const float inverse = 1.0f / lane_sum(total);
  for_vectors(
      n, [&](int64_t i, auto size) { store(scores + i, load(scores + i, size) * inverse, size); });
}

inline void score_slopes(const float* weights, float* slopes, int64_t n, float scale) {
  Floats sum{};
  for_vectors(n, [&](int64_t i, auto size) {
    sum = fma(load(weights + i, size), load(slopes + i, size), sum);
  });
  const float mean = lane_sum(sum);
  for_vectors(n, [&](int64_t i, auto size) {
    const Floats weight = load(weights + i, size) * scale;
    store(slopes + i, weight * (load(slopes + i, size) - mean), size);
  });
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
