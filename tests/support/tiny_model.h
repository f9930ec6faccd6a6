#pragma once
/// Networks of the golden set's model folder, loaded the way the program loads them.

#include <cstdlib>
#include <string_view>

#include "models/flux_vae/model.h"
#include "models/flux_vae/names.h"
#include "models/gemma3/model.h"
#include "models/gemma3/names.h"
#include "models/jina_clip/model.h"
#include "models/jina_clip/names.h"
#include "models/loading.h"
#include "models/model_folder.h"
#include "models/next_dit/model.h"
#include "models/next_dit/names.h"
#include "ops/transfer.h"
#include "pipeline/networks.h"
#include "support/golden_folder.h"

namespace newbie::test {

inline ModelFolder golden_model() { return find_model(golden_model_folder()); }

/// Where the networks run: the host, or the NVIDIA device when NEWBIE_TEST_DEVICE is `cuda`.
inline const Device& test_device() {
  static const Device device = [] {
    const char* chosen = std::getenv("NEWBIE_TEST_DEVICE");
    const bool cuda = chosen != nullptr && std::string_view(chosen) == "cuda";
    return cuda ? Device::cuda() : Device::cpu();
  }();
  return device;
}

/// A golden input where the networks run.
inline Tensor there(const Tensor& x) { return ops::to_device(x, test_device()); }

inline nn::WeightUse weight_use(DType compute) {
  nn::WeightUse use{.device = test_device()};
  use.compute = compute;
  return use;
}

}  // namespace newbie::test
