#pragma once
/// One of our tensors as a recipe over tensors of files.

#include <cstddef>
#include <vector>

#include "io/names.h"
#include "io/safetensors.h"

namespace newbie::io {

/// One tensor of one file. The entry lives as long as the file's contents.
struct StoredTensor {
  size_t file = 0;
  const TensorEntry* entry = nullptr;
};

struct MadeTensor {
  enum class How { as_stored, concat, low_rank } how = How::as_stored;
  std::vector<StoredTensor> parts;  ///< low_rank: original, lora_a, lora_b
  DType dtype = DType::f32;
  Shape shape;
  double scaling = 1;
  LowRank::Product product = LowRank::Product::b_times_a;
};

/// The tensor on a CPU device: the mapped bytes under `shape`, or made now.
Tensor make(const MadeTensor& recipe, const std::vector<SafetensorsFile>& files,
            const Device& device);

}  // namespace newbie::io
