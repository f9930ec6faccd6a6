#pragma once
/// Scratch memory of the tasks of one op: as many blocks as tasks run at once, counted as
/// workspace.

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::ops::cpu {

/// Lives as long as one op. Thread-safe.
class Workspaces {
 public:
  /// Every block has `bytes`.
  Workspaces(const Device& device, size_t bytes);

  /// On a device that plans: takes the blocks that `tasks` tasks would, and what `task` returns for
  /// each that runs at once. Returns whether it plans, and nothing is to be computed.
  template <class Task>
  bool plan(int64_t tasks, const Task& task) {
    if (!device_.plans()) return false;
    std::vector<std::pair<Tensor, decltype(task())>> at_once;
    for (int64_t i = 0; i < std::min<int64_t>(tasks, device_.threads()); ++i) {
      at_once.emplace_back(take(), task());
    }
    return true;
  }
  bool plan(int64_t tasks) {
    return plan(tasks, [] { return 0; });
  }

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
