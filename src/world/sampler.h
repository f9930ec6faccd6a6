#pragma once
/// An endless, numbered supply of pictures with everything that is known about them.

#include <string>
#include <string_view>

#include "world/caption.h"
#include "world/render.h"

namespace newbie::world {

/// One numbered picture. `render(scene, seed, size)` draws it again.
struct Sample {
  Scene scene;
  uint64_t seed = 0;  ///< of everything the scene leaves open
  Size size;
  Rendering rendering;
  std::string xml;  ///< the canonical prompt
};

/// Numbers a world. Stateless: draw() may be called from many threads, in any order, and sample
/// number i is the same picture always; it needs no more than its number to be made again.
class Sampler {
 public:
  explicit Sampler(uint64_t seed, SceneOptions options = {}) : seed_(seed), options_(options) {}

  /// What number `index` shows in a picture of that size (its aspect counts).
  Scene scene(uint64_t index, Size size = {}) const;
  /// The seed of its drawing.
  uint64_t picture_seed(uint64_t index) const;
  Sample draw(uint64_t index, Size size = {}) const;

  /// Caption number `variant` of a picture; another variant is another caption.
  std::string caption(uint64_t index, const Scene& scene, uint64_t variant,
                      const CaptionMix& mix = {}) const;
  /// The same in a given kind.
  std::string caption(uint64_t index, const Scene& scene, uint64_t variant, CaptionKind kind) const;

 private:
  Random captions(uint64_t index, uint64_t variant) const;
  uint64_t seed_;
  SceneOptions options_;
};

/// Width and height of about `side` x `side` pixels in an aspect ("3:4"), multiples of 16.
/// Errors: `request.usage` (unknown aspect), `image.wrong_size`.
Size size_of(std::string_view aspect, int64_t side);
/// "1:1", "3:4", "4:3", "2:3".
std::span<const std::string_view> aspects();

}  // namespace newbie::world
