#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "adapters/delta.h"
#include "adapters/gather.h"
#include "ops/elementwise.h"
#include "ops/shape.h"

namespace newbie::adapters {
namespace {

bool same_values(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

/// x placed at [row, column) in zeros of the shape.
Tensor padded(const Tensor& x, Shape shape, int64_t row, int64_t column) {
  Tensor out = Tensor::zeros(shape, DType::f32, x.device());
  const std::vector<float> values = x.to_floats();
  const int64_t width = x.dim(1);
  for (int64_t r = 0; r < x.dim(0); ++r) {
    std::copy_n(values.data() + r * width, width,
                out.mutable_data<float>() + (row + r) * shape[1] + column);
  }
  return out;
}

/// up * scale, so that parts with different alpha can share one module of scale 1.
Tensor scaled_up(const Module& module) {
  return ops::affine(ops::cast(module[Factor::up], DType::f32), static_cast<float>(module.scale),
                     0.0f);
}

/// One low-rank pair: with the same `down` everywhere the rank stays, else the ranks add up.
void join_lora(Module& whole, const std::vector<Part>& parts) {
  const Module& first = parts.front().module;
  const bool shared = std::ranges::all_of(parts, [&](const Part& part) {
    return same_values(part.module[Factor::down], first[Factor::down]);
  });
  whole.rank = shared ? first.rank : 0;
  if (!shared) {
    for (const Part& part : parts) whole.rank += part.module.rank;
  }
  Tensor up =
      Tensor::zeros(Shape{whole.weight[0], whole.rank}, DType::f32, first[Factor::up].device());
  std::vector<Tensor> downs;
  int64_t column = 0;
  for (const Part& part : parts) {
    up = ops::add(up, padded(scaled_up(part.module), up.shape(), part.row_begin, column));
    if (!shared) column += part.module.rank;
    if (downs.empty() || !shared) {
      downs.push_back(ops::cast(part.module[Factor::down], DType::f32));
    }
  }
  whole[Factor::up] = up;
  whole[Factor::down] = ops::concat_rows(downs);
  whole.alpha = static_cast<double>(whole.rank);
  whole.scale = 1;
}

void join_as_matrix(Module& whole, const std::vector<Part>& parts) {
  Tensor sum = Tensor::zeros(whole.weight, DType::f32, Device::cpu());
  for (const Part& part : parts) {
    sum = ops::add(sum, padded(delta(part.module), whole.weight, part.row_begin, 0));
  }
  whole.kind = Kind::full;
  whole[Factor::diff] = sum;
}

/// The parts' vectors one after the other, where all of them have one; rows nobody has stay 0.
Tensor join_vectors(const Module& whole, const std::vector<Part>& parts, Factor factor) {
  Tensor out = Tensor::zeros(Shape{whole.weight[0]}, DType::f32, Device::cpu());
  for (const Part& part : parts) {
    if (!part.module.has(factor)) continue;
    const std::vector<float> values = part.module[factor].to_floats();
    std::ranges::copy(values, out.mutable_data<float>() + part.row_begin);
  }
  return out;
}

}  // namespace

Module join(std::vector<Part> parts, const Shape& weight) {
  std::ranges::sort(parts, {}, &Part::row_begin);
  if (parts.size() == 1 && parts.front().module.weight == weight) {
    return std::move(parts.front().module);
  }
  const Module& first = parts.front().module;
  Module whole;
  whole.network = first.network;
  whole.path = first.path;
  whole.weight = weight;
  whole.scale_from = first.scale_from;
  int64_t covered = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && parts[i].row_begin < parts[i - 1].row_end) {
      throw Error("adapter.duplicate",
                  fmt::format("two modules of the file change the same rows of {}", whole.path));
    }
    covered += parts[i].row_end - parts[i].row_begin;
  }
  const auto any_has = [&](Factor factor) {
    return std::ranges::any_of(parts, [&](const Part& part) { return part.module.has(factor); });
  };
  if (any_has(Factor::magnitude)) {
    const bool by_rows = std::ranges::all_of(parts, [](const Part& part) {
      return part.module[Factor::magnitude].defined() &&
             part.module[Factor::magnitude].numel() == part.module.weight[0];
    });
    if (!by_rows || covered != weight[0]) {
      throw Error("adapter.incomplete",
                  fmt::format("{} is split, and not every part of it has magnitudes", whole.path));
    }
    whole[Factor::magnitude] = join_vectors(whole, parts, Factor::magnitude);
  }
  if (any_has(Factor::bias)) whole[Factor::bias] = join_vectors(whole, parts, Factor::bias);
  const bool low_rank =
      std::ranges::all_of(parts, [](const Part& part) { return part.module.kind == Kind::lora; });
  low_rank ? join_lora(whole, parts) : join_as_matrix(whole, parts);
  return whole;
}

}  // namespace newbie::adapters
