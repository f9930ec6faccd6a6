#pragma once
/// Which blocks a part of a network took for its weights.

#include <memory>
#include <vector>

#include "tensor/tensor.h"

namespace newbie {

/// Collects the storages that are made on a device with the use `weights` while this lives. One at
/// a time per device.
class StorageRecording {
 public:
  explicit StorageRecording(const Device& device);
  ~StorageRecording();
  StorageRecording(const StorageRecording&) = delete;
  StorageRecording& operator=(const StorageRecording&) = delete;

  /// Those that are still in use, in the order in which they were made.
  std::vector<std::shared_ptr<Storage>> storages() const;

 private:
  friend class Tensor;
  void add(const std::shared_ptr<Storage>& storage) { made_.push_back(storage); }

  Device device_;
  std::vector<std::weak_ptr<Storage>> made_;
};

}  // namespace newbie
