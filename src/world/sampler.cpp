#include "world/sampler.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "world/scene_prompt.h"

namespace newbie::world {
namespace {

constexpr std::array<std::string_view, 4> kAspects = {"1:1", "3:4", "4:3", "2:3"};
constexpr double kAspectRatios[] = {1, 3.0 / 4, 4.0 / 3, 2.0 / 3};

}  // namespace

Scene Sampler::scene(uint64_t index, Size size) const {
  Random random = Random::stream(Random::stream(seed_, index).next(), 1);
  SceneOptions options = options_;
  options.aspect = static_cast<double>(size.width) / static_cast<double>(size.height);
  return sample_scene(random, options);
}

uint64_t Sampler::picture_seed(uint64_t index) const {
  // 32 bits, so that JSON readers keep it exactly.
  return Random::stream(Random::stream(seed_, index).next(), 2).next() >> 32;
}

Sample Sampler::draw(uint64_t index, Size size) const {
  Sample sample;
  sample.scene = scene(index, size);
  sample.seed = picture_seed(index);
  sample.size = size;
  sample.rendering = render(sample.scene, sample.seed, size);
  sample.xml = to_xml(sample.scene);
  return sample;
}

Random Sampler::captions(uint64_t index, uint64_t variant) const {
  return Random::stream(Random::stream(seed_, index).next(), 1000 + variant);
}

std::string Sampler::caption(uint64_t index, const Scene& scene, uint64_t variant,
                             const CaptionMix& mix) const {
  Random random = captions(index, variant);
  const CaptionKind kind = sample_kind(random, mix);
  return world::caption(scene, kind, random);
}

std::string Sampler::caption(uint64_t index, const Scene& scene, uint64_t variant,
                             CaptionKind kind) const {
  Random random = captions(index, variant);
  return world::caption(scene, kind, random);
}

Size size_of(std::string_view aspect, int64_t side) {
  const auto found = std::ranges::find(kAspects, aspect);
  if (found == kAspects.end()) {
    throw Error("request.usage", fmt::format("there is no aspect `{}`", aspect))
        .hint(fmt::format("aspects are {}", fmt::join(kAspects, ", ")));
  }
  if (side < kLeastSide || side > kMostSide) {
    throw Error("image.wrong_size",
                fmt::format("a side of {} pixels, expected {} to {}", side, kLeastSide, kMostSide));
  }
  const double stretch = std::sqrt(kAspectRatios[found - kAspects.begin()]);
  const auto whole = [](double pixels) {
    return std::clamp<int64_t>(std::lround(pixels / 16) * 16, kLeastSide, kMostSide);
  };
  return {whole(static_cast<double>(side) * stretch), whole(static_cast<double>(side) / stretch)};
}

std::span<const std::string_view> aspects() { return kAspects; }

}  // namespace newbie::world
