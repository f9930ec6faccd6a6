#include "train/objective/segmentation.h"

#include <fmt/format.h>

#include <cmath>

#include "nn/linear.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/sequences.h"
#include "train/data/random.h"
#include "train/optim/schedule.h"

namespace newbie::train {

SegmentationHead::SegmentationHead(const SegmentationSection& section,
                                   const next_dit::Config& config, uint64_t seed, DType compute,
                                   const Device& device, std::vector<Parameter>& parameters)
    : section_(section) {
  const int64_t layer = section.layer < 0 ? config.n_layers / 2 : section.layer;
  if (layer >= config.n_layers) {
    throw Error("recipe.range", fmt::format("segmentation.layer is {}, but the transformer has {} "
                                            "main layers, counted from 0",
                                            layer, config.n_layers));
  }
  tap_ = {layer, [this](const Tensor& x) { seen_ = x; }};
  const int64_t outputs = section.classes * section.cells * section.cells;
  const Tensor start = ops::affine(
      random_normal(seed, Purpose::parameters, 0x5e6, {outputs, config.dim}, Device::cpu()),
      static_cast<float>(1 / std::sqrt(static_cast<double>(config.dim))), 0);
  parameters.push_back(make_parameter("segmentation.weight", Role::other, start, compute, device));
  weight_ = parameters.back().leaf.tensor();
  parameters.push_back(make_parameter("segmentation.bias", Role::vector,
                                      Tensor::zeros({outputs}, DType::f32, Device::cpu()), compute,
                                      device));
  bias_ = parameters.back().leaf.tensor();
}

double SegmentationHead::weight(int64_t step, int64_t steps) const {
  return interpolated(section_.weight, section_.final_weight, step, steps);
}

std::vector<int32_t> SegmentationHead::wanted(const std::vector<uint8_t>& cells, int64_t token_rows,
                                              int64_t token_columns) const {
  const int64_t side = section_.cells, per_token = side * side;
  std::vector<int32_t> answers;
  answers.reserve(static_cast<size_t>(token_rows * token_columns * per_token));
  for (int64_t row = 0; row < token_rows; ++row) {
    for (int64_t column = 0; column < token_columns; ++column) {
      for (int64_t cell = 0; cell < per_token; ++cell) {
        const int64_t y = row * side + cell / side, x = column * side + cell % side;
        const auto at = static_cast<size_t>(y * token_columns * side + x);
        answers.push_back(cells.empty() ? -1 : cells[at]);
      }
    }
  }
  return answers;
}

Tensor SegmentationHead::loss(const next_dit::Layout& layout,
                              const std::vector<int32_t>& wanted) const {
  const Tensor tokens = ops::part_sequences(seen_, layout.captions, layout.images).second;
  const Tensor logits = nn::product(tokens, weight_, bias_);
  const Tensor rows =
      logits.view({logits.dim(0) * section_.cells * section_.cells, section_.classes});
  return ops::cross_entropy(ops::cast(rows, DType::f32), wanted);
}

}  // namespace newbie::train
