#pragma once
/// Contact sheets: samples as they come, and the vocabulary in pictures.

#include "image/image.h"
#include "world/sampler.h"

namespace newbie::world {

/// How many samples of which seed, each of `size` pixels; 0 characters are one to three.
struct SheetOptions {
  uint64_t count = 24;
  uint64_t seed = 0;
  Size size;
  int columns = 6;
  int characters = 0;
  int threads = 0;
};

/// The first samples of a seed, in rows.
image::Picture sample_sheet(const SheetOptions& options);

/// A row per attribute in the order of the tables, a column per value: the same figure, the same
/// chances, one attribute changed. `side` is that of one picture.
image::Picture vocabulary_sheet(uint64_t seed, int64_t side, int threads);

}  // namespace newbie::world
