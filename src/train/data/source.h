#pragma once
/// The data of a recipe as one checked dataset.

#include <memory>
#include <vector>

#include "train/data/check.h"
#include "train/recipe/recipe.h"
#include "world/sampler.h"

namespace newbie::train {

/// The good examples of all sources, and what was found wrong with the others.
struct OpenedData {
  std::vector<DataFinding> findings;
  int64_t pictures = 0;  ///< looked at, good or not
  std::unique_ptr<Dataset> examples;

  bool has_errors() const;
};

/// Looks at every picture of every [[data]]. Errors: `data.no_folder`, `data.bad_line`, `file.*`;
/// what is wrong with single pictures is in `findings`.
OpenedData open_data(const Recipe& recipe, const CancelToken& cancel = {},
                     const std::function<void(int64_t done, int64_t total)>& progress = {});

/// Throws `data.rejected` with the findings when there are errors.
void require_sound(const OpenedData& data, Kind kind);

/// The numbered world of a [[data]] of kind world.
world::Sampler world_sampler(const DataSection& source);

/// Its pictures in the shapes of `buckets`.
std::unique_ptr<Dataset> world_dataset(const DataSection& source, const PicturesSection& pictures);

}  // namespace newbie::train
