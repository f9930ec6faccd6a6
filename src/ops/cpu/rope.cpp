#include "ops/cpu/rope.h"

#include <fmt/format.h>

#include <cstring>

#include "ops/cpu/pieces.h"

// A thread owns rows of S; the heads of a row share their angles, which stay in the nearest cache.
// With a norm, a head is read twice, the second time from the cache. Bound by memory bandwidth.

namespace newbie::ops::cpu {
namespace {

std::string declines_rows(const Tensor& x, int64_t width) {
  if (!has_element(x.dtype())) return fmt::format("reads no {}", name_of(x.dtype()));
  return width <= RopeRow::kMaxWidth ? "" : fmt::format("heads wider than {}", RopeRow::kMaxWidth);
}

RopeRow row_of(const Tensor& x, int64_t heads, int64_t width, RopeLayout layout) {
  return {.element = element_of(x.dtype()),
          .x = nullptr,
          .y = nullptr,
          .heads = heads,
          .width = width,
          .cos = nullptr,
          .sin = nullptr,
          .interleaved = layout == RopeLayout::interleaved};
}

/// The same job at x and y with the angles of row s.
RopeRow at_row(RopeRow job, const RopeTable& table, int64_t s, const void* x, void* y) {
  job.x = x;
  job.y = y;
  job.cos = table.cos.data<float>() + s * (job.width / 2);
  job.sin = table.sin.data<float>() + s * (job.width / 2);
  return job;
}

void rotate_all(Tensor& y, const Tensor& x, const RopeTable& table, const RopeRow& job) {
  const int64_t row = job.heads * job.width;
  if (row == 0) return;
  const Output out(y);
  parallel_ranges(threads_for(x), x.dim(0), grain_rows(row), [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      kernels().rope_row(at_row(job, table, s, address(x, s * row), out.at(s * row)));
    }
  });
}

}  // namespace

std::string rope_declines(const Tensor& x, const RopeTable&, const RopeLayout&) {
  return declines_rows(x, x.dim(2));
}

void rope(Tensor& y, const Tensor& x, const RopeTable& table, const RopeLayout& layout) {
  rotate_all(y, x, table, row_of(x, x.dim(1), x.dim(2), layout));
}

std::string rms_norm_rope_declines(const Tensor& x, const Tensor&, const float&, const RmsWeight&,
                                   const RopeTable&, const RopeLayout&) {
  return declines_rows(x, x.dim(2));
}

void rms_norm_rope(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                   const RmsWeight& kind, const RopeTable& table, const RopeLayout& layout) {
  const std::vector<float> w = f32_plus(weight, kind == RmsWeight::one_plus ? 1.0f : 0.0f);
  RopeRow job = row_of(x, x.dim(1), x.dim(2), layout);
  job.weight = w.data();
  job.round_x_hat = kind == RmsWeight::plain;
  job.eps = eps;
  rotate_all(y, x, table, job);
}

std::string split_heads_norm_rope_declines(const Tensor& qkv, const int64_t&, const int64_t&,
                                           const Tensor& q_weight, const Tensor&, const float&,
                                           const RopeTable&, const RopeLayout&) {
  return declines_rows(qkv, q_weight.dim(0));
}

void split_heads_norm_rope(Tensor& out, const Tensor& qkv, const int64_t& heads,
                           const int64_t& kv_heads, const Tensor& q_weight, const Tensor& k_weight,
                           const float& eps, const RopeTable& table, const RopeLayout& layout) {
  const int64_t rows = qkv.dim(0), width = q_weight.dim(0);
  const int64_t q_row = heads * width, k_row = kv_heads * width, row = q_row + 2 * k_row;
  const Output q_out(out);
  const int64_t k_begin = rows * q_row, v_begin = k_begin + rows * k_row;
  const std::vector<float> q_w = f32_plus(q_weight, 0.0f);
  const std::vector<float> k_w = f32_plus(k_weight, 0.0f);
  RopeRow q_job = row_of(qkv, heads, width, layout), k_job = row_of(qkv, kv_heads, width, layout);
  q_job.weight = q_w.data();
  k_job.weight = k_w.data();
  q_job.eps = k_job.eps = eps;
  const size_t v_bytes = static_cast<size_t>(k_row) * size_of(qkv.dtype());
  parallel_ranges(threads_for(qkv), rows, grain_rows(row), [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      const int64_t q = s * row, k = q + q_row, v = k + k_row;
      kernels().rope_row(at_row(q_job, table, s, address(qkv, q), q_out.at(s * q_row)));
      kernels().rope_row(at_row(k_job, table, s, address(qkv, k), q_out.at(k_begin + s * k_row)));
      std::memcpy(q_out.at(v_begin + s * k_row), address(qkv, v), v_bytes);
    }
  });
}

}  // namespace newbie::ops::cpu
