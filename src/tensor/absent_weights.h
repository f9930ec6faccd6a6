#pragma once
/// Weights that leave a device while nobody uses them, and come back from host memory.

#include <memory>
#include <vector>

#include "tensor/storage_recording.h"

namespace newbie {

/// The bytes of some storages, one behind the other in pinned host memory.
class HostCopy {
 public:
  /// Copies the storages and takes their device memory away.
  HostCopy(const Device& device, std::vector<std::shared_ptr<Storage>> storages);

  size_t bytes() const { return bytes_; }
  const std::byte* data() const { return data_.get(); }
  /// Lets the storages lie, in order, in the bytes() bytes at `begin`.
  void place(std::byte* begin) const;
  /// Takes the storages off the device again; the host has the bytes.
  void vacate() const;

 private:
  std::vector<std::shared_ptr<Storage>> storages_;
  size_t bytes_ = 0;
  std::shared_ptr<std::byte> data_;
};

/// Weights of a network that is used now and then.
class ParkedWeights {
 public:
  /// They leave.
  ParkedWeights(const Device& device, std::vector<std::shared_ptr<Storage>> storages);

  /// They are on the device for ops asked for from now on.
  void arrive();
  void leave();
  bool present() const { return block_.defined(); }

 private:
  Device device_;
  HostCopy copy_;
  Tensor block_;
};

/// Weights of blocks that are used one after the other: they take turns in two buffers, one that is
/// used while the other is filled. Cost: every pass over the blocks copies all of them.
class StreamedWeights {
 public:
  explicit StreamedWeights(const Device& device);
  ~StreamedWeights();

  /// The weights of the next block leave. Only before the first hold().
  void add(std::vector<std::shared_ptr<Storage>> storages);
  /// Block `index` is on the device for ops asked for from now on, until another is held; the one
  /// after it, the first after the last, is on its way.
  void hold(size_t index);

  size_t blocks() const { return blocks_.size(); }
  /// Bytes that one pass over all blocks copies.
  uint64_t bytes_per_pass() const;

 private:
  struct Buffer {
    Tensor memory;
    size_t block = SIZE_MAX;  ///< which one is in it, or on its way
  };

  void open();
  void fetch(size_t index);
  Buffer& buffer_of(size_t index) { return buffers_[index % CopyLane::kSlots]; }

  Device device_;
  std::vector<HostCopy> blocks_;
  std::unique_ptr<CopyLane> lane_;
  std::array<Buffer, CopyLane::kSlots> buffers_;
};

}  // namespace newbie
