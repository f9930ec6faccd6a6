#include <sys/mman.h>

#include <cstring>

#include "base/error.h"
#include "tensor/device_state.h"

namespace newbie {
namespace {

/// Addresses without memory: pages that nobody touches cost nothing. Those of a device that is not
/// the host cannot be touched at all, so a silent crossing ends the process instead of passing.
class AddressAllocator final : public Allocator {
 public:
  explicit AddressAllocator(bool readable)
      : access_(readable ? PROT_READ | PROT_WRITE : PROT_NONE) {}
  ~AddressAllocator() override { release_cache(); }

 private:
  void* raw_allocate(size_t bytes) override {
    void* data =
        ::mmap(nullptr, bytes, access_, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return data == MAP_FAILED ? nullptr : data;
  }
  void raw_release(void* data, size_t bytes) override { ::munmap(data, bytes); }

  int access_;
};

class PlanningState final : public Device::State {
 public:
  void upload(void*, const void*, size_t) override {}
  void upload(void*, const ByteSource&, size_t) override {}
  /// Nothing was computed: the numbers are zeros.
  void download(void* to, const void*, size_t bytes) override {
    if (bytes > 0) std::memset(to, 0, bytes);
  }
  void clear(void*, size_t) override {}
  void synchronize() override {}
  HardwareMemory memory() const override { return {}; }
  std::shared_ptr<std::byte> pinned(size_t bytes) override {
    void* data =
        ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(data != MAP_FAILED, "planning: the system has no addresses left");
    return {static_cast<std::byte*>(data), [bytes](std::byte* begin) { ::munmap(begin, bytes); }};
  }
  std::unique_ptr<CopyLane> copy_lane() override {
    struct Lane final : CopyLane {
      void follow_ops() override {}
      void upload(void*, const void*, size_t) override {}
      void mark(size_t) override {}
      void lead_ops(size_t) override {}
    };
    return std::make_unique<Lane>();
  }
};

}  // namespace

Device Device::planning(DeviceKind kind, int threads, int capability) {
  const Device host = Device::cpu(threads);
  auto state = std::make_shared<PlanningState>();
  state->kind = kind;
  state->plans = true;
  state->capability = kind == DeviceKind::cuda ? capability : 0;
  state->name = kind == DeviceKind::cpu ? "cpu (planned)" : "cuda (planned)";
  state->device_class = "planned";
  state->prefers_bf16 = kind == DeviceKind::cuda || host.prefers_bf16();
  state->threads = host.threads();
  state->allocator = std::make_unique<AddressAllocator>(kind == DeviceKind::cpu);
  return Device(std::move(state));
}

}  // namespace newbie
