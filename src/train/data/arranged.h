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

/// Pictures of every resolution that a run reads: the usual one, and maybe a later one.
using Resolutions = std::vector<std::shared_ptr<const Dataset>>;

/// How a dataset is cut and put in order.
struct Arrangement {
  int64_t batch = 1;
  uint64_t seed = 0;
  int64_t batches_per_group = 1;
};

/// Thread-safe.
class ArrangedData {
 public:
  ArrangedData(std::shared_ptr<const Dataset> examples, const PicturesSection& pictures,
               const Arrangement& how);

  const Dataset& examples() const { return *examples_; }
  const Bucket& bucket_of(int64_t example) const {
    return buckets_[bucket_of_[static_cast<size_t>(example)]];
  }
  const BatchOrder& order() const { return order_; }
  const Bucket& bucket(size_t index) const { return buckets_[index]; }
  size_t bucket_count() const { return buckets_.size(); }
  size_t bucket_index(int64_t example) const { return bucket_of_[static_cast<size_t>(example)]; }
  /// Examples of each bucket.
  std::vector<int64_t> bucket_sizes() const;

  /// The picture covering its bucket, RGB.
  image::Picture picture(int64_t example) const;
  /// The same, and which thing each of columns x rows cells shows: the most frequent label. Empty
  /// when nobody knows.
  struct Labelled {
    image::Picture picture;
    std::vector<uint8_t> cells;
  };
  Labelled labelled(int64_t example, int64_t columns, int64_t rows) const;
  /// Names everything that decides what is learnt from.
  std::string identity() const;

 private:
  std::shared_ptr<const Dataset> examples_;
  std::vector<Bucket> buckets_;
  std::vector<size_t> bucket_of_;
  BatchOrder order_;
};

/// The data of a run, arranged for each of its resolutions.
std::vector<std::unique_ptr<ArrangedData>> arranged(const Recipe& recipe,
                                                    const Resolutions& examples);

}  // namespace newbie::train
