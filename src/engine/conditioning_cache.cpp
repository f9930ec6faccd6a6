#include "engine/conditioning_cache.h"

#include <algorithm>

#include "base/hash.h"
#include "newbie/engine.h"

namespace newbie::engine {

uint64_t conditioning_key(GenerateRequest request) {
  const GenerateRequest defaults;
  request.steps = defaults.steps;
  request.sampler = defaults.sampler;
  request.schedule = defaults.schedule;
  request.shift = defaults.shift;
  request.sigmas = defaults.sigmas;
  request.eta = defaults.eta;
  request.seed = defaults.seed;
  request.count = defaults.count;
  request.batch = defaults.batch;
  request.rng = defaults.rng;
  request.variation_seed = defaults.variation_seed;
  request.variation = defaults.variation;
  request.cfg = defaults.cfg;
  request.cfg_trunc = defaults.cfg_trunc;
  request.cfg_trunc_steps = defaults.cfg_trunc_steps;
  request.renorm = defaults.renorm;
  request.rescale = defaults.rescale;
  request.init = defaults.init;
  request.strength = defaults.strength;
  request.mask = defaults.mask;
  request.rounding = defaults.rounding;
  request.line_enhance = defaults.line_enhance;
  request.isolation_border = defaults.isolation_border;
  request.isolation_release = defaults.isolation_release;
  request.vae = defaults.vae;
  request.vae_tile = defaults.vae_tile;
  request.vae_tile_overlap = defaults.vae_tile_overlap;
  return hash64(to_json(request));
}

const Conditioning* ConditioningCache::find(uint64_t key) {
  const auto found =
      std::ranges::find(entries_, key, [](const auto& entry) { return entry.first; });
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return &entries_.front().second;
}

void ConditioningCache::put(uint64_t key, Conditioning conditioning) {
  entries_.emplace_front(key, std::move(conditioning));
  if (entries_.size() > kMost) entries_.pop_back();
}

}  // namespace newbie::engine
