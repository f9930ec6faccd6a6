#pragma once
/// The tensors of this network and how published layouts name them.

#include <filesystem>
#include <memory>
#include <vector>

#include "io/names.h"
#include "io/weight_set.h"
#include "models/next_dit/config.h"

namespace newbie::next_dit {

/// Every tensor of the network, in the order of its forward pass: shared by loading, `model
/// verify` and `model synth`.
std::vector<io::TensorSpec> expected_tensors(const Config& config);

/// The published layouts, ours first. Reading needs only names and takes sizes of splits from the
/// file; writing needs the config.
std::vector<io::NamesTable> layouts(const Config& config = {});

/// How io::WeightSet::open finds this network in a file.
io::WeightSetOptions weight_set_options(const Config& config = {});

}  // namespace newbie::next_dit
