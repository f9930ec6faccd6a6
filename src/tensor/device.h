#pragma once
/// Where tensors live and ops run: memory, threads, cancellation. Passed along inside tensors,
/// never global.

#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "tensor/memory.h"

namespace newbie {

enum class DeviceKind : uint8_t { cpu, cuda };

/// Bytes of a device's own memory, or of the machine's.
struct HardwareMemory {
  uint64_t total = 0;
  uint64_t free = 0;
};

/// A shared handle; copies mean the same device. Equality is identity.
class Device {
 public:
  /// The host processor with `threads` threads (0 = all of them).
  static Device cpu(int threads = 0);
  /// An NVIDIA device with its own stream: work on its tensors is done in the order it was asked
  /// for, while the caller goes on. Error: `device.unavailable`.
  static Device cuda(int index = 0);
  /// A device on which nothing is computed: tensors take counted addresses instead of memory, ops
  /// check their arguments and take what they would take. What a request costs is found by running
  /// it here (engine/memory_plan.h). An NVIDIA device is taken to have compute capability
  /// `capability` (90 = 9.0).
  static Device planning(DeviceKind kind, int threads = 0, int capability = 90);

  /// Whether this build has ops for such devices.
  static bool built_for(DeviceKind kind);

  DeviceKind kind() const;
  /// Whether this is a planning() device.
  bool plans() const;
  /// "cpu" or "cuda:0".
  std::string_view name() const;
  /// Threads of loops on the host.
  int threads() const;
  /// Compute capability of an NVIDIA device, 90 for 9.0; 0 for the host.
  int capability() const;
  /// Whether products of bf16 are faster than those of f32 here.
  bool prefers_bf16() const;
  /// What decides the last bits of results: "cpu avx512_bf16", "cpu avx512", "cpu avx2", "cpu
  /// generic", "cuda sm_90".
  std::string device_class() const;
  Allocator& allocator() const;
  /// What the hardware has; zeros for a planning device.
  HardwareMemory memory() const;

  /// The flag that every op reads before it starts.
  const CancelToken& cancel() const;
  void set_cancel(CancelToken token) const;

  /// Tag that new tensors get.
  MemoryTag tag() const;

  /// Copies host bytes to memory of this device. The host bytes may be changed on return.
  void upload(void* to, const void* from, size_t bytes) const;
  /// Copies memory of this device to the host, after the work asked for so far.
  void download(void* to, const void* from, size_t bytes) const;
  /// Fills memory of this device with zeros.
  void clear(void* to, size_t bytes) const;
  /// Waits for the work asked for so far. Error: `device.failed` when a part of it failed.
  void synchronize() const;

  /// What a backend keeps for a device (device_state.h).
  struct State;
  State& state() const { return *state_; }

  bool operator==(const Device& other) const { return state_ == other.state_; }

 private:
  friend class MemoryScope;
  explicit Device(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// New tensors of the device count for (component, use) while this lives. One thread drives a
/// device at a time, so scopes nest like its calls.
class MemoryScope {
 public:
  MemoryScope(const Device& device, Component component, MemoryUse use);
  /// Keeps the component of the enclosing scope.
  MemoryScope(const Device& device, MemoryUse use);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

 private:
  Device device_;
  MemoryTag before_;
};

}  // namespace newbie
