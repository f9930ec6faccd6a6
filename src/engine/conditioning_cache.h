#pragma once
/// Encoded prompts kept between requests, so that a seed or a step count never costs an encoder.

#include <cstdint>
#include <list>
#include <utility>

#include "engine/conditioning.h"
#include "newbie/request.h"

namespace newbie::engine {

/// Equal for requests whose prompts are encoded alike. Every field counts unless it is known to act
/// after the encoders: a field added later separates requests until it is listed.
uint64_t conditioning_key(GenerateRequest request);

/// The most recent ones. An entry is a few MB: tokens times feature width in f32.
class ConditioningCache {
 public:
  /// Null when it is not there.
  const Conditioning* find(uint64_t key);
  void put(uint64_t key, Conditioning conditioning);
  void clear() { entries_.clear(); }

 private:
  static constexpr size_t kMost = 32;
  std::list<std::pair<uint64_t, Conditioning>> entries_;  // most recently used first
};

}  // namespace newbie::engine
