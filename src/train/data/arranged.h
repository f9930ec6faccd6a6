#pragma once
/// A dataset cut to shapes and put in order: what a pass asks for by number.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "train/data/buckets.h"
#include "train/data/dataset.h"
#include "train/data/order.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

class ArrangedData {
 public:
  ArrangedData(std::unique_ptr<Dataset> examples, const PicturesSection& pictures, int64_t batch,
               uint64_t seed);

  const Dataset& examples() const { return *examples_; }
  const Bucket& bucket_of(int64_t example) const {
    return buckets_[bucket_of_[static_cast<size_t>(example)]];
  }
  Batch batch(int64_t pass) { return order_.at(pass); }
  const Bucket& bucket(const Batch& batch) const { return buckets_[batch.bucket]; }

  /// The picture covering its bucket, RGB.
  image::Picture picture(int64_t example) const;
  /// Which thing each of columns x rows cells of the picture shows: the most frequent label.
  std::optional<std::vector<uint8_t>> labels(int64_t example, int64_t columns, int64_t rows) const;
  /// Names everything that decides what is learnt from.
  std::string identity() const;

 private:
  std::unique_ptr<Dataset> examples_;
  std::vector<Bucket> buckets_;
  std::vector<size_t> bucket_of_;
  BatchOrder order_;
};

}  // namespace newbie::train
