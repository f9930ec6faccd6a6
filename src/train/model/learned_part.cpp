#include "train/model/learned_part.h"

namespace newbie::train {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Whether the matrix lies inside a block, where Muon's assumption holds: it maps one residual
/// stream's directions to another's.
bool in_block(std::string_view network, std::string_view path) {
  if (contains(path, "adaLN_modulation")) return false;
  if (network == "next_dit") {
    return path.starts_with("layers.") || path.starts_with("noise_refiner.") ||
           path.starts_with("context_refiner.");
  }
  return network != "flux_vae" && contains(path, "layers.");
}

}  // namespace

Role role_of(std::string_view network, std::string_view path, const Shape& shape) {
  if (shape.rank() < 2) return Role::vector;
  if (contains(path, "embed_tokens") || contains(path, "embeddings")) return Role::embedding;
  // A convolution to a handful of channels has too few directions to make orthogonal.
  if (network == "flux_vae") return shape.rank() == 4 && shape[0] > 8 ? Role::matrix : Role::other;
  return in_block(network, path) ? Role::matrix : Role::other;
}

Tensor LearnedPart::take(const std::string& path, const Shape& shape) {
  const auto [place, fresh] = known_.try_emplace(path, parameters_->size());
  if (fresh) {
    parameters_->push_back(make_parameter(part_ + "." + path, role_of(network_, path, shape),
                                          start_(path, shape), compute_, device_));
  }
  return (*parameters_)[place->second].leaf.tensor();
}

}  // namespace newbie::train
