#pragma once
/// Networks of the golden set's model folder, loaded the way the program loads them.

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
#include "pipeline/networks.h"
#include "support/golden_folder.h"

namespace newbie::test {

inline ModelFolder golden_model() { return find_model(golden_model_folder()); }

inline nn::WeightUse weight_use(DType compute) {
  return {Device::cpu(), compute, ops::Residency::packed};
}

}  // namespace newbie::test
