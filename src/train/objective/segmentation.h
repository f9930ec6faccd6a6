#pragma once
/// A helping task: after one layer, every image token also says which thing each of its cells
/// shows. It makes the layout of pictures come early; the head is dropped afterwards.

#include <string>
#include <vector>

#include "models/next_dit/model.h"
#include "train/optim/parameter.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

/// A linear layer over image tokens that is trained along and left out of the result.
class SegmentationHead {
 public:
  /// Adds its parameters ("segmentation.weight", "segmentation.bias") to the run's.
  SegmentationHead(const SegmentationSection& section, const next_dit::Config& config,
                   uint64_t seed, DType compute, const Device& device,
                   std::vector<Parameter>& parameters);
  SegmentationHead(const SegmentationHead&) = delete;
  SegmentationHead& operator=(const SegmentationHead&) = delete;

  /// Catches the layer's output on its way; hand it to the network's call.
  const next_dit::LayerTap& tap() const { return tap_; }

  /// What each output of a picture's tokens should say, from its rows x columns cells: tokens run
  /// row by row, the cells of a token lie together. -1 where nothing is known. Thread-safe.
  std::vector<int32_t> wanted(const std::vector<uint8_t>& cells, int64_t token_rows,
                              int64_t token_columns) const;
  /// Mean cross entropy over all cells that are known, with gradient. `wanted`: of all image tokens
  /// of the batch, one picture after another.
  Tensor loss(const next_dit::Layout& layout, const std::vector<int32_t>& wanted) const;

  /// Cells along each side of a token.
  int64_t cells() const { return section_.cells; }
  /// The loss's weight at a step.
  double weight(int64_t step, int64_t steps) const;

 private:
  SegmentationSection section_;
  next_dit::LayerTap tap_;
  Tensor weight_, bias_;
  Tensor seen_;
};

}  // namespace newbie::train
