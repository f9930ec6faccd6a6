#pragma once
/// Things that are costly to make and depend on a shape alone: compiled primitives.

#include <map>
#include <memory>
#include <mutex>

#include "ops/cpu/dnnl.h"

namespace newbie::ops::cpu {

/// Makes Value(key) once and keeps it. Bounded: a full cache starts anew, which costs a millisecond
/// per primitive. Thread-safe.
template <class Key, class Value>
class ShapeCache {
 public:
  std::shared_ptr<const Value> get(const Key& key) {
    const std::lock_guard lock(mutex_);
    if (const auto found = made_.find(key); found != made_.end()) return found->second;
    if (made_.size() >= kMost) made_.clear();
    std::shared_ptr<const Value> value;
    with_dnnl([&] { return key.str(); }, [&] { value = std::make_shared<const Value>(key); });
    return made_.emplace(key, std::move(value)).first->second;
  }

 private:
  static constexpr size_t kMost = 512;
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<const Value>> made_;
};

}  // namespace newbie::ops::cpu
