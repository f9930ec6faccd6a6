#include "train/model/fresh.h"

#include <cmath>

#include "base/hash.h"
#include "ops/elementwise.h"
#include "train/data/random.h"

namespace newbie::train {
namespace {

struct Values {
  enum class Kind : uint8_t { constant, normal, truncated, uniform } kind;
  float size;  ///< the constant, the standard deviation, or the bound
};
using enum Values::Kind;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Elements behind one output.
double fan_in(const Shape& shape) {
  return static_cast<double>(shape.numel()) / static_cast<double>(shape[0]);
}

/// Upstream's constructors (model specification 3.3), but that conditioning keeps the length of its
/// input: with `time_text_embed` at zero, as upstream has it, neither that nor the modulation
/// behind it would ever get a gradient (ADR 0280).
Values of_transformer(std::string_view path, const Shape& shape) {
  const bool bias = path.ends_with("bias");
  if (contains(path, "adaLN_modulation") || path.starts_with("final_layer")) return {constant, 0};
  if (shape.rank() == 1) return {constant, bias ? 0.0f : 1.0f};
  const auto even = static_cast<float>(1 / std::sqrt(fan_in(shape)));
  if (path.starts_with("cap_embedder")) return {truncated, even};
  for (const std::string_view told : {"t_embedder", "clip_text_pooled_proj", "time_text_embed"}) {
    if (path.starts_with(told)) return {normal, even};
  }
  const auto both = static_cast<double>(shape[0] + shape[1]);
  return {uniform, static_cast<float>(std::sqrt(6 / both))};  // Xavier
}

Values of_text(std::string_view network, std::string_view path, const Shape& shape) {
  if (shape.rank() == 1) {
    const bool one_plus = network == "gemma3";
    return {constant, path.ends_with("bias") || one_plus ? 0.0f : 1.0f};
  }
  // Gemma multiplies rows by sqrt(D); Jina CLIP normalises what it looks up.
  if (contains(path, "embed")) {
    return {normal, static_cast<float>(1 / std::sqrt(static_cast<double>(shape[-1])))};
  }
  return {normal, static_cast<float>(1 / std::sqrt(fan_in(shape)))};
}

Values of_vae(std::string_view path, const Shape& shape) {
  if (shape.rank() == 1) {
    return {constant, contains(path, "norm") && path.ends_with("weight") ? 1.0f : 0.0f};
  }
  return {uniform, static_cast<float>(1 / std::sqrt(fan_in(shape)))};
}

Values values_of(std::string_view network, std::string_view path, const Shape& shape) {
  if (network == "next_dit") return of_transformer(path, shape);
  if (network == "flux_vae") return of_vae(path, shape);
  return of_text(network, path, shape);
}

}  // namespace

Tensor starting_value(std::string_view network, const std::string& path, const Shape& shape,
                      uint64_t seed) {
  const Values values = values_of(network, path, shape);
  const Device host = Device::cpu();
  const auto count = static_cast<size_t>(shape.numel());
  if (values.kind == constant) {
    return Tensor::from(std::vector<float>(count, values.size), shape, host);
  }
  // The name decides the draw: adding a tensor to a network leaves the others as they were.
  const auto name = static_cast<uint32_t>(hash64(std::string(network) + "." + path));
  std::vector<float> drawn = values.kind == uniform
                                 ? random_uniform(seed, Purpose::parameters, name, count)
                                 : random_normal(seed, Purpose::parameters, name, count);
  for (float& value : drawn) {
    if (values.kind == uniform) value = 2 * value - 1;
    if (values.kind == truncated) value = std::fmod(value, 2.0f);
    value *= values.size;
  }
  return Tensor::from(drawn, shape, host);
}

}  // namespace newbie::train
