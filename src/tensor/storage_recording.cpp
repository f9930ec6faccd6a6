#include "tensor/storage_recording.h"

#include "tensor/device_state.h"

namespace newbie {

StorageRecording::StorageRecording(const Device& device) : device_(device) {
  check(device_.state().storages == nullptr, "StorageRecording: one is already running");
  device_.state().storages = this;
}

StorageRecording::~StorageRecording() { device_.state().storages = nullptr; }

std::vector<std::shared_ptr<Storage>> StorageRecording::storages() const {
  std::vector<std::shared_ptr<Storage>> alive;
  for (const auto& made : made_) {
    if (auto storage = made.lock()) alive.push_back(std::move(storage));
  }
  return alive;
}

}  // namespace newbie
