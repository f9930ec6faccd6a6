#pragma once
/// Copies that run beside the ops of a device.

#include <cstddef>
#include <functional>

namespace newbie {

/// Fills `to` with the bytes at `offset` of something that is read piece by piece. Called from
/// several threads at once.
using ByteSource = std::function<void(size_t offset, std::byte* to, size_t bytes)>;

/// A queue of copies from host memory. Where it meets the ops, marks keep order: slot numbers name
/// them.
class CopyLane {
 public:
  static constexpr size_t kSlots = 2;

  virtual ~CopyLane() = default;
  /// Copies asked for from now on begin after the ops asked for so far.
  virtual void follow_ops() = 0;
  /// `from` is pinned memory of the same device and stays until the copy is done.
  virtual void upload(void* to, const void* from, size_t bytes) = 0;
  /// Marks the copies asked for so far.
  virtual void mark(size_t slot) = 0;
  /// Ops asked for from now on begin after the copies that `slot` marks.
  virtual void lead_ops(size_t slot) = 0;
};

}  // namespace newbie
