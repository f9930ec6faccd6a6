#pragma once
/// Scratch memory of the tasks of one op: as many blocks as tasks run at once, counted as
/// workspace.

#include <mutex>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::ops::cpu {

/// Lives as long as one op. Thread-safe.
class Workspaces {
 public:
  /// Every block has `bytes`.
  Workspaces(const Device& device, size_t bytes);

  /// One task's block, 64-byte aligned, not cleared.
  class Lease {
   public:
    explicit Lease(Workspaces& owner) : owner_(owner), block_(owner.take()) {}
    ~Lease() { owner_.give_back(std::move(block_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    std::byte* data() { return block_.mutable_raw(); }

   private:
    Workspaces& owner_;
    Tensor block_;
  };

 private:
  Tensor take();
  void give_back(Tensor block);

  Device device_;
  MemoryScope scope_;
  size_t bytes_;
  std::mutex mutex_;
  std::vector<Tensor> free_;
};

/// Lays out parts of a block, each on its own cache lines.
class Layout {
 public:
  /// Offset of a part of `bytes`.
  size_t add(size_t bytes) {
    const size_t offset = bytes_;
    bytes_ += (bytes + 63) / 64 * 64;
    return offset;
  }
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_ = 0;
};

}  // namespace newbie::ops::cpu
