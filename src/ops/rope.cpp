#include "ops/rope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "ops/backward/norm.h"
#include "ops/candidate_lists.h"
#include "ops/candidates_training.h"
#include "ops/checks.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

/// cos and sin of angle(row, pair), in f32 of the f32 angle.
template <class Angle>
RopeTable computed(int64_t rows, int64_t pairs, const Device& device, const Angle& angle) {
  const Device host = device.kind() == DeviceKind::cpu ? device : Device::cpu(device.threads());
  RopeTable table{Tensor::empty({rows, pairs}, DType::f32, host),
                  Tensor::empty({rows, pairs}, DType::f32, host)};
  float* cos = table.cos.mutable_data<float>();
  float* sin = table.sin.mutable_data<float>();
  parallel_ranges(device.threads(), rows, 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t pair = 0; pair < pairs; ++pair) {
        const float theta = angle(row, pair);
        cos[row * pairs + pair] = std::cos(theta);
        sin[row * pairs + pair] = std::sin(theta);
      }
    }
  });
  return {to_device(table.cos, device), to_device(table.sin, device)};
}

/// The same table, from angles that are computed once for every position that an axis has: batches
/// have few of them and many rows.
template <class Angle>
RopeTable looked_up(std::span<const int32_t> positions, const std::vector<int64_t>& pairs,
                    const std::vector<int64_t>& spans, const Device& device, const Angle& angle) {
  RopeLines where{{}, pairs};
  int64_t cells = 0, width = 0;
  for (size_t axis = 0; axis < pairs.size(); ++axis) {
    where.begins.push_back(cells);
    cells += spans[axis] * pairs[axis];
    width += pairs[axis];
  }
  std::vector<float> lines(static_cast<size_t>(2 * cells));
  for (size_t axis = 0; axis < pairs.size(); ++axis) {
    for (int64_t i = 0; i < spans[axis] * pairs[axis]; ++i) {
      const float theta = angle(axis, static_cast<int32_t>(i / pairs[axis]), i % pairs[axis]);
      const auto at = static_cast<size_t>(where.begins[axis] + i);
      lines[at] = std::cos(theta);
      lines[static_cast<size_t>(cells) + at] = std::sin(theta);
    }
  }
  const auto rows = static_cast<int64_t>(positions.size() / pairs.size());
  Tensor both = Tensor::empty({2, rows, width}, DType::f32, device);
  run_candidates("rope_rows", rope_rows_candidates(), both, Tensor::from(lines, {2, cells}, device),
                 where, positions);
  return {both.slice(0, 1).view({rows, width}), both.slice(1, 2).view({rows, width})};
}

/// angle(axis, position, pair of the axis) of every row; positions [S*axes].
template <class Angle>
RopeTable table_of(std::span<const int32_t> positions, const std::vector<int64_t>& pairs,
                   const Device& device, const Angle& angle) {
  const size_t axes = pairs.size();
  const auto rows = static_cast<int64_t>(positions.size() / axes);
  std::vector<int64_t> spans(axes, 1);
  int32_t least = 0;
  for (size_t i = 0; i < positions.size(); ++i) {
    least = std::min(least, positions[i]);
    spans[i % axes] = std::max<int64_t>(spans[i % axes], int64_t{positions[i]} + 1);
  }
  int64_t looked_at = 0, width = 0;
  for (size_t axis = 0; axis < axes; ++axis) {
    looked_at += spans[axis] * pairs[axis];
    width += pairs[axis];
  }
  if (least >= 0 && 2 * looked_at < rows * width) {
    return looked_up(positions, pairs, spans, device, angle);
  }
  std::vector<std::pair<size_t, int64_t>> columns;  // axis and pair of it
  for (size_t axis = 0; axis < axes; ++axis) {
    for (int64_t j = 0; j < pairs[axis]; ++j) columns.emplace_back(axis, j);
  }
  return computed(rows, width, device, [&](int64_t row, int64_t k) {
    const auto [axis, pair] = columns[static_cast<size_t>(k)];
    return angle(axis, positions[static_cast<size_t>(row) * axes + axis], pair);
  });
}

void require_table(std::string_view op, const Tensor& x, const RopeTable& table) {
  require_number(op, "x", x);
  require_rank(op, "x", x, 3, "[S,H,E]");
  if (x.dim(2) == 0 || x.dim(2) % 2 != 0) refuse_shape(op, "x", x.str(), "heads of even width");
  for (const auto& [name, part] : {std::pair{"cos", table.cos}, {"sin", table.sin}}) {
    require_defined(op, name, part);
    if (part.dtype() != DType::f32) refuse_dtype(op, name, part.str(), "f32");
    require_shape(op, name, part, {x.dim(0), x.dim(2) / 2});
  }
}

void require_head_weight(std::string_view op, std::string_view name, const Tensor& weight,
                         int64_t width) {
  require_floating(op, name, weight);
  require_shape(op, name, weight, {width});
}

/// E from the width of a fused projection (H+2K)*E.
int64_t head_width(std::string_view op, const Tensor& qkv, int64_t heads, int64_t kv_heads) {
  require_rank(op, "qkv", qkv, 2, "[S, (H+2K)*E]");
  const int64_t parts = heads + 2 * kv_heads;
  if (heads < 1 || kv_heads < 1 || qkv.dim(1) % parts != 0) {
    refuse_shape(
        op, "qkv", qkv.str(),
        fmt::format("{} heads, {} key and {} value heads of one width", heads, kv_heads, kv_heads));
  }
  return qkv.dim(1) / parts;
}

/// Turns back: the inverse of a rotation, and its gradient.
Tensor unrope(const Tensor& dy, const RopeTable& table, RopeLayout layout) {
  return rope(dy, {table.cos, affine(table.sin, -1.0f, 0.0f)}, layout);
}

struct NormedHeadGradients {
  Tensor x;       ///< [S,H,E]
  Tensor weight;  ///< [E]
};

/// Of rms_norm_rope.
NormedHeadGradients norm_rope_backward(const Tensor& dy, const Tensor& x, const Tensor& weight,
                                       float eps, RmsWeight kind, const RopeTable& table,
                                       RopeLayout layout) {
  const Shape rows{x.shape().rows(), x.dim(-1)};
  const Tensor d_normed = unrope(dy, table, layout).view(rows);
  const Tensor factor = row_factors(weight, kind, {}, Modulation::none, 1, x);
  auto [dx, sums] = row_norm_backward(d_normed, x.view(rows), factor, RowStatistic::rms, eps,
                                      Packing::of_lengths({rows[0]}));
  auto d = row_factors_backward(sums.products, weight, kind, {}, Modulation::none);
  return {dx.view(x.shape()), std::move(d.weight)};
}

}  // namespace

RopeTable rope_axes(std::span<const int32_t> positions, std::span<const int64_t> axes_dims,
                    double theta, const Device& device) {
  std::vector<int64_t> pairs;
  std::vector<std::vector<double>> frequencies;
  for (size_t axis = 0; axis < axes_dims.size(); ++axis) {
    const int64_t width = axes_dims[axis];
    if (width < 0 || width % 2 != 0) {
      refuse_shape("rope_axes", fmt::format("axis {}", axis), fmt::format("{} wide", width),
                   "an even width");
    }
    pairs.push_back(width / 2);
    auto& of_axis = frequencies.emplace_back();
    for (int64_t j = 0; j < width / 2; ++j) {
      const double exponent = -2.0 * static_cast<double>(j) / static_cast<double>(width);
      of_axis.push_back(std::pow(theta, exponent));
    }
  }
  const size_t axes = axes_dims.size();
  if (axes == 0 || positions.size() % axes != 0) {
    refuse_shape("rope_axes", "positions", fmt::format("{} numbers", positions.size()),
                 fmt::format("{} for every row", axes));
  }
  return table_of(positions, pairs, device, [&](size_t axis, int32_t position, int64_t pair) {
    return static_cast<float>(position * frequencies[axis][static_cast<size_t>(pair)]);
  });
}

RopeTable rope_line(std::span<const int32_t> positions, int64_t head_width, float theta,
                    float factor, const Device& device) {
  if (head_width < 2 || head_width % 2 != 0) {
    refuse_shape("rope_line", "a head", fmt::format("{} wide", head_width), "an even width");
  }
  std::vector<float> frequencies;
  for (int64_t j = 0; j < head_width; j += 2) {
    const float exponent = static_cast<float>(j) / static_cast<float>(head_width);
    frequencies.push_back(1.0f / std::pow(theta, exponent) / factor);
  }
  return table_of(positions, {head_width / 2}, device, [&](size_t, int32_t position, int64_t pair) {
    return static_cast<float>(position) * frequencies[static_cast<size_t>(pair)];
  });
}

Tensor rope(const Tensor& x, const RopeTable& table, RopeLayout layout) {
  require_table("rope", x, table);
  Tensor y = Tensor::empty(x.shape(), x.dtype(), x.device());
  run_candidates("rope", rope_candidates(), y, x, table, layout);
  if (recording(x)) {
    record(y, "rope", {x},
           [table, layout](const Tensor& dy) { return std::vector{unrope(dy, table, layout)}; });
  }
  return y;
}

Tensor rms_norm_rope(const Tensor& x, const Tensor& weight, float eps, RmsWeight kind,
                     const RopeTable& table, RopeLayout layout) {
  require_table("rms_norm_rope", x, table);
  require_head_weight("rms_norm_rope", "weight", weight, x.dim(2));
  Tensor y = Tensor::empty(x.shape(), x.dtype(), x.device());
  run_candidates("rms_norm_rope", rms_norm_rope_candidates(), y, x, weight, eps, kind, table,
                 layout);
  if (recording(x, weight)) {
    record(
        y, "rms_norm_rope", {x, weight},
        [x = x.detached(), weight = weight.detached(), eps, kind, table, layout](const Tensor& dy) {
          auto d = norm_rope_backward(dy, x, weight, eps, kind, table, layout);
          return std::vector{std::move(d.x), std::move(d.weight)};
        });
  }
  return y;
}

Heads split_heads(const Tensor& qkv, int64_t heads, int64_t kv_heads) {
  const int64_t width = head_width("split_heads", qkv, heads, kv_heads);
  const std::vector<Tensor> parts =
      split_columns(qkv, {heads * width, kv_heads * width, kv_heads * width});
  const int64_t rows = qkv.dim(0);
  return {parts[0].view({rows, heads, width}), parts[1].view({rows, kv_heads, width}),
          parts[2].view({rows, kv_heads, width})};
}

Heads split_heads_norm_rope(const Tensor& qkv, int64_t heads, int64_t kv_heads,
                            const Tensor& q_weight, const Tensor& k_weight, float eps,
                            const RopeTable& table, RopeLayout layout) {
  constexpr std::string_view kOp = "split_heads_norm_rope";
  const int64_t width = head_width(kOp, qkv, heads, kv_heads);
  const int64_t rows = qkv.dim(0);
  require_table(kOp, qkv.view({rows, heads + 2 * kv_heads, width}), table);
  require_head_weight(kOp, "q_weight", q_weight, width);
  require_head_weight(kOp, "k_weight", k_weight, width);
  // One block for the three results: q, then k, then v.
  Tensor out = Tensor::empty({qkv.numel()}, qkv.dtype(), qkv.device());
  run_candidates(kOp, split_heads_norm_rope_candidates(), out, qkv, heads, kv_heads, q_weight,
                 k_weight, eps, table, layout);
  const auto parts_of = [rows, heads, kv_heads, width](const Tensor& block) -> Heads {
    const int64_t k_begin = rows * heads * width, v_begin = k_begin + rows * kv_heads * width;
    return {block.slice(0, k_begin).view({rows, heads, width}),
            block.slice(k_begin, v_begin).view({rows, kv_heads, width}),
            block.slice(v_begin, block.numel()).view({rows, kv_heads, width})};
  };
  if (recording(qkv, q_weight, k_weight)) {
    record(out, kOp, {qkv, q_weight, k_weight},
           [parts_of, qkv = qkv.detached(), heads, kv_heads, q_weight = q_weight.detached(),
            k_weight = k_weight.detached(), eps, table, layout](const Tensor& dy) {
             const Heads x = split_heads(qkv, heads, kv_heads), d = parts_of(dy);
             const auto back = [&](const Tensor& of, const Tensor& in, const Tensor& weight) {
               return norm_rope_backward(of, in, weight, eps, RmsWeight::plain, table, layout);
             };
             const auto q = back(d.q, x.q, q_weight), k = back(d.k, x.k, k_weight);
             const auto row = [&](const Tensor& part) { return part.view({qkv.dim(0), -1}); };
             return std::vector{concat_columns({row(q.x), row(k.x), row(d.v)}), q.weight, k.weight};
           });
  }
  return parts_of(out);
}

}  // namespace newbie::ops
