#include "ops/cpu/norm.h"

#include <algorithm>
#include <cmath>

#include "ops/cpu/pieces.h"

// A thread owns whole rows: the first pass over a row brings it into the cache, the second works
// there, and everything fused to the norm happens before the row is stored. Bound by memory
// bandwidth. Weights become f32 once per call.

namespace newbie::ops::cpu {
namespace {

/// An RMSNorm weight as the kernels want it.
std::vector<float> rms_weight(const Tensor& weight, RmsWeight kind) {
  return f32_plus(weight, kind == RmsWeight::one_plus ? 1.0f : 0.0f);
}

std::vector<float> tanh_of(const Tensor& gate) {
  const AsF32 plain(gate);
  std::vector<float> rows(static_cast<size_t>(gate.numel()));
  kernels().tanh(plain.data(), rows.data(), gate.numel());
  return rows;
}

RmsRows rms_rows(const Tensor& x, const std::vector<float>& weight, float eps, RmsWeight kind) {
  return {.element = element_of(x.dtype()),
          .x = nullptr,
          .y = nullptr,
          .rows = 0,
          .width = x.dim(-1),
          .eps = eps,
          .weight = weight.data(),
          .round_x_hat = kind == RmsWeight::plain};
}

/// body(begin, end) over the rows of x.
template <class Body>
void for_rows(const Tensor& x, const Body& body) {
  parallel_ranges(threads_for(x), x.shape().rows(), grain_rows(x.dim(-1)), body);
}

/// The same job for rows [begin, end) of x and y.
template <class Rows>
Rows at_rows(Rows job, const Tensor& x, const Output& y, int64_t begin, int64_t end) {
  job.x = address(x, begin * job.width);
  job.y = y.at(begin * job.width);
  job.rows = end - begin;
  return job;
}

}  // namespace

void rms_norm(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
              const RmsWeight& kind) {
  const std::vector<float> w = rms_weight(weight, kind);
  const RmsRows job = rms_rows(x, w, eps, kind);
  const Output out(y);
  for_rows(
      x, [&](int64_t begin, int64_t end) { kernels().rms_rows(at_rows(job, x, out, begin, end)); });
}

void rms_norm_modulate(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                       const Tensor& scale, const Packing& sequences) {
  const std::vector<float> w = rms_weight(weight, RmsWeight::plain),
                           factors = f32_plus(scale, 1.0f);
  const RmsRows job = rms_rows(x, w, eps, RmsWeight::plain);
  const Output out(y);
  for_rows(x, [&](int64_t begin, int64_t end) {
    for_sequences(sequences, begin, end, [&](int64_t b, int64_t first, int64_t last) {
      RmsRows part = at_rows(job, x, out, first, last);
      part.factor = factors.data() + b * job.width;
      kernels().rms_rows(part);
    });
  });
}

void add_gated_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                        const float& eps, const Tensor& gate, const Packing& sequences) {
  const std::vector<float> w = rms_weight(weight, RmsWeight::plain), gates = tanh_of(gate);
  const RmsRows job = rms_rows(branch, w, eps, RmsWeight::plain);
  const Output out(y);
  for_rows(x, [&](int64_t begin, int64_t end) {
    for_sequences(sequences, begin, end, [&](int64_t b, int64_t first, int64_t last) {
      RmsRows part = at_rows(job, branch, out, first, last);
      part.base = address(x, first * job.width);
      part.gate = gates.data() + b * job.width;
      kernels().rms_rows(part);
    });
  });
}

void add_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                  const float& eps, const RmsWeight& kind) {
  const std::vector<float> w = rms_weight(weight, kind);
  const RmsRows job = rms_rows(branch, w, eps, kind);
  const Output out(y);
  for_rows(x, [&](int64_t begin, int64_t end) {
    RmsRows part = at_rows(job, branch, out, begin, end);
    part.base = address(x, begin * job.width);
    kernels().rms_rows(part);
  });
}

void layer_norm(Tensor& y, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const float& eps) {
  const AsF32 w(weight), b(bias);
  const LayerRows job{.element = element_of(x.dtype()),
                      .x = nullptr,
                      .y = nullptr,
                      .rows = 0,
                      .width = x.dim(-1),
                      .eps = eps,
                      .weight = w.data(),
                      .bias = b.data()};
  const Output out(y);
  for_rows(x, [&](int64_t begin, int64_t end) {
    kernels().layer_rows(at_rows(job, x, out, begin, end));
  });
}

void layer_norm_modulate(Tensor& y, const Tensor& x, const float& eps, const Tensor& scale,
                         const Packing& sequences) {
  const std::vector<float> factors = f32_plus(scale, 1.0f);
  const LayerRows job{.element = element_of(x.dtype()),
                      .x = nullptr,
                      .y = nullptr,
                      .rows = 0,
                      .width = x.dim(-1),
                      .eps = eps};
  const Output out(y);
  for_rows(x, [&](int64_t begin, int64_t end) {
    for_sequences(sequences, begin, end, [&](int64_t b, int64_t first, int64_t last) {
      LayerRows part = at_rows(job, x, out, first, last);
      part.factor = factors.data() + b * job.width;
      kernels().layer_rows(part);
    });
  });
}

}  // namespace newbie::ops::cpu
