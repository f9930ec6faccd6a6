#include "io/made_tensor.h"

#include <cstring>

#include "base/parallel.h"
#include "io/element_cast.h"

namespace newbie::io {
namespace {

Tensor make_concat(const MadeTensor& recipe, const std::vector<SafetensorsFile>& files,
                   const Device& device) {
  Tensor whole = Tensor::empty(recipe.shape, recipe.dtype, device);
  if (device.plans()) return whole;
  std::byte* at = whole.mutable_raw();
  for (const StoredTensor& part : recipe.parts) {
    const auto bytes = files[part.file].bytes(*part.entry);
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  }
  return whole;
}

/// The first adapter of a factor [adapters, rows, columns], as f32.
std::vector<float> first_factor(const StoredTensor& part,
                                const std::vector<SafetensorsFile>& files) {
  const Shape& shape = part.entry->shape;
  std::vector<float> values(static_cast<size_t>(shape[-1] * shape[-2]));
  to_f32(part.entry->dtype, files[part.file].bytes(*part.entry).data(), values);
  return values;
}

/// W = original + scaling * left @ right, left [rows, rank], right [rank, columns], row by row.
Tensor make_low_rank(const MadeTensor& recipe, const std::vector<SafetensorsFile>& files,
                     const Device& device) {
  if (device.plans()) return Tensor::empty(recipe.shape, recipe.dtype, device);
  const bool b_first = recipe.product == LowRank::Product::b_times_a;
  const std::vector<float> left = first_factor(recipe.parts[b_first ? 2 : 1], files);
  const std::vector<float> right = first_factor(recipe.parts[b_first ? 1 : 2], files);
  const auto rows = static_cast<size_t>(recipe.shape[0]);
  const auto columns = static_cast<size_t>(recipe.shape[1]);
  const size_t rank = rows == 0 ? 0 : left.size() / rows;
  const auto original = files[recipe.parts[0].file].bytes(*recipe.parts[0].entry);
  const size_t row_bytes = columns * size_of(recipe.dtype);
  const auto scaling = static_cast<float>(recipe.scaling);

  Tensor merged = Tensor::empty(recipe.shape, recipe.dtype, device);
  std::byte* out = merged.mutable_raw();
  parallel_ranges(device.threads(), recipe.shape[0], 64, [&](int64_t begin, int64_t end) {
    std::vector<float> row(columns);
    for (auto r = static_cast<size_t>(begin); r < static_cast<size_t>(end); ++r) {
      std::vector<float> delta(columns, 0.0f);
      for (size_t k = 0; k < rank; ++k) {
        const float factor = left[r * rank + k];
        for (size_t c = 0; c < columns; ++c) delta[c] += factor * right[k * columns + c];
      }
      to_f32(recipe.dtype, original.data() + r * row_bytes, row);
      for (size_t c = 0; c < columns; ++c) row[c] += scaling * delta[c];
      from_f32(row, recipe.dtype, out + r * row_bytes);
    }
  });
  return merged;
}

}  // namespace

Tensor make(const MadeTensor& recipe, const std::vector<SafetensorsFile>& files,
            const Device& device) {
  if (recipe.how == MadeTensor::How::concat) return make_concat(recipe, files, device);
  if (recipe.how == MadeTensor::How::low_rank) return make_low_rank(recipe, files, device);
  const StoredTensor& part = recipe.parts.front();
  return files[part.file].tensor(*part.entry, device).view(recipe.shape);
}

}  // namespace newbie::io
