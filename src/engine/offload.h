#pragma once
/// What becomes of networks between their stages and between requests.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tensor/absent_weights.h"

namespace newbie::engine {

/// What leaves an NVIDIA device while it is not used. On the host weights are mapped files, and
/// nothing needs to leave.
enum class Offload : uint8_t { none, encoders, all };

constexpr std::string_view name_of(Offload offload) {
  constexpr std::string_view kNames[] = {"none", "encoders", "all"};
  return kNames[static_cast<size_t>(offload)];
}

/// How a request fits into the memory of an NVIDIA device.
struct MemoryPolicy {
  Offload offload = Offload::none;
  int64_t vae_tile = 0;  ///< pixels of a side; 0 = the whole picture at once
  bool operator==(const MemoryPolicy&) const = default;
};

/// What happens to a network when its stage is over.
enum class Rest : uint8_t {
  stay,  ///< where it is
  park,  ///< its weights go to pinned host memory
  go     ///< it is forgotten, and loaded again when needed
};

/// A network that may be loaded, and may be away.
template <class Network>
class NetworkSlot {
 public:
  explicit operator bool() const { return network_.has_value(); }
  Network* operator->() { return &*network_; }

  /// The network on its device, made by `load` when it is not loaded. A network that is going to be
  /// parked must be so from the beginning.
  template <class Load>
  Network& use(const Device& device, bool parks, const Load& load) {
    if (!network_) {
      if (parks) {
        const StorageRecording recording(device);
        network_.emplace(load());
        storages_ = recording.storages();
      } else {
        network_.emplace(load());
      }
    }
    if (parked_) parked_->arrive();
    return *network_;
  }

  void rest(const Device& device, Rest how) {
    if (how == Rest::stay) return;
    if (how == Rest::go) {
      reset();
    } else if (parked_) {
      parked_->leave();
    } else if (network_) {
      parked_.emplace(device, std::move(storages_));
    }
    device.allocator().trim();
  }

  void reset() {
    network_.reset();
    parked_.reset();
    storages_.clear();
  }

 private:
  std::vector<std::shared_ptr<Storage>> storages_;  // until it is parked for the first time
  std::optional<ParkedWeights> parked_;
  std::optional<Network> network_;
};

}  // namespace newbie::engine
