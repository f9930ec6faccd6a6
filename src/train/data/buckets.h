#pragma once
/// The shapes that pictures are cut to, so that pictures of one batch are alike.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace newbie::train {

/// A size in pixels.
struct Bucket {
  int64_t width = 0;
  int64_t height = 0;
  bool operator==(const Bucket&) const = default;
};

/// The list of a recipe's `pictures.buckets`, each about resolution^2 pixels. "five": upstream's
/// LoRA trainer, whose grid of 64 pixels becomes one of 16 below 512; "upstream": the crop list of
/// its full training; "world": the shapes of the paper-doll world; "none": the square.
/// Source: model specification 13.2 and 13.3.
std::vector<Bucket> bucket_list(std::string_view kind, int64_t resolution);

/// Index of the bucket whose shape is nearest; of equal ones the larger.
size_t nearest_bucket(const std::vector<Bucket>& buckets, int64_t width, int64_t height);

}  // namespace newbie::train
