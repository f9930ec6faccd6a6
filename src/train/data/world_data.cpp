#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/hash.h"
#include "train/data/buckets.h"
#include "train/data/cache.h"
#include "train/data/source.h"
#include "world/sampler.h"

namespace newbie::train {
namespace {

/// Picture i is number i of the world; its shape is taken in turn. Drawn when it is asked for.
class WorldDataset final : public Dataset {
 public:
  WorldDataset(const DataSection& source, std::vector<Bucket> shapes)
      : source_(source), sampler_(world_sampler(source)), shapes_(std::move(shapes)) {}

  int64_t size() const override { return source_.count; }

  ExampleInfo info(int64_t index) const override {
    const Bucket& shape = shape_of(index);
    return {fmt::format("world {}", index), shape.width, shape.height,
            joined_key({static_cast<uint64_t>(source_.seed), static_cast<uint64_t>(index),
                        static_cast<uint64_t>(shape.width), static_cast<uint64_t>(shape.height),
                        std::bit_cast<uint64_t>(source_.weather_share)}),
            source_.repeats};
  }
  image::Picture picture(int64_t index) const override { return rendered(index).picture; }

  std::string caption(int64_t index, uint32_t pick) const override {
    const auto number = static_cast<uint64_t>(index);
    return sampler_.caption(number, sampler_.scene(number, size_of(index)), pick, kMix);
  }
  std::optional<LabelMap> labels(int64_t index) const override { return drawn(index).labels; }
  Drawn drawn(int64_t index) const override {
    world::Rendering made = rendered(index);
    return {std::move(made.picture),
            LabelMap{shape_of(index).width, shape_of(index).height, std::move(made.parts)}};
  }
  bool synthetic() const override { return true; }

 private:
  /// Emptying captions is the recipe's business.
  static constexpr world::CaptionMix kMix{{0.14, 0.54, 0.09, 0.04, 0.045, 0.045, 0.0}};

  const Bucket& shape_of(int64_t index) const {
    return shapes_[static_cast<size_t>(index) % shapes_.size()];
  }
  world::Size size_of(int64_t index) const {
    return {shape_of(index).width, shape_of(index).height};
  }
  world::Rendering rendered(int64_t index) const {
    return sampler_.draw(static_cast<uint64_t>(index), size_of(index)).rendering;
  }

  DataSection source_;
  world::Sampler sampler_;
  std::vector<Bucket> shapes_;
};

}  // namespace

world::Sampler world_sampler(const DataSection& source) {
  world::SceneOptions options;
  options.weather_share = source.weather_share;
  return world::Sampler(static_cast<uint64_t>(source.seed), options);
}

std::unique_ptr<Dataset> world_dataset(const DataSection& source, const PicturesSection& pictures) {
  return std::make_unique<WorldDataset>(source, bucket_list(pictures.buckets, pictures.resolution));
}

}  // namespace newbie::train
