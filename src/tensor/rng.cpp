#include "tensor/rng.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <type_traits>

namespace newbie {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"newbie", "torch-cpu", "torch-cuda"};

template <class T>
T rounded(float value) {
  if constexpr (std::is_same_v<T, BFloat16>) {
    return to_bf16(value);
  } else if constexpr (std::is_same_v<T, Float16>) {
    return to_f16(value);
  } else {
    return value;
  }
}

/// Calls `draw` with a typed host buffer and makes the tensor from it.
template <class T, class Draw>
Tensor filled(const Shape& shape, const Device& device, const Draw& draw) {
  std::vector<T> values(static_cast<size_t>(shape.numel()));
  draw(std::span<T>(values));
  return Tensor::from<T>(values, shape, device);
}

template <class Draw>
Tensor filled(const Shape& shape, const Device& device, DType dtype, const Draw& draw) {
  switch (dtype) {
    case DType::f32:
      return filled<float>(shape, device, draw);
    case DType::f64:
      return filled<double>(shape, device, draw);
    case DType::bf16:
      return filled<BFloat16>(shape, device, draw);
    case DType::f16:
      return filled<Float16>(shape, device, draw);
    default:
      check(false, fmt::format("noise cannot be drawn as {}", name_of(dtype)));
      return {};
  }
}

/// Draws f32 values and rounds them, for generators that know no other type.
template <class T, class DrawFloats>
void draw_rounded(std::span<T> out, const DrawFloats& draw) {
  std::vector<float> values(out.size());
  draw(std::span<float>(values));
  std::transform(values.begin(), values.end(), out.begin(), rounded<T>);
}

}  // namespace

std::string_view name_of(RngKind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<RngKind> rng_kind_from_name(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<RngKind>(found - kNames.begin());
}

Rng::Rng(RngKind kind, uint64_t seed, RngOptions options)
    : state_(NewbieRng(seed, options.stream)) {
  if (kind == RngKind::torch_cpu) state_ = TorchCpuRng(seed);
  if (kind == RngKind::torch_cuda) state_ = TorchCudaRng(seed, options.cuda);
}

Tensor Rng::normal(const Shape& shape, const Device& device, DType dtype) {
  return filled(shape, device, dtype, [this](auto out) {
    if (auto* torch = std::get_if<TorchCpuRng>(&state_)) return torch->normal(out);
    draw_rounded(out, [this](std::span<float> values) {
      std::visit([&](auto& generator) { generator.normal(values); }, state_);
    });
  });
}

Tensor Rng::uniform(const Shape& shape, const Device& device, DType dtype) {
  return filled(shape, device, dtype, [this](auto out) {
    if (auto* torch = std::get_if<TorchCpuRng>(&state_)) return torch->uniform(out);
    draw_rounded(out, [this](std::span<float> values) {
      std::visit([&](auto& generator) { generator.uniform(values); }, state_);
    });
  });
}

Tensor gaussian_noise(RngKind kind, uint64_t seed, const Shape& shape, const Device& device,
                      DType dtype, RngOptions options) {
  return Rng(kind, seed, options).normal(shape, device, dtype);
}

Tensor gaussian_noise(RngKind kind, const std::vector<uint64_t>& seeds, const Shape& image,
                      const Device& device, DType dtype, RngOptions options) {
  std::vector<int64_t> sizes{static_cast<int64_t>(seeds.size())};
  sizes.insert(sizes.end(), image.sizes().begin(), image.sizes().end());
  const Shape shape{std::span<const int64_t>(sizes)};
  return filled(shape, device, dtype, [&](auto out) {
    using T = typename decltype(out)::value_type;
    const size_t length = static_cast<size_t>(image.numel());
    for (size_t b = 0; b < seeds.size(); ++b) {
      const Tensor noise = gaussian_noise(kind, seeds[b], image, Device::cpu(1), dtype, options);
      std::copy_n(noise.data<T>(), length, out.data() + b * length);
    }
  });
}

std::vector<uint64_t> batch_seeds(uint64_t seed, int count) {
  std::vector<uint64_t> seeds(static_cast<size_t>(count));
  for (size_t b = 0; b < seeds.size(); ++b) seeds[b] = seed + b;
  return seeds;
}

}  // namespace newbie
