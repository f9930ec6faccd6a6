#include "adapters/delta.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "nn/linear.h"
#include "ops/elementwise.h"
#include "ops/shape.h"

namespace newbie::adapters {
namespace {

constexpr int64_t kRowsPerPiece = 64;

Tensor floats(const Tensor& x) { return ops::cast(x, DType::f32); }

/// left right, in f32. Shapes: [m,k], [k,n] -> [m,n].
Tensor times(const Tensor& left, const Tensor& right) {
  return nn::product(floats(left), transposed(floats(right)));
}

/// The factor, or the product of the two that stand for it.
Tensor composed(const Module& module, Factor whole, Factor a, Factor b) {
  return module.has(whole) ? floats(module[whole]) : times(module[a], module[b]);
}

/// Calls body(row) for all rows of a matrix; threads share them.
template <class Body>
void each_row(const Tensor& matrix, const Body& body) {
  parallel_ranges(matrix.device().threads(), matrix.dim(0), kRowsPerPiece,
                  [&](int64_t begin, int64_t end) {
                    for (int64_t row = begin; row < end; ++row) body(row);
                  });
}

/// delta[ic + k, jd + l] = w1[i,j] w2[k,l]
Tensor kronecker(const Tensor& w1, const Tensor& w2) {
  const int64_t b = w1.dim(1), c = w2.dim(0), d = w2.dim(1);
  Tensor out = Tensor::empty(Shape{w1.dim(0) * c, b * d}, DType::f32, w1.device());
  float* const values = out.mutable_data<float>();
  each_row(out, [&](int64_t row) {
    const float* left = w1.data<float>() + row / c * b;
    const float* right = w2.data<float>() + row % c * d;
    float* at = values + row * b * d;
    for (int64_t j = 0; j < b; ++j) {
      for (int64_t l = 0; l < d; ++l) *at++ = left[j] * right[l];
    }
  });
  return out;
}

Tensor unscaled(const Module& module) {
  switch (module.kind) {
    case Kind::lora:
      return times(module[Factor::up], module[Factor::down]);
    case Kind::lokr:
      return kronecker(composed(module, Factor::w1, Factor::w1_a, Factor::w1_b),
                       composed(module, Factor::w2, Factor::w2_a, Factor::w2_b));
    case Kind::loha:
      return ops::gated(times(module[Factor::w1_a], module[Factor::w1_b]),
                        times(module[Factor::w2_a], module[Factor::w2_b]), ops::Activation::none);
    case Kind::full:
      break;
  }
  if (module.has(Factor::diff)) return floats(module[Factor::diff]).view(module.weight);
  const Device device = module[Factor::bias].device();
  return Tensor::zeros(module.weight, DType::f32, device);
}

double length(const float* values, int64_t count, int64_t step) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double value = double{values[i * step]};
    sum += value * value;
  }
  return std::sqrt(sum);
}

/// m * v / |v| - w over rows, or over columns when the magnitude is [1,in].
Tensor with_magnitude(const Tensor& v, const Tensor& magnitude, const Tensor& w) {
  const int64_t rows = v.dim(0), columns = v.dim(1);
  const bool by_column = magnitude.rank() == 2 && magnitude.dim(0) == 1 && columns > 1;
  const Tensor m = floats(magnitude);
  std::vector<float> factors(static_cast<size_t>(by_column ? columns : rows));
  parallel_for(v.device().threads(), static_cast<int64_t>(factors.size()), [&](int64_t i) {
    const double size = by_column ? length(v.data<float>() + i, rows, columns)
                                  : length(v.data<float>() + i * columns, columns, 1);
    // A row without length has no direction that could be scaled.
    factors[static_cast<size_t>(i)] =
        size == 0 ? 0.0f : static_cast<float>(double{m.data<float>()[i]} / size);
  });
  Tensor out = Tensor::empty(v.shape(), DType::f32, v.device());
  float* const values = out.mutable_data<float>();
  each_row(out, [&](int64_t row) {
    for (int64_t c = 0; c < columns; ++c) {
      const int64_t i = row * columns + c;
      const float factor = factors[static_cast<size_t>(by_column ? c : row)];
      values[i] = factor * v.data<float>()[i] - w.data<float>()[i];
    }
  });
  return out;
}

/// Tr((up^T up)(down down^T)): the squared length of up down from two small matrices.
double low_rank_norm(const Tensor& up, const Tensor& down) {
  const Tensor left = times(transposed(floats(up)), up),
               right = times(down, transposed(floats(down)));
  double sum = 0;
  for (int64_t i = 0; i < left.numel(); ++i) {
    sum += double{left.data<float>()[i]} * double{right.data<float>()[i]};  // both are symmetric
  }
  return std::sqrt(std::max(0.0, sum));
}

double norm_of(const Tensor& x) { return length(x.data<float>(), x.numel(), 1); }

}  // namespace

Tensor transposed(const Tensor& matrix) {
  const int64_t rows = matrix.dim(0), columns = matrix.dim(1);
  return ops::to_channels_last(matrix.view({1, rows, columns, 1})).view({columns, rows});
}

Tensor delta(const Module& module) {
  const Tensor whole = unscaled(module);
  return module.scale == 1 ? whole : ops::affine(whole, static_cast<float>(module.scale), 0.0f);
}

Tensor change(const Module& module, const Tensor& original) {
  const Tensor difference = delta(module);
  if (!module.has(Factor::magnitude)) return difference;
  const Tensor w = original.view(module.weight);
  return with_magnitude(ops::add(w, difference), module[Factor::magnitude], w);
}

Tensor merged(const Tensor& original, const std::vector<Change>& changes, DType dtype) {
  const Tensor w = floats(original);
  std::vector<std::pair<float, Tensor>> terms{{1.0f, w}};
  for (const Change& one : changes) {
    if (one.strength == 0) continue;
    Tensor sum =
        ops::combine({terms.front(),
                      {static_cast<float>(one.strength), change(*one.module, w).view(w.shape())}});
    terms.front().second = std::move(sum);
  }
  return ops::cast(terms.front().second, dtype);
}

Tensor merged_bias(const Tensor& original, const std::vector<Change>& changes, DType dtype) {
  Tensor sum = floats(original);
  for (const Change& one : changes) {
    if (!one.module->has(Factor::bias)) continue;
    sum = ops::combine({{1.0f, sum},
                        {static_cast<float>(one.strength),
                         floats((*one.module)[Factor::bias]).view(sum.shape())}});
  }
  return ops::cast(sum, dtype);
}

double norm(const Module& module) {
  const double scale = std::fabs(module.scale);
  if (module.kind == Kind::lora) {
    return scale * low_rank_norm(floats(module[Factor::up]), floats(module[Factor::down]));
  }
  if (module.kind == Kind::lokr) {
    return scale * norm_of(composed(module, Factor::w1, Factor::w1_a, Factor::w1_b)) *
           norm_of(composed(module, Factor::w2, Factor::w2_a, Factor::w2_b));
  }
  return norm_of(delta(module));
}

}  // namespace newbie::adapters
