#pragma once
/// What stands behind a Device; each backend derives its own. Not for users of tensors.

#include <memory>
#include <string>

#include "tensor/copy_lane.h"
#include "tensor/device.h"

namespace newbie {

class StorageRecording;

struct Device::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  virtual ~State() = default;

  virtual void upload(void* to, const void* from, size_t bytes) = 0;
  virtual void download(void* to, const void* from, size_t bytes) = 0;
  virtual void clear(void* to, size_t bytes) = 0;
  virtual void synchronize() = 0;
  virtual HardwareMemory memory() const = 0;
  /// Copies from `source`, in order, as upload does.
  virtual void upload(void* to, const ByteSource& source, size_t bytes) = 0;
  /// Host memory that a copy lane reads without a detour.
  virtual std::shared_ptr<std::byte> pinned(size_t bytes) = 0;
  virtual std::unique_ptr<CopyLane> copy_lane() = 0;

  DeviceKind kind = DeviceKind::cpu;
  std::string name;
  std::string device_class;
  bool prefers_bf16 = false;
  bool plans = false;
  int capability = 0;
  int threads = 1;
  std::unique_ptr<Allocator> allocator;
  CancelToken cancel;
  MemoryTag tag;
  /// Told of every block of weights, while one lives (tensor/storage_recording.h).
  StorageRecording* storages = nullptr;
  /// Whether ops remember how results were made (tensor/gradient.h), and inside how many parts that
  /// are computed again.
  bool recording = true;
  int recompute_level = 0;
};

}  // namespace newbie
