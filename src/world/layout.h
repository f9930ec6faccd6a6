#pragma once
/// Where figures stand in a picture of any size.

#include <vector>

#include "world/figure.h"

namespace newbie::world {

/// The place of every figure, and who covers whom.
struct Layout {
  std::vector<Placing> figures;  ///< of the scene's characters, in their order
  std::vector<size_t> order;     ///< in which they are drawn, back to front
};

/// Shapes: width and height in pixels.
Layout lay_out(const Scene& scene, double width, double height, uint64_t seed);

}  // namespace newbie::world
