#include "train/data/arranged.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "image/resize.h"
#include "train/data/cache.h"

namespace newbie::train {
namespace {

std::vector<size_t> nearest_of_all(const Dataset& examples, const std::vector<Bucket>& buckets) {
  std::vector<size_t> nearest;
  for (int64_t i = 0; i < examples.size(); ++i) {
    const ExampleInfo info = examples.info(i);
    nearest.push_back(nearest_bucket(buckets, info.width, info.height));
  }
  return nearest;
}

/// Every example as often as an epoch shows it.
std::vector<std::vector<int64_t>> by_bucket(const Dataset& examples, size_t buckets,
                                            const std::vector<size_t>& bucket_of) {
  std::vector<std::vector<int64_t>> lists(buckets);
  for (int64_t i = 0; i < examples.size(); ++i) {
    auto& list = lists[bucket_of[static_cast<size_t>(i)]];
    list.insert(list.end(), static_cast<size_t>(examples.info(i).repeats), i);
  }
  return lists;
}

image::Picture covering(const image::Picture& picture, const Bucket& bucket) {
  if (Bucket{picture.width, picture.height} == bucket) return image::to_rgb(picture);
  return image::cover(image::to_rgb(picture), bucket.width, bucket.height, image::Filter::lanczos);
}

std::vector<uint8_t> most_frequent(const LabelMap& map, int64_t columns, int64_t rows) {
  std::vector<uint8_t> cells(static_cast<size_t>(columns * rows));
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      std::array<int32_t, 256> counts{};
      for (int64_t y = row * map.height / rows; y < (row + 1) * map.height / rows; ++y) {
        const uint8_t* line = map.classes.data() + y * map.width;
        for (int64_t x = column * map.width / columns; x < (column + 1) * map.width / columns;
             ++x) {
          ++counts[line[x]];
        }
      }
      const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
      cells[static_cast<size_t>(row * columns + column)] = static_cast<uint8_t>(most);
    }
  }
  return cells;
}

/// The section at its later resolution.
PicturesSection later(PicturesSection pictures) {
  pictures.resolution = pictures.late_resolution;
  return pictures;
}

/// As many pixels in a batch at the later resolution as at the usual one.
int64_t later_batch(const Recipe& recipe) {
  const int64_t usual = recipe.pictures.resolution, late = recipe.pictures.late_resolution;
  return std::max<int64_t>(1, recipe.run.batch * usual * usual / (late * late));
}

}  // namespace

ArrangedData::ArrangedData(std::shared_ptr<const Dataset> examples, const PicturesSection& pictures,
                           const Arrangement& how)
    : examples_(std::move(examples)),
      buckets_(bucket_list(pictures.buckets, pictures.resolution)),
      bucket_of_(nearest_of_all(*examples_, buckets_)),
      order_(by_bucket(*examples_, buckets_.size(), bucket_of_), how.batch, how.seed,
             how.batches_per_group) {}

std::vector<int64_t> ArrangedData::bucket_sizes() const {
  std::vector<int64_t> sizes(buckets_.size());
  for (const size_t bucket : bucket_of_) ++sizes[bucket];
  return sizes;
}

image::Picture ArrangedData::picture(int64_t example) const {
  return covering(examples_->picture(example), bucket_of(example));
}

ArrangedData::Labelled ArrangedData::labelled(int64_t example, int64_t columns,
                                              int64_t rows) const {
  Drawn drawn = examples_->drawn(example);
  Labelled made{covering(drawn.picture, bucket_of(example)), {}};
  if (drawn.labels) made.cells = most_frequent(*drawn.labels, columns, rows);
  return made;
}

std::string ArrangedData::identity() const {
  std::vector<uint64_t> keys;
  for (int64_t i = 0; i < examples_->size(); ++i) {
    const ExampleInfo info = examples_->info(i);
    const std::string caption = examples_->synthetic() ? "" : examples_->caption(i, 0);
    keys.push_back(
        joined_key({info.content, static_cast<uint64_t>(info.repeats), hash64(caption)}));
  }
  return hex64(joined_key(keys));
}

std::vector<std::unique_ptr<ArrangedData>> arranged(const Recipe& recipe,
                                                    const Resolutions& examples) {
  std::vector<std::unique_ptr<ArrangedData>> data;
  for (size_t i = 0; i < examples.size(); ++i) {
    const Arrangement how{.batch = i == 0 ? recipe.run.batch : later_batch(recipe),
                          .seed = static_cast<uint64_t>(recipe.run.seed) + i,
                          .batches_per_group = recipe.captions.sorted_batches};
    data.push_back(std::make_unique<ArrangedData>(
        examples[i], i == 0 ? recipe.pictures : later(recipe.pictures), how));
  }
  return data;
}

}  // namespace newbie::train
